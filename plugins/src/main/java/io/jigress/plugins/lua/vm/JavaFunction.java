package io.jigress.plugins.lua.vm;

/// A function of a library.
public final class JavaFunction extends LuaFunction {
    final String name;
    final Body body;

    /// What the function does.
    @FunctionalInterface
    public interface Body {
        void call(Call call);
    }

    public JavaFunction(String name, Body body) {
        this.name = name;
        this.body = body;
    }
}
