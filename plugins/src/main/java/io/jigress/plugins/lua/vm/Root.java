package io.jigress.plugins.lua.vm;

/// An object that Java code can hold for scripts ([LuaState#hold]), and so is a root of what is measured.
public abstract class Root {
    static final int NOT_HELD = -1;

    /// Its index among the roots of its state.
    int place = NOT_HELD;
}
