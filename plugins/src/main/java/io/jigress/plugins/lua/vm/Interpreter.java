package io.jigress.plugins.lua.vm;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Calls, returns, errors and coroutines. A call from Lua to Lua uses no Java stack, so that a run can stop at any function that waits
/// and go on later; only library functions that call back (the comparison of table.sort) hold one.
final class Interpreter {
    /// Results of helpers of the loop.
    static final int DONE = 0;
    /// Another frame is on top.
    static final int RELOAD = 1;
    /// The loop ends.
    static final int EXIT = 2;

    private static final int MOST_JAVA_CALLS = 100;
    private static final int MOST_CALL_HANDLERS = 10;
    private static final int TRACED_CALLS = 12;

    final LuaState state;
    final Meter meter;
    private final Loop loop;
    private final Operations operations;
    private final Call[] calls = new Call[MOST_JAVA_CALLS + MOST_JAVA_CALLS];
    private int callDepth;
    private @Nullable LuaThread current;
    private int activations;
    private boolean suspending;
    private Object[] finished = LuaThread.NONE;

    Interpreter(LuaState state) {
        this.state = state;
        meter = state.meter();
        operations = new Operations(this);
        loop = new Loop(this, operations);
    }

    @Nullable LuaThread current() {
        return current;
    }

    LuaThread thread() {
        return Objects.requireNonNull(current);
    }

    void next(JavaFunction function) {
        loop.next(function);
    }

    boolean canSuspend() {
        return activations == 1;
    }

    // ---- runs

    private interface Step {
        boolean exits();
    }

    Object @Nullable [] start(LuaThread run, Object[] arguments) {
        return drive(run, run, () -> begin(run, run.entry, arguments));
    }

    Object @Nullable [] resume(LuaThread run, Object[] values, @Nullable String error) {
        LuaThread at = Objects.requireNonNull(run.suspended, "the run is not suspended");
        run.suspended = null;
        return drive(run, at, () -> {
            if (error != null) {
                throw new LuaError(where(1) + error);
            }
            return complete(values, 0, values.length);
        });
    }

    Object[] nested(Object function, Object[] arguments) {
        LuaThread on = current == null ? new LuaThread(meter, Nil.NIL) : current;
        if (activations >= MOST_JAVA_CALLS) {
            throw state.error("too many nested calls of library functions");
        }
        Object[] results = drive(on, on, () -> begin(on, function, arguments));
        return Objects.requireNonNull(results, "a nested run cannot be suspended");
    }

    private boolean begin(LuaThread on, Object function, Object[] arguments) {
        int pos = on.free();
        on.ensure(pos + arguments.length + 1);
        Frame barrier = on.push(Frame.BARRIER);
        on.barriers++;
        barrier.top = pos + arguments.length + 1;
        on.stack[pos] = function;
        System.arraycopy(arguments, 0, on.stack, pos + 1, arguments.length);
        on.status = LuaThread.Status.RUNNING;
        return precall(on, pos, arguments.length);
    }

    private Object @Nullable [] drive(LuaThread run, LuaThread at, Step first) {
        LuaThread before = current;
        current = at;
        activations++;
        try {
            boolean exit;
            try {
                exit = first.exits();
            } catch (LuaError e) {
                exit = unwind(e);
            }
            while (!exit) {
                try {
                    exit = loop.run();
                } catch (LuaError e) {
                    exit = unwind(e);
                } catch (StackOverflowError e) {
                    exit = unwind(new LuaError(where(1) + "stack overflow"));
                }
            }
            if (suspending) {
                suspending = false;
                run.suspended = current;
                return null;
            }
            return finished;
        } catch (LimitExceeded e) {
            e.place(where(1));
            throw e;
        } finally {
            activations--;
            current = before;
        }
    }

    // ---- calls

