package io.jigress.plugins.lua.vm;

import org.jspecify.annotations.Nullable;

/// The call of a [JavaFunction]: its arguments and its results. Valid only during the call.
public final class Call {
    private final LuaState state;
    private LuaThread thread;
    private int base;
    private int count;
    private String function = "?";
    Object[] results = new Object[4];
    int size;
    boolean suspended;

    Call(LuaState state, LuaThread thread) {
        this.state = state;
        this.thread = thread;
    }

    void begin(LuaThread on, int first, int arguments, String name) {
        thread = on;
        base = first;
        count = arguments;
        function = name;
        size = 0;
        suspended = false;
    }

    public LuaState state() {
        return state;
    }

    public Meter meter() {
        return state.meter();
    }

    LuaThread thread() {
        return thread;
    }

    // ---- arguments, from 1 on

    public int count() {
        return count;
    }

    public Object arg(int i) {
        return i <= count ? thread.stack[base + i - 1] : Nil.NIL;
    }

    /// Whether there is such an argument that is not nil.
    public boolean has(int i) {
        return arg(i) != Nil.NIL;
    }

    /// An argument that must not be absent.
    public Object any(int i) {
        if (i > count) {
            throw bad(i, "value expected");
        }
        return arg(i);
    }

    public String string(int i) {
        Object value = arg(i);
        if (value instanceof String text) {
            return text;
        }
        if (value instanceof Double d) {
            return Values.numberText(d);
        }
        throw type(i, "string");
    }

    public String string(int i, String fallback) {
        return has(i) ? string(i) : fallback;
    }

    public @Nullable String optionalString(int i) {
        return has(i) ? string(i) : null;
    }

    public double number(int i) {
        Object value = arg(i);
        if (value instanceof Double d) {
            return d;
        }
        Double d = Values.toNumber(value);
        if (d == null) {
            throw type(i, "number");
        }
        return d;
    }

    public double number(int i, double fallback) {
        return has(i) ? number(i) : fallback;
    }

    /// A number without its fraction, within the range of int.
    public int integer(int i) {
        return (int) number(i);
    }

    public int integer(int i, int fallback) {
        return has(i) ? integer(i) : fallback;
    }

    public boolean bool(int i) {
        return Values.truthy(arg(i));
    }

    public LuaTable table(int i) {
        if (arg(i) instanceof LuaTable table) {
            return table;
        }
        throw type(i, "table");
    }

    public LuaFunction function(int i) {
        if (arg(i) instanceof LuaFunction body) {
            return body;
        }
        throw type(i, "function");
    }

    /// The Java object of a userdata argument.
    public <T> T userdata(int i, Class<T> type, String name) {
        if (arg(i) instanceof LuaUserdata data && type.isInstance(data.value())) {
            return type.cast(data.value());
        }
        throw type(i, name);
    }

    public Object[] from(int i) {
        Object[] rest = new Object[Math.max(0, count - i + 1)];
        for (int j = 0; j < rest.length; j++) {
            rest[j] = arg(i + j);
        }
        return rest;
    }

    // ---- errors

    /// An error that says where the script is: `script:3: message`.
    public LuaError error(String message) {
        return state.error(message);
    }

    public LuaError bad(int i, String why) {
        return error("bad argument #" + i + " to '" + function + "' (" + why + ")");
    }

    private LuaError type(int i, String expected) {
        return bad(i, expected + " expected, got " + (i > count ? "no value" : Values.typeName(arg(i))));
    }

    // ---- results

    public void ret(Object value) {
        if (size == results.length) {
            state.meter().allocate(16L * size);
            results = java.util.Arrays.copyOf(results, 2 * size);
        }
        results[size++] = value;
    }

    public void ret(double value) {
        ret((Object) value);
    }

    public void ret(boolean value) {
        ret((Object) value);
    }

    /// A new string: its memory is charged.
    public void text(String value) {
        state.meter().string(value.length());
        ret(value);
    }

    public void ret(Object first, Object second) {
        ret(first);
        ret(second);
    }

    /// Nil and a message.
    public void fail(String message) {
        ret(Nil.NIL);
        text(message);
    }

    // ---- control

    /// Calls a function now. What it calls cannot wait.
    public Object[] call(Object what, Object... arguments) {
        return state.callFromJava(what, arguments);
    }

    /// Suspends the whole run: the results of this function are given to [LuaState#resume].
    ///
    /// @throws LuaError within a call from Java, such as a comparison of table.sort
    public void suspend() {
        if (!state.canSuspend()) {
            throw error("attempt to wait in '" + function + "' within a callback of a library function");
        }
        suspended = true;
    }
}
