package io.jigress.plugins.lua.vm;

/// The value nil, so that no reference is null.
public enum Nil {
    NIL;

    @Override
    public String toString() {
        return "nil";
    }
}