    /// Calls the function at a position of the stack, whose arguments follow it. Its results go to the frame on top.
    ///
    /// @return whether the loop has to end
    boolean precall(LuaThread th, int pos, int given) {
        int arguments = given;
        for (int i = 0; i < MOST_CALL_HANDLERS; i++) {
            Object function = th.stack[pos];
            if (function instanceof LuaClosure closure) {
                push(th, closure, pos, arguments);
                return false;
            }
            if (function instanceof JavaFunction java) {
                return invoke(th, java, pos, arguments);
            }
            if (function instanceof ControlFunction control) {
                return control(th, control, pos, arguments);
            }
            Object handler = metamethod(function, "__call");
            if (handler == Nil.NIL) {
                throw operations.notCallable(function);
            }
            th.ensure(pos + arguments + 2);
            System.arraycopy(th.stack, pos, th.stack, pos + 1, arguments + 1);
            th.stack[pos] = handler;
            arguments++;
            if (th.depth > 0) {
                th.top().top = Math.max(th.top().top, pos + arguments + 1);
            }
        }
        throw state.error("too many __call metamethods in a row");
    }

    /// Enters a function of a script.
    void push(LuaThread th, LuaClosure closure, int pos, int arguments) {
        Prototype prototype = closure.prototype;
        int base = pos + 1;
        int end = base + prototype.registers();
        th.ensure(end + 2);
        int parameters = prototype.parameters();
        Frame frame = th.push(Frame.LUA);
        Object[] stack = th.stack;
        if (arguments > parameters) {
            if (prototype.vararg()) {
                meter.allocate(16 + 8L * (arguments - parameters));
                frame.varargs = Arrays.copyOfRange(stack, base + parameters, base + arguments);
            }
            Arrays.fill(stack, base + parameters, Math.max(end, base + arguments), Nil.NIL);
        } else {
            Arrays.fill(stack, base + arguments, end, Nil.NIL);
        }
        frame.closure = closure;
        frame.base = base;
        frame.pc = 0;
        frame.top = 0;
    }

    private boolean invoke(LuaThread th, JavaFunction function, int pos, int arguments) {
        if (callDepth == calls.length) {
            throw state.error("too many nested calls of library functions");
        }
        Call call = calls[callDepth];
        if (call == null) {
            call = new Call(state, th);
            calls[callDepth] = call;
        }
        callDepth++;
        try {
            call.begin(th, pos + 1, arguments, function.name);
            function.body.call(call);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw state.error(String.valueOf(e.getMessage()));
        } finally {
            callDepth--;
        }
        if (call.suspended) {
            suspending = true;
            return true;
        }
        return complete(call.results, 0, call.size);
    }

    /// Ends the frame on top, which is one of a script, with results.
    boolean returned(LuaThread th, Object[] values, int from, int count) {
        th.pop();
        return complete(values, from, count);
    }

    /// Gives results to the frame on top.
    ///
    /// @return whether the loop has to end
    boolean complete(Object[] values, int from, int count) {
        Object[] results = values;
        int first = from;
        int size = count;
        while (true) {
            LuaThread th = thread();
            Frame frame = th.top();
            switch (frame.kind) {
                case Frame.LUA -> {
                    deliver(th, frame, results, first, size);
                    return false;
                }
                case Frame.BARRIER -> {
                    th.pop();
                    finished = size == 0 ? LuaThread.NONE : Arrays.copyOfRange(results, first, first + size);
                    return true;
                }
                case Frame.PROTECTED, Frame.HANDLING -> {
                    th.pop();
                    results = prefixed(frame.kind == Frame.PROTECTED, results, first, size);
                    first = 0;
                    size = results.length;
                }
                default -> {
                    // The coroutine has ended.
                    th.pop();
                    th.status = LuaThread.Status.DEAD;
                    back(th);
                    if (!th.wrapped) {
                        results = prefixed(true, results, first, size);
                        first = 0;
                        size = results.length;
                    }
                }
            }
        }
    }

    private static Object[] prefixed(Boolean success, Object[] values, int from, int count) {
        Object[] all = new Object[count + 1];
        all[0] = success;
        System.arraycopy(values, from, all, 1, count);
        return all;
    }

    /// Continues with the coroutine that resumed this one.
    private void back(LuaThread from) {
        LuaThread resumer = Objects.requireNonNull(from.resumer);
        from.resumer = null;
        resumer.status = LuaThread.Status.RUNNING;
        current = resumer;
    }

