package io.jigress.plugins.lua.vm;

/// A function of a script with its upvalues and its environment.
public final class LuaClosure extends LuaFunction {
    final Prototype prototype;
    final Cell[] upvalues;
    private LuaTable environment;

    LuaClosure(Prototype prototype, Cell[] upvalues, LuaTable environment) {
        this.prototype = prototype;
        this.upvalues = upvalues;
        this.environment = environment;
    }

    /// The table of the function's globals.
    public LuaTable environment() {
        return environment;
    }

    public void environment(LuaTable next) {
        environment = next;
    }
}
