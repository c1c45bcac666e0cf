package io.jigress.plugins.lua.vm;

import java.util.Objects;

/// The operations of the language where the operands are not of the usual types: metamethods, conversions, errors.
final class Operations {
    private static final int MOST_INDEX_STEPS = 100;
    private static final String[] EVENTS = {"__add", "__sub", "__mul", "__div", "__mod", "__pow", "__unm"};

    private final Interpreter interpreter;
    private final LuaState state;
    private final Meter meter;

    Operations(Interpreter interpreter) {
        this.interpreter = interpreter;
        state = interpreter.state;
        meter = interpreter.meter;
    }

    // ---- errors

    private LuaError error(String message) {
        return state.error(message);
    }

    /// The name of an operand of the current instruction, with its type.
    private String named(int operand, Object value) {
        LuaThread th = interpreter.thread();
        String name = "";
        if (th.depth > 0 && th.top().kind == Frame.LUA) {
            name = Objects.requireNonNull(th.top().closure).prototype.nameAt(th.top().pc, operand);
        }
        return name.isEmpty() ? "a " + Values.typeName(value) + " value" : name + "(a " + Values.typeName(value) + " value)";
    }

    LuaError notCallable(Object value) {
        LuaThread th = interpreter.thread();
        boolean byScript = false;
        if (th.depth > 0 && th.top().kind == Frame.LUA) {
            int op = Op.op(Objects.requireNonNull(th.top().closure).prototype.code()[th.top().pc - 1]);
            byScript = op == Op.CALL || op == Op.TAILCALL || op == Op.TFORCALL;
        }
        return error("attempt to call " + (byScript ? named(0, value) : "a " + Values.typeName(value) + " value"));
    }

    // ---- fields

    /// Reads a field for the current instruction, to a slot of the stack.
    int index(LuaThread th, Frame frame, Object object, Object key, int slot) {
        Object at = object;
        for (int i = 0; i < MOST_INDEX_STEPS; i++) {
            Object handler;
            if (at instanceof LuaTable table) {
                Object value = table.get(key);
                LuaTable metatable = table.metatable();
                if (value != Nil.NIL || metatable == null) {
                    th.stack[slot] = value;
                    return Interpreter.DONE;
                }
                handler = metatable.get("__index");
                if (handler == Nil.NIL) {
                    th.stack[slot] = Nil.NIL;
                    return Interpreter.DONE;
                }
            } else {
                handler = interpreter.metamethod(at, "__index");
                if (handler == Nil.NIL) {
                    throw error("attempt to index " + (i == 0 ? named(0, at) : "a " + Values.typeName(at) + " value"));
                }
            }
            if (handler instanceof LuaFunction) {
                return interpreter.callMeta(th, frame, handler, at, key, Nil.NIL);
            }
            at = handler;
        }
        throw error("loop in gettable");
    }

    int setIndex(LuaThread th, Frame frame, Object object, Object key, Object value) {
        Object at = object;
        for (int i = 0; i < MOST_INDEX_STEPS; i++) {
            Object handler;
            if (at instanceof LuaTable table) {
                LuaTable metatable = table.metatable();
                handler = metatable == null || table.get(key) != Nil.NIL ? Nil.NIL : metatable.get("__newindex");
                if (handler == Nil.NIL) {
                    rawSet(table, key, value);
                    return Interpreter.DONE;
                }
            } else {
                handler = interpreter.metamethod(at, "__newindex");
                if (handler == Nil.NIL) {
                    throw error("attempt to index " + (i == 0 ? named(0, at) : "a " + Values.typeName(at) + " value"));
                }
            }
            if (handler instanceof LuaFunction) {
                return interpreter.callMeta(th, frame, handler, at, key, value);
            }
            at = handler;
        }
        throw error("loop in settable");
    }

