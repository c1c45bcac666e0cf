package io.jigress.plugins.lua.vm;

/// An error that a script can catch. Its value may be any Lua value; errors of the interpreter are strings with source and line.
public final class LuaError extends RuntimeException {
    private final transient Object value;
    private String traceback = "";

    public LuaError(Object value) {
        super(value instanceof String text ? text : "(error object is a " + Values.typeName(value) + " value)", null, false,
                false);
        this.value = value;
    }

    public Object value() {
        return value;
    }

    /// The calls that led to the error, innermost first: `script:12 in function 'check'`; empty when it was caught.
    public String traceback() {
        return traceback;
    }

    void traceback(String calls) {
        if (traceback.isEmpty()) {
            traceback = calls;
        }
    }
}
