package io.jigress.plugins.lua.vm;

import org.jspecify.annotations.Nullable;

/// A Lua world: its globals, and what limits it. All of it belongs to one thread.
public final class LuaState {
    private final Meter meter;
    private final LuaTable globals;
    private final Interpreter interpreter;
    private final Roots roots = new Roots();
    /// The thread of a run that has ended, for the next one.
    private @Nullable LuaThread spare;
    private @Nullable LuaTable strings;

    public LuaState(Meter meter) {
        this.meter = meter;
        meter.measuredBy(() -> new Reachable().bytes(this));
        globals = new LuaTable(meter);
        interpreter = new Interpreter(this);
    }

    public Meter meter() {
        return meter;
    }

    public LuaTable globals() {
        return globals;
    }

    public LuaTable table() {
        return new LuaTable(meter);
    }

    /// The metatable of all strings.
    public @Nullable LuaTable strings() {
        return strings;
    }

    public void strings(LuaTable metatable) {
        strings = metatable;
    }

    /// Objects that Java code holds for scripts, so that they are measured.
    public void hold(Root root) {
        roots.add(root);
    }

    public void release(Root root) {
        roots.remove(root);
    }

    Roots roots() {
        return roots;
    }

    /// Makes a function of a compiled chunk.
    public LuaClosure load(Prototype prototype, LuaTable environment) {
        return new LuaClosure(prototype, new Cell[0], environment);
    }

    // ---- library functions that control the interpreter

    public LuaFunction protectedCall() {
        return new ControlFunction(ControlFunction.Kind.PCALL, null);
    }

    public LuaFunction protectedCallWithHandler() {
        return new ControlFunction(ControlFunction.Kind.XPCALL, null);
    }

    public LuaFunction coroutineResume() {
        return new ControlFunction(ControlFunction.Kind.RESUME, null);
    }

    public LuaFunction coroutineYield() {
        return new ControlFunction(ControlFunction.Kind.YIELD, null);
    }

    public LuaThread coroutine(LuaFunction body) {
        return new LuaThread(meter, body);
    }

    public LuaFunction wrapped(LuaThread thread) {
        return new ControlFunction(ControlFunction.Kind.WRAPPED, thread);
    }

    /// As of coroutine.status.
    public String status(LuaThread thread) {
        return switch (thread.status) {
            case SUSPENDED -> "suspended";
            case RUNNING -> "running";
            case NORMAL -> "normal";
            case DEAD -> "dead";
        };
    }

    /// The coroutine that runs; null for the main one.
    public @Nullable LuaThread running() {
        LuaThread current = interpreter.current();
        return current == null || current.resumer == null ? null : current;
    }

    @Nullable LuaThread current() {
        return interpreter.current();
    }

    /// The function `next`, which the interpreter executes itself in loops.
    public void next(JavaFunction function) {
        interpreter.next(function);
    }

    // ---- runs

    /// The thread of a new run.
    public LuaThread run(LuaFunction body) {
        LuaThread thread = spare;
        if (thread == null) {
            return new LuaThread(meter, body);
        }
        spare = null;
        thread.reuse(body);
        return thread;
    }

    /// A run has ended without an error. Scripts never see its thread, so another run may have it.
    public void ended(LuaThread run) {
        if (run.isReusable()) {
            run.clear();
            spare = run;
        }
    }

    /// Begins a run.
    ///
    /// @return its results, or null when it was suspended: [#resume] continues it
    public Object @Nullable [] start(LuaThread run, Object... arguments) {
        meter.start();
        return interpreter.start(run, arguments);
    }

    /// Continues a suspended run with the results of the function that suspended it.
    public Object @Nullable [] resume(LuaThread run, Object... values) {
        meter.start();
        return interpreter.resume(run, values, null);
    }

    /// Continues a suspended run with an error of the function that suspended it.
    public Object @Nullable [] resumeWithError(LuaThread run, String message) {
        meter.start();
        return interpreter.resume(run, LuaThread.NONE, message);
    }

    /// Calls a function that must not wait.
    public Object[] call(Object function, Object... arguments) {
        meter.start();
        return callFromJava(function, arguments);
    }

    Object[] callFromJava(Object function, Object... arguments) {
        return interpreter.nested(function, arguments);
    }

    boolean canSuspend() {
        return interpreter.canSuspend();
    }

    /// An error at the current line of the script.
    public LuaError error(String message) {
        return new LuaError(where(1) + message);
    }

    /// Source and line of a function on the stack, with a colon and a space; 1 is the running one. Empty when it is not one of a script.
    public String where(int level) {
        return interpreter.where(level);
    }

    /// The closure at a level of the stack, for getfenv and setfenv.
    public @Nullable LuaClosure closureAt(int level) {
        return interpreter.closureAt(level);
    }

    /// `tostring` with its metamethod.
    public String toText(Object value) {
        Object handler = interpreter.metamethod(value, "__tostring");
        if (handler != Nil.NIL) {
            Object[] results = callFromJava(handler, value);
            if (results.length == 0 || !(results[0] instanceof String text)) {
                throw error("'__tostring' must return a string");
            }
            return text;
        }
        return switch (value) {
            case String text -> text;
            case Double d -> Values.numberText(d);
            case Nil _ -> "nil";
            case Boolean b -> b.toString();
            // An address would tell nothing that a script needs.
            default -> Values.typeName(value) + ": 0x" + String.format("%08x", System.identityHashCode(value));
        };
    }

    public Object metamethod(Object value, String event) {
        return interpreter.metamethod(value, event);
    }

    /// A field with metamethods.
    public Object index(Object object, Object key) {
        return interpreter.indexFromJava(object, key);
    }

    public boolean lessThan(Object a, Object b) {
        return interpreter.lessFromJava(a, b);
    }
}