    void rawSet(LuaTable table, Object key, Object value) {
        if (key == Nil.NIL) {
            throw error("table index is nil");
        }
        if (key instanceof Double d && d.isNaN()) {
            throw error("table index is NaN");
        }
        table.put(key, value);
    }

    Object indexFromJava(Object object, Object key) {
        Object at = object;
        for (int i = 0; i < MOST_INDEX_STEPS; i++) {
            Object handler = interpreter.metamethod(at, "__index");
            if (at instanceof LuaTable table) {
                Object value = table.get(key);
                if (value != Nil.NIL || handler == Nil.NIL) {
                    return value;
                }
            } else if (handler == Nil.NIL) {
                throw error("attempt to index a " + Values.typeName(at) + " value");
            }
            if (handler instanceof LuaFunction) {
                Object[] results = interpreter.nested(handler, new Object[] {at, key});
                return results.length == 0 ? Nil.NIL : results[0];
            }
            at = handler;
        }
        throw error("loop in gettable");
    }

    // ---- arithmetic

    static double modulo(double a, double b) {
        return a - Math.floor(a / b) * b;
    }

    private static double compute(int op, double a, double b) {
        return switch (op) {
            case Op.ADD -> a + b;
            case Op.SUB -> a - b;
            case Op.MUL -> a * b;
            case Op.DIV -> a / b;
            case Op.MOD -> modulo(a, b);
            case Op.POW -> Math.pow(a, b);
            case Op.UNM -> -a;
            default -> throw new IllegalStateException("not arithmetic: " + op);
        };
    }

    int arithmetic(LuaThread th, Frame frame, int op, Object a, Object b, int slot) {
        Double x = Values.toNumber(a);
        Double y = Values.toNumber(b);
        if (x != null && y != null) {
            th.stack[slot] = compute(op, x, y);
            return Interpreter.DONE;
        }
        String event = EVENTS[op - Op.ADD];
        Object handler = interpreter.metamethod(a, event);
        if (handler == Nil.NIL) {
            handler = interpreter.metamethod(b, event);
        }
        if (handler != Nil.NIL) {
            return interpreter.callMeta(th, frame, handler, a, b, Nil.NIL);
        }
        boolean second = x != null;
        throw error("attempt to perform arithmetic on " + (second ? named(1, b) : named(0, a)));
    }

    int length(LuaThread th, Frame frame, Object value, int slot) {
        if (value instanceof LuaTable table) {
            th.stack[slot] = (double) table.length();
        } else if (value instanceof String text) {
            th.stack[slot] = (double) text.length();
        } else {
            Object handler = interpreter.metamethod(value, "__len");
            if (handler == Nil.NIL) {
                throw error("attempt to get length of " + named(0, value));
            }
            return interpreter.callMeta(th, frame, handler, value, Nil.NIL, Nil.NIL);
        }
        return Interpreter.DONE;
    }

    /// Joins the values of slots. Metamethods of it cannot wait.
    Object concat(LuaThread th, int first, int last) {
        long length = 0;
        for (int i = first; i <= last; i++) {
            Object value = th.stack[i];
            if (value instanceof Double d) {
                value = Values.numberText(d);
                th.stack[i] = value;
            }
            if (!(value instanceof String text)) {
                return concatWithMetamethods(th, first, last);
            }
            length += text.length();
        }
        checkLength(length);
        meter.string(length);
        meter.work(length / 32);
        if (last == first + 1) {
            return ((String) th.stack[first]).concat((String) th.stack[last]);
        }
        StringBuilder all = new StringBuilder((int) length);
        for (int i = first; i <= last; i++) {
            all.append((String) th.stack[i]);
        }
        return all.toString();
    }

    void checkLength(long length) {
        if (length > meter.memoryLimit()) {
            meter.string(length);
        }
    }