    private static void deliver(LuaThread th, Frame frame, Object[] values, int from, int count) {
        long instruction = Objects.requireNonNull(frame.closure).prototype.code()[frame.pc - 1];
        int a = frame.base + Op.a(instruction);
        switch (Op.op(instruction)) {
            case Op.CALL, Op.TAILCALL -> {
                int wanted = Op.c(instruction) - 1;
                if (wanted < 0) {
                    th.ensure(a + count + 1);
                    System.arraycopy(values, from, th.stack, a, count);
                    frame.top = a + count;
                } else {
                    adjust(th, values, from, count, a, wanted);
                }
            }
            case Op.TFORCALL -> adjust(th, values, from, count, a + 3, Op.b(instruction));
            case Op.EQ, Op.LT, Op.LE -> {
                boolean result = count > 0 && Values.truthy(values[from]);
                if (result != (Op.a(instruction) == 1)) {
                    frame.pc++;
                }
            }
            case Op.SETTABLE, Op.SETGLOBAL -> {
                // An assignment has no result.
            }
            default -> th.stack[a] = count > 0 ? values[from] : Nil.NIL;
        }
    }

    private static void adjust(LuaThread th, Object[] values, int from, int count, int to, int wanted) {
        int copied = Math.min(count, wanted);
        if (copied == 1) {
            th.stack[to] = values[from];
        } else {
            System.arraycopy(values, from, th.stack, to, copied);
        }
        for (int i = copied; i < wanted; i++) {
            th.stack[to + i] = Nil.NIL;
        }
    }

    /// Calls a metamethod for the instruction that a frame executes.
    int callMeta(LuaThread th, Frame frame, Object function, Object first, Object second, Object third) {
        int pos = th.free();
        th.ensure(pos + 5);
        th.stack[pos] = function;
        th.stack[pos + 1] = first;
        th.stack[pos + 2] = second;
        th.stack[pos + 3] = third;
        frame.top = pos + 4;
        return precall(th, pos, 3) ? EXIT : RELOAD;
    }

    // ---- control functions

    private boolean control(LuaThread th, ControlFunction function, int pos, int arguments) {
        return switch (function.kind) {
            case PCALL -> {
                if (arguments == 0) {
                    throw state.error("bad argument #1 to 'pcall' (value expected)");
                }
                Frame frame = th.push(Frame.PROTECTED);
                frame.top = pos + arguments + 1;
                yield precall(th, pos + 1, arguments - 1);
            }
            case XPCALL -> {
                if (arguments < 2) {
                    throw state.error("bad argument #2 to 'xpcall' (value expected)");
                }
                Frame frame = th.push(Frame.PROTECTED);
                frame.top = pos + arguments + 1;
                frame.handler = th.stack[pos + 2];
                th.stack[pos + 2] = th.stack[pos + 1];
                yield precall(th, pos + 2, arguments - 2);
            }
            case RESUME -> {
                if (arguments == 0 || !(th.stack[pos + 1] instanceof LuaThread thread)) {
                    throw state.error("bad argument #1 to 'resume' (coroutine expected)");
                }
                yield resume(th, thread, false, Arrays.copyOfRange(th.stack, pos + 2, pos + 1 + arguments));
            }
            case WRAPPED -> resume(th, Objects.requireNonNull(function.thread), true,
                    Arrays.copyOfRange(th.stack, pos + 1, pos + 1 + arguments));
            case YIELD -> {
                if (th.resumer == null) {
                    throw state.error("attempt to yield from outside a coroutine");
                }
                if (th.barriers > 0) {
                    throw state.error("attempt to yield across a call of a library function");
                }
                Object[] values = Arrays.copyOfRange(th.stack, pos + 1, pos + 1 + arguments);
                th.status = LuaThread.Status.SUSPENDED;
                boolean wrapped = th.wrapped;
                back(th);
                Object[] results = wrapped ? values : prefixed(true, values, 0, values.length);
                yield complete(results, 0, results.length);
            }
        };
    }

