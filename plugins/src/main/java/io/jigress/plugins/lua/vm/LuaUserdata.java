package io.jigress.plugins.lua.vm;

/// A Java object that scripts hold. They reach only what its metatable offers.
public final class LuaUserdata {
    private final Object value;
    private final LuaTable metatable;

    public LuaUserdata(Object value, LuaTable metatable) {
        this.value = value;
        this.metatable = metatable;
    }

    public Object value() {
        return value;
    }

    public LuaTable metatable() {
        return metatable;
    }
}