    private Object concatWithMetamethods(LuaThread th, int first, int last) {
        Object right = th.stack[last];
        for (int i = last - 1; i >= first; i--) {
            Object left = th.stack[i];
            String a = Values.toText(left);
            String b = Values.toText(right);
            if (a != null && b != null) {
                checkLength((long) a.length() + b.length());
                meter.string((long) a.length() + b.length());
                right = a + b;
                continue;
            }
            Object handler = interpreter.metamethod(left, "__concat");
            if (handler == Nil.NIL) {
                handler = interpreter.metamethod(right, "__concat");
            }
            if (handler == Nil.NIL) {
                boolean second = a != null;
                throw error("attempt to concatenate "
                        + (second ? named(i + 1 - first, right) : named(i - first, left)));
            }
            Object[] results = interpreter.nested(handler, new Object[] {left, right});
            right = results.length == 0 ? Nil.NIL : results[0];
        }
        return right;
    }

    // ---- comparison

    /// A comparison for the current instruction, whose operands are not both numbers.
    ///
    /// @return 0 or 1, or RELOAD + 1 or EXIT + 1 when a metamethod was called
    int compare(LuaThread th, Frame frame, int op, Object a, Object b) {
        if (op == Op.EQ) {
            if (Values.rawEquals(a, b)) {
                return 1;
            }
            Object handler = equality(a, b);
            return handler == Nil.NIL ? 0 : 1 + interpreter.callMeta(th, frame, handler, a, b, Nil.NIL);
        }
        if (a instanceof String x && b instanceof String y) {
            int order = x.compareTo(y);
            return order < 0 || op == Op.LE && order == 0 ? 1 : 0;
        }
        Object handler = common(a, b, op == Op.LT ? "__lt" : "__le");
        if (handler != Nil.NIL) {
            return 1 + interpreter.callMeta(th, frame, handler, a, b, Nil.NIL);
        }
        if (op == Op.LE && common(a, b, "__lt") != Nil.NIL) {
            Object[] results = interpreter.nested(common(a, b, "__lt"), new Object[] {b, a});
            return results.length > 0 && Values.truthy(results[0]) ? 0 : 1;
        }
        throw notComparable(a, b);
    }

    private LuaError notComparable(Object a, Object b) {
        String x = Values.typeName(a);
        String y = Values.typeName(b);
        return error(x.equals(y) ? "attempt to compare two " + x + " values" : "attempt to compare " + x + " with " + y);
    }

    private Object equality(Object a, Object b) {
        return a instanceof LuaTable && b instanceof LuaTable || a instanceof LuaUserdata && b instanceof LuaUserdata
                ? common(a, b, "__eq")
                : Nil.NIL;
    }

    /// The metamethod that both operands have.
    private Object common(Object a, Object b, String event) {
        Object handler = interpreter.metamethod(a, event);
        return handler != Nil.NIL && Values.rawEquals(handler, interpreter.metamethod(b, event)) ? handler : Nil.NIL;
    }

    boolean lessFromJava(Object a, Object b) {
        if (a instanceof Double x && b instanceof Double y) {
            return x < y;
        }
        if (a instanceof String x && b instanceof String y) {
            return x.compareTo(y) < 0;
        }
        Object handler = common(a, b, "__lt");
        if (handler == Nil.NIL) {
            throw notComparable(a, b);
        }
        Object[] results = interpreter.nested(handler, new Object[] {a, b});
        return results.length > 0 && Values.truthy(results[0]);
    }

    // ---- loops

    void prepareFor(LuaThread th, int a) {
        double from = forNumber(th, a, "initial value");
        double to = forNumber(th, a + 1, "limit");
        double step = forNumber(th, a + 2, "step");
        th.stack[a] = from - step;
        th.stack[a + 1] = to;
        th.stack[a + 2] = step;
    }

    private double forNumber(LuaThread th, int slot, String what) {
        Double number = Values.toNumber(th.stack[slot]);
        if (number == null) {
            throw error("'for' " + what + " must be a number");
        }
        return number;
    }
}