    private boolean resume(LuaThread th, LuaThread thread, boolean wrapped, Object[] values) {
        if (thread.status != LuaThread.Status.SUSPENDED) {
            String why = "cannot resume " + (thread.status == LuaThread.Status.DEAD ? "dead" : "non-suspended") + " coroutine";
            if (wrapped) {
                throw state.error(why);
            }
            return complete(new Object[] {false, why}, 0, 2);
        }
        thread.resumer = th;
        thread.wrapped = wrapped;
        th.status = LuaThread.Status.NORMAL;
        thread.status = LuaThread.Status.RUNNING;
        current = thread;
        if (thread.entry == Nil.NIL) {
            return complete(values, 0, values.length);
        }
        thread.ensure(values.length + 1);
        Frame frame = thread.push(Frame.BASE);
        frame.top = values.length + 1;
        thread.stack[0] = thread.entry;
        thread.entry = Nil.NIL;
        System.arraycopy(values, 0, thread.stack, 1, values.length);
        return precall(thread, 0, values.length);
    }

    // ---- errors

    /// Ends frames up to a protected call.
    ///
    /// @return whether the loop has to end
    /// @throws LuaError when this run has none
    private boolean unwind(LuaError error) {
        error.traceback(traceback());
        while (true) {
            LuaThread th = thread();
            while (th.depth > 0) {
                Frame frame = th.top();
                int kind = frame.kind;
                Object handler = frame.handler;
                th.pop();
                if (kind == Frame.BARRIER) {
                    throw error;
                }
                if (kind == Frame.PROTECTED && handler != Nil.NIL) {
                    int pos = th.free();
                    th.ensure(pos + 2);
                    Frame handling = th.push(Frame.HANDLING);
                    handling.top = pos + 2;
                    th.stack[pos] = handler;
                    th.stack[pos + 1] = error.value();
                    try {
                        return precall(th, pos, 1);
                    } catch (LuaError e) {
                        return unwind(e);
                    }
                }
                if (kind == Frame.PROTECTED || kind == Frame.HANDLING) {
                    return complete(new Object[] {false, error.value()}, 0, 2);
                }
            }
            th.status = LuaThread.Status.DEAD;
            boolean wrapped = th.wrapped;
            back(th);
            if (!wrapped) {
                return complete(new Object[] {false, error.value()}, 0, 2);
            }
        }
    }

    private String traceback() {
        LuaThread th = thread();
        StringBuilder text = new StringBuilder();
        int shown = 0;
        for (int i = th.depth - 1; i >= 0 && shown < TRACED_CALLS; i--) {
            Frame frame = th.frames[i];
            if (frame.kind == Frame.LUA && frame.closure != null) {
                Prototype prototype = frame.closure.prototype;
                text.append(shown++ == 0 ? "" : ", ").append(prototype.chunk()).append(':').append(prototype.lineAt(frame.pc));
                if (!prototype.name().isEmpty()) {
                    text.append(" in ").append(prototype.name());
                }
            }
        }
        return text.toString();
    }

    String where(int level) {
        LuaThread th = current;
        if (th != null && level > 0 && th.depth >= level) {
            Frame frame = th.frames[th.depth - level];
            if (frame.kind == Frame.LUA && frame.closure != null) {
                return frame.closure.prototype.chunk() + ":" + frame.closure.prototype.lineAt(frame.pc) + ": ";
            }
        }
        return "";
    }

    @Nullable LuaClosure closureAt(int level) {
        LuaThread th = current;
        return th != null && level > 0 && th.depth >= level ? th.frames[th.depth - level].closure : null;
    }

    // ---- for library functions

    Object metamethod(Object value, String event) {
        LuaTable metatable = switch (value) {
            case LuaTable table -> table.metatable();
            case LuaUserdata data -> data.metatable();
            case String _ -> state.strings();
            default -> null;
        };
        return metatable == null ? Nil.NIL : metatable.get(event);
    }

    Object indexFromJava(Object object, Object key) {
        return operations.indexFromJava(object, key);
    }

    boolean lessFromJava(Object a, Object b) {
        return operations.lessFromJava(a, b);
    }
}
