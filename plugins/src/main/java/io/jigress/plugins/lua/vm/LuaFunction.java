package io.jigress.plugins.lua.vm;

/// A function of any kind.
public abstract sealed class LuaFunction permits LuaClosure, JavaFunction, ControlFunction {
}
