package io.jigress.plugins.lua.vm;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Executes instructions. The method [#run] must stay below 8,000 bytes of bytecode: HotSpot does not compile longer ones.
final class Loop {
    private final Interpreter interpreter;
    private final Operations operations;
    private final Meter meter;
    private final LuaState state;
    private @Nullable JavaFunction next;

    Loop(Interpreter interpreter, Operations operations) {
        this.interpreter = interpreter;
        this.operations = operations;
        meter = interpreter.meter;
        state = interpreter.state;
    }

    void next(JavaFunction function) {
        next = function;
    }

    /// Executes until the run ends or is suspended.
    ///
    /// @return true
    boolean run() {
        Meter counter = meter;
        reload: while (true) {
            LuaThread th = interpreter.thread();
            Frame frame = th.top();
            LuaClosure closure = Objects.requireNonNull(frame.closure);
            Prototype prototype = closure.prototype;
            long[] code = prototype.code();
            Object[] constants = prototype.constants();
            Object[] stack = th.stack;
            int base = frame.base;
            int pc = frame.pc;
            while (true) {
                if (--counter.fuel < 0) {
                    counter.tick();
                }
                long i = code[pc++];
                frame.pc = pc;
                int a = base + ((int) (i >>> 8) & 0xffff);
                int outcome = Interpreter.DONE;
                int op = (int) i & 0xff;
                switch (op) {
                    case Op.MOVE -> {
                        int b = Op.b(i);
                        stack[a] = (b & Op.CONSTANT) != 0 ? constants[b ^ Op.CONSTANT] : stack[base + b];
                    }
                    case Op.LOADK -> stack[a] = constants[Op.x(i)];
                    case Op.LOADNIL -> {
                        for (int slot = a; slot <= base + Op.b(i); slot++) {
                            stack[slot] = Nil.NIL;
                        }
                    }
                    case Op.LOADBOOL -> stack[a] = Op.b(i) == 1 ? Boolean.TRUE : Boolean.FALSE;
                    case Op.GETUPVAL -> stack[a] = closure.upvalues[Op.b(i)].value;
                    case Op.SETUPVAL -> closure.upvalues[Op.b(i)].value = value(stack, constants, base, Op.c(i));
                    case Op.NEWCELL -> {
                        counter.allocate(16);
                        stack[a] = new Cell(stack[a]);
                    }
                    case Op.GETCELL -> stack[a] = ((Cell) stack[base + Op.b(i)]).value;
                    case Op.SETCELL -> ((Cell) stack[a]).value = value(stack, constants, base, Op.c(i));
                    case Op.GETGLOBAL -> {
                        LuaTable globals = closure.environment();
                        String name = (String) constants[Op.x(i)];
                        Object found = globals.get(name);
                        if (found != Nil.NIL || globals.metatable() == null) {
                            stack[a] = found;
                        } else {
                            outcome = operations.index(th, frame, globals, name, a);
                        }
                    }
                    case Op.SETGLOBAL -> outcome = operations.setIndex(th, frame, closure.environment(), constants[Op.b(i)],
                            value(stack, constants, base, Op.c(i)));
                    case Op.GETFIELD -> {
                        Object object = stack[base + Op.b(i)];
                        String key = (String) constants[Op.c(i)];
                        if (object instanceof LuaTable table) {
                            Object found = table.get(key);
                            if (found != Nil.NIL || table.metatable() == null) {
                                stack[a] = found;
                                continue;
                            }
                        }
                        outcome = operations.index(th, frame, object, key, a);
                    }
                    case Op.GETTABLE -> {
                        Object object = stack[base + Op.b(i)];
                        Object key = value(stack, constants, base, Op.c(i));
                        if (object instanceof LuaTable table) {
                            Object found = table.get(key);
                            if (found != Nil.NIL || table.metatable() == null) {
                                stack[a] = found;
                                continue;
                            }
                        }
                        outcome = operations.index(th, frame, object, key, a);
                    }
                    case Op.SETTABLE -> {
                        Object key = value(stack, constants, base, Op.b(i));
                        Object value = value(stack, constants, base, Op.c(i));
                        if (stack[a] instanceof LuaTable table && table.metatable() == null) {
                            if (key instanceof String text) {
                                table.put(text, value);
                            } else {
                                operations.rawSet(table, key, value);
                            }
                        } else {
                            outcome = operations.setIndex(th, frame, stack[a], key, value);
                        }
                    }
                    case Op.SELF -> {
                        Object object = stack[base + Op.b(i)];
                        stack[a + 1] = object;
                        outcome = operations.index(th, frame, object, constants[Op.c(i)], a);
                    }
                    case Op.NEWTABLE -> stack[a] = new LuaTable(counter);
                    case Op.SETLIST -> setList(frame, stack, (LuaTable) stack[a], i);
                    case Op.ADD -> {
                        if (value(stack, constants, base, Op.b(i)) instanceof Double x
                                && value(stack, constants, base, Op.c(i)) instanceof Double y) {
                            stack[a] = x + y;
                        } else {
                            outcome = arithmetic(th, frame, i, a, constants);
                        }
                    }
                    case Op.SUB -> {
                        if (value(stack, constants, base, Op.b(i)) instanceof Double x
                                && value(stack, constants, base, Op.c(i)) instanceof Double y) {
                            stack[a] = x - y;
                        } else {
                            outcome = arithmetic(th, frame, i, a, constants);
                        }
                    }
                    case Op.MUL -> {
                        if (value(stack, constants, base, Op.b(i)) instanceof Double x
                                && value(stack, constants, base, Op.c(i)) instanceof Double y) {
                            stack[a] = x * y;
                        } else {
                            outcome = arithmetic(th, frame, i, a, constants);
                        }
                    }
                    case Op.DIV, Op.MOD, Op.POW -> outcome = arithmetic(th, frame, i, a, constants);
                    case Op.UNM -> {
                        Object operand = stack[base + Op.b(i)];
                        outcome = operations.arithmetic(th, frame, Op.UNM, operand, operand, a);
                    }
                    case Op.NOT -> stack[a] = !Values.truthy(stack[base + Op.b(i)]);
                    case Op.LEN -> outcome = operations.length(th, frame, stack[base + Op.b(i)], a);
                    case Op.CONCAT -> {
                        Object joined = operations.concat(th, base + Op.b(i), base + Op.c(i));
                        stack = th.stack;
                        stack[a] = joined;
                    }
                    case Op.JMP -> pc = Op.x(i);
                    case Op.JMPIF -> {
                        if (Values.truthy(stack[a])) {
                            pc = Op.x(i);
                        }
                    }
                    case Op.JMPIFNOT -> {
                        if (!Values.truthy(stack[a])) {
                            pc = Op.x(i);
                        }
                    }
                    case Op.EQ, Op.LT, Op.LE -> {
                        Object x = value(stack, constants, base, Op.b(i));
                        Object y = value(stack, constants, base, Op.c(i));
                        int result;
                        if (x instanceof Double m && y instanceof Double n) {
                            double left = m;
                            double right = n;
                            result = (op == Op.EQ ? left == right : op == Op.LT ? left < right : left <= right) ? 1 : 0;
                        } else {
                            result = operations.compare(th, frame, op, x, y);
                            stack = th.stack;
                        }
                        if (result > 1) {
                            outcome = result - 1;
                        } else if (result != a - base) {
                            pc++;
                        }
                    }
                    case Op.CALL -> {
                        int b = Op.b(i);
                        int arguments = b == 0 ? frame.top - a - 1 : b - 1;
                        if (stack[a] instanceof LuaClosure callee) {
                            interpreter.push(th, callee, a, arguments);
                            continue reload;
                        }
                        outcome = interpreter.precall(th, a, arguments) ? Interpreter.EXIT : Interpreter.RELOAD;
                    }
                    case Op.TAILCALL -> {
                        int b = Op.b(i);
                        int arguments = b == 0 ? frame.top - a - 1 : b - 1;
                        if (stack[a] instanceof LuaClosure callee) {
                            System.arraycopy(stack, a, stack, base - 1, arguments + 1);
                            th.pop();
                            interpreter.push(th, callee, base - 1, arguments);
                            continue reload;
                        }
                        outcome = interpreter.precall(th, a, arguments) ? Interpreter.EXIT : Interpreter.RELOAD;
                    }
                    case Op.RETURN -> {
                        int b = Op.b(i);
                        int count = b == 0 ? frame.top - a : b - 1;
                        outcome = interpreter.returned(th, stack, a, count) ? Interpreter.EXIT : Interpreter.RELOAD;
                    }
                    case Op.VARARG -> {
                        varargs(th, frame, a, Op.b(i));
                        stack = th.stack;
                    }
                    case Op.FORPREP -> {
                        operations.prepareFor(th, a);
                        pc = Op.x(i);
                    }
                    case Op.FORLOOP -> {
                        double step = (Double) stack[a + 2];
                        double index = (Double) stack[a] + step;
                        double limit = (Double) stack[a + 1];
                        if (step > 0 ? index <= limit : index >= limit) {
                            Double boxed = index;
                            stack[a] = boxed;
                            stack[a + 3] = boxed;
                            pc = Op.x(i);
                        }
                    }
                    case Op.TFORCALL -> {
                        if (stack[a] == next && stack[a + 1] instanceof LuaTable table) {
                            iterate(stack, a, table, Op.b(i));
                        } else {
                            stack[a + 5] = stack[a + 2];
                            stack[a + 4] = stack[a + 1];
                            stack[a + 3] = stack[a];
                            outcome = interpreter.precall(th, a + 3, 2) ? Interpreter.EXIT : Interpreter.RELOAD;
                        }
                    }
                    case Op.TFORLOOP -> {
                        if (stack[a + 3] != Nil.NIL) {
                            stack[a + 2] = stack[a + 3];
                            pc = Op.x(i);
                        }
                    }
                    case Op.CLOSURE -> stack[a] = closure(closure, stack, base, prototype.children().get(Op.x(i)));
                    default -> throw new IllegalStateException("unknown instruction " + op);
                }
                if (outcome != Interpreter.DONE) {
                    if (outcome == Interpreter.EXIT) {
                        return true;
                    }
                    continue reload;
                }
            }
        }
    }

    private static Object value(Object[] stack, Object[] constants, int base, int operand) {
        return (operand & Op.CONSTANT) != 0 ? constants[operand ^ Op.CONSTANT] : stack[base + operand];
    }

    private int arithmetic(LuaThread th, Frame frame, long i, int a, Object[] constants) {
        Object b = value(th.stack, constants, frame.base, Op.b(i));
        Object c = value(th.stack, constants, frame.base, Op.c(i));
        return operations.arithmetic(th, frame, Op.op(i), b, c, a);
    }

    private void setList(Frame frame, Object[] stack, LuaTable table, long i) {
        int first = frame.base + (Op.b(i) & 1023);
        int count = Op.b(i) >> 10;
        if (count == 0) {
            count = frame.top - first;
            meter.work(count);
        }
        for (int n = 0; n < count; n++) {
            table.put(Op.c(i) + n, stack[first + n]);
        }
    }

    private void varargs(LuaThread th, Frame frame, int a, int b) {
        Object[] all = frame.varargs;
        int count = b == 0 ? all.length : b - 1;
        meter.work(count / 8);
        th.ensure(a + count + 1);
        int given = Math.min(count, all.length);
        System.arraycopy(all, 0, th.stack, a, given);
        for (int slot = given; slot < count; slot++) {
            th.stack[a + slot] = Nil.NIL;
        }
        if (b == 0) {
            frame.top = a + count;
        }
    }

    private void iterate(Object[] stack, int a, LuaTable table, int variables) {
        int position = table.after(stack[a + 2]);
        if (position == -2) {
            throw state.error("invalid key to 'next'");
        }
        stack[a + 3] = position < 0 ? Nil.NIL : table.keyAt(position);
        if (variables > 1) {
            stack[a + 4] = position < 0 ? Nil.NIL : table.valueAt(position);
            for (int i = 2; i < variables; i++) {
                stack[a + 3 + i] = Nil.NIL;
            }
        }
    }

    private LuaClosure closure(LuaClosure outer, Object[] stack, int base, Prototype child) {
        int[] from = child.upvalues();
        meter.allocate(48 + 8L * from.length);
        Cell[] cells = new Cell[from.length];
        for (int i = 0; i < from.length; i++) {
            cells[i] = from[i] >= 0 ? (Cell) stack[base + from[i]] : outer.upvalues[-1 - from[i]];
        }
        return new LuaClosure(child, cells, outer.environment());
    }
}
