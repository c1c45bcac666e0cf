package io.jigress.plugins.lua.vm;

import io.jigress.plugins.lua.vm.Ast.BinaryOp;
import io.jigress.plugins.lua.vm.Ast.Expr;
import java.util.ArrayList;
import java.util.List;

/// Compiles expressions.
final class Expressions {
    /// Items of a table constructor that are stored at once.
    private static final int BATCH = 50;
    /// The deepest tree, such as of a sum of that many terms.
    private static final int MOST_LEVELS = 500;
    private static final int MOST_ITEMS = (1 << 20) - BATCH;

    private final Emitter out;
    private int levels;

    Expressions(Emitter out) {
        this.out = out;
    }

    /// What an expression is, for messages: `local 'x'`; empty when it has no name.
    String describe(Expr expr) {
        return switch (expr) {
            case Ast.LocalRef(Ast.Local local) -> local.name.isEmpty() ? "" : "local '" + local.name + "'";
            case Ast.UpvalueRef(int _, String name) -> "upvalue '" + name + "'";
            case Ast.Global(String name, int _) -> "global '" + name + "'";
            case Ast.Index(Expr _, Ast.Constant(String key), int _) -> "field '" + key + "'";
            case Ast.Call _,Ast.Index _,Ast.Constant _,Ast.Vararg _,Ast.FunctionExpr _,Ast.Binary _,Ast.Unary _,Ast.Paren _,Ast.TableExpr _ ->
                "";
        };
    }

    private void enter(int line) {
        if (++levels > MOST_LEVELS) {
            throw out.error(line, "expression is nested too deeply");
        }
    }

    /// Evaluates to a new register.
    int next(Expr expr, int line) {
        if (expr instanceof Ast.Call call) {
            int first = call(call, 1);
            return first;
        }
        int register = out.allocate(line);
        to(expr, register, line);
        return register;
    }

    /// The register of a local, or a new one with the value.
    int any(Expr expr, int line) {
        if (expr instanceof Ast.LocalRef(Ast.Local local) && !local.shared) {
            return local.register;
        }
        return next(expr, line);
    }

    /// A constant, or a register as [#any].
    int operand(Expr expr, int line) {
        if (expr instanceof Ast.Constant(Object value)) {
            return Op.CONSTANT | out.constant(value);
        }
        return any(expr, line);
    }

    /// Evaluates a list to consecutive new registers.
    ///
    /// @return whether the last expression has all its values, up to the top
    boolean list(List<Expr> values, int line) {
        for (int i = 0; i < values.size(); i++) {
            Expr value = values.get(i);
            if (i == values.size() - 1 && value instanceof Ast.Call call) {
                call(call, -1);
                return true;
            }
            if (i == values.size() - 1 && value instanceof Ast.Vararg) {
                out.emit(Op.VARARG, out.free(), 0, 0, line);
                return true;
            }
            next(value, line);
        }
        return false;
    }

    /// Evaluates a list to that many consecutive new registers.
    void adjusted(List<Expr> values, int wanted, int line) {
        int first = out.free();
        for (int i = 0; i < values.size(); i++) {
            Expr value = values.get(i);
            int missing = wanted - i;
            if (i == values.size() - 1 && missing > 1 && value instanceof Ast.Call call) {
                call(call, missing);
                return;
            }
            if (i == values.size() - 1 && missing > 1 && value instanceof Ast.Vararg) {
                int from = out.free();
                for (int j = 0; j < missing; j++) {
                    out.allocate(line);
                }
                out.emit(Op.VARARG, from, missing + 1, 0, line);
                return;
            }
            next(value, line);
            if (i >= wanted) {
                out.free(first + wanted);
            }
        }
        if (values.size() < wanted) {
            int from = out.free();
            for (int i = values.size(); i < wanted; i++) {
                out.allocate(line);
            }
            out.emit(Op.LOADNIL, from, out.free() - 1, 0, line);
        }
    }

    /// Compiles a call. Its results are in new registers, the first of which is returned.
    ///
    /// @param results -1 for all, up to the top
    int call(Ast.Call call, int results) {
        return call(call, results, Op.CALL);
    }

    int tailCall(Ast.Call call) {
        return call(call, -1, Op.TAILCALL);
    }

    private int call(Ast.Call call, int results, int op) {
        enter(call.line());
        int line = call.line();
        int function = out.free();
        int fixed = call.arguments().size();
        String name;
        if (call.method() == null) {
            next(call.function(), line);
            name = describe(call.function());
        } else {
            int object = any(call.function(), line);
            out.free(function);
            out.allocate(line);
            out.allocate(line);
            out.names(describe(call.function()));
            out.emit(Op.SELF, function, object, out.constant(call.method()), line);
            name = "method '" + call.method() + "'";
            fixed++;
        }
        boolean open = list(call.arguments(), line);
        out.names(name);
        out.emit(op, function, open ? 0 : fixed + 1, results + 1, line);
        out.free(function);
        for (int i = 0; i < results; i++) {
            out.allocate(line);
        }
        levels--;
        return function;
    }

    /// Evaluates to a register, which may be that of an operand but for `and`, `or`, tables and parentheses.
    void to(Expr expr, int target, int line) {
        enter(line);
        int free = out.free();
        switch (expr) {
            case Ast.Constant(Object value) -> constant(value, target, line);
            case Ast.Vararg _ -> out.emit(Op.VARARG, target, 2, 0, line);
            case Ast.FunctionExpr(Ast.Function function) ->
                out.emitX(Op.CLOSURE, target, out.child(Compiler.compile(function, out.chunk())), line);
            case Ast.LocalRef(Ast.Local local) -> {
                if (local.shared || local.register != target) {
                    out.emit(local.shared ? Op.GETCELL : Op.MOVE, target, local.register, 0, line);
                }
            }
            case Ast.UpvalueRef(int index, String _) -> out.emit(Op.GETUPVAL, target, index, 0, line);
            case Ast.Global(String name, int at) -> out.emitX(Op.GETGLOBAL, target, out.constant(name), at);
            case Ast.Index(Expr object, Expr key, int at) -> index(object, key, target, at);
            case Ast.Call call -> out.emit(Op.MOVE, target, call(call, 1), 0, call.line());
            case Ast.Binary binary -> binary(binary, target);
            case Ast.Unary(Ast.UnaryOp op, Expr operand, int at) -> {
                int register = any(operand, at);
                out.names(describe(operand));
                out.emit(switch (op) {
                    case NEGATE -> Op.UNM;
                    case NOT -> Op.NOT;
                    case LENGTH -> Op.LEN;
                }, target, register, 0, at);
            }
            case Ast.Paren(Expr inner) -> to(inner, target, line);
            case Ast.TableExpr table -> table(table, target);
        }
        out.free(free);
        levels--;
    }

    private void constant(Object value, int target, int line) {
        if (value == Nil.NIL) {
            out.emit(Op.LOADNIL, target, target, 0, line);
        } else if (value instanceof Boolean yes) {
            out.emit(Op.LOADBOOL, target, yes ? 1 : 0, 0, line);
        } else {
            out.emitX(Op.LOADK, target, out.constant(value), line);
        }
    }

    private void index(Expr object, Expr key, int target, int line) {
        int o = any(object, line);
        if (key instanceof Ast.Constant(String name)) {
            out.names(describe(object));
            out.emit(Op.GETFIELD, target, o, out.constant(name), line);
        } else {
            int k = operand(key, line);
            out.names(describe(object));
            out.emit(Op.GETTABLE, target, o, k, line);
        }
    }

    private void binary(Ast.Binary binary, int target) {
        int line = binary.line();
        switch (binary.op()) {
            case ADD -> arithmetic(Op.ADD, binary, target);
            case SUB -> arithmetic(Op.SUB, binary, target);
            case MUL -> arithmetic(Op.MUL, binary, target);
            case DIV -> arithmetic(Op.DIV, binary, target);
            case MOD -> arithmetic(Op.MOD, binary, target);
            case POW -> arithmetic(Op.POW, binary, target);
            case CONCAT -> concat(binary, target);
            case EQ, NE, LT, LE, GT, GE -> {
                List<Integer> yes = new ArrayList<>();
                jumpIf(binary, true, yes, line);
                out.emit(Op.LOADBOOL, target, 0, 0, line);
                int end = out.jump(line);
                out.patchHere(yes);
                out.emit(Op.LOADBOOL, target, 1, 0, line);
                out.patchHere(List.of(end));
            }
            case AND, OR -> {
                to(binary.left(), target, line);
                int end = out.emitX(binary.op() == BinaryOp.AND ? Op.JMPIFNOT : Op.JMPIF, target, 0, line);
                to(binary.right(), target, line);
                out.patchHere(List.of(end));
            }
        }
    }

    private void arithmetic(int op, Ast.Binary binary, int target) {
        int b = operand(binary.left(), binary.line());
        int c = operand(binary.right(), binary.line());
        out.names(describe(binary.left()), describe(binary.right()));
        out.emit(op, target, b, c, binary.line());
    }

    private void concat(Ast.Binary binary, int target) {
        List<String> names = new ArrayList<>();
        int first = out.free();
        Expr rest = binary;
        while (rest instanceof Ast.Binary(BinaryOp op, Expr left, Expr right, int line) && op == BinaryOp.CONCAT) {
            next(left, line);
            names.add(describe(left));
            rest = right;
        }
        int last = next(rest, binary.line());
        names.add(describe(rest));
        out.names(names.toArray(String[]::new));
        out.emit(Op.CONCAT, target, first, last, binary.line());
    }

    private void table(Ast.TableExpr table, int target) {
        out.emit(Op.NEWTABLE, target, 0, 0, table.line());
        int first = out.free();
        int pending = 0;
        int stored = 0;
        List<Ast.Item> items = table.items();
        for (int i = 0; i < items.size(); i++) {
            Expr value = items.get(i).value();
            Expr key = items.get(i).key();
            if (key != null) {
                int free = out.free();
                int k = operand(key, table.line());
                int v = operand(value, table.line());
                out.emit(Op.SETTABLE, target, k, v, table.line());
                out.free(free);
                continue;
            }
            if (stored > MOST_ITEMS) {
                throw out.error(table.line(), "table constructor has too many items");
            }
            if (i == items.size() - 1 && (value instanceof Ast.Call || value instanceof Ast.Vararg)) {
                list(List.of(value), table.line());
                out.emit(Op.SETLIST, target, first, stored + 1, table.line());
                return;
            }
            next(value, table.line());
            if (++pending == BATCH) {
                out.emit(Op.SETLIST, target, first | pending << 10, stored + 1, table.line());
                stored += pending;
                pending = 0;
                out.free(first);
            }
        }
        if (pending > 0) {
            out.emit(Op.SETLIST, target, first | pending << 10, stored + 1, table.line());
        }
    }

    /// Jumps if an expression is true, or if it is not.
    ///
    /// @param jumps receives the jumps to patch
    void jumpIf(Expr expr, boolean when, List<Integer> jumps, int line) {
        enter(line);
        int free = out.free();
        switch (expr) {
            case Ast.Constant(Object value) -> {
                if (Values.truthy(value) == when) {
                    jumps.add(out.jump(line));
                }
            }
            case Ast.Paren(Expr inner) -> jumpIf(inner, when, jumps, line);
            case Ast.Unary(Ast.UnaryOp op, Expr operand, int at) when op == Ast.UnaryOp.NOT -> jumpIf(operand, !when, jumps, at);
            case Ast.Binary(BinaryOp op, Expr left, Expr right, int at) when op == BinaryOp.AND || op == BinaryOp.OR -> {
                boolean decisive = op == BinaryOp.OR;
                if (when == decisive) {
                    jumpIf(left, when, jumps, at);
                    jumpIf(right, when, jumps, at);
                } else {
                    List<Integer> skip = new ArrayList<>();
                    jumpIf(left, decisive, skip, at);
                    jumpIf(right, when, jumps, at);
                    out.patchHere(skip);
                }
            }
            case Ast.Binary(BinaryOp op, Expr left, Expr right, int at) when isComparison(op) -> {
                int b = operand(left, at);
                int c = operand(right, at);
                int sense = when == (op != BinaryOp.NE) ? 1 : 0;
                switch (op) {
                    case LT -> out.emit(Op.LT, sense, b, c, at);
                    case GT -> out.emit(Op.LT, sense, c, b, at);
                    case LE -> out.emit(Op.LE, sense, b, c, at);
                    case GE -> out.emit(Op.LE, sense, c, b, at);
                    default -> out.emit(Op.EQ, sense, b, c, at);
                }
                jumps.add(out.jump(at));
            }
            default -> {
                int register = any(expr, line);
                jumps.add(out.emitX(when ? Op.JMPIF : Op.JMPIFNOT, register, 0, line));
            }
        }
        out.free(free);
        levels--;
    }

    private static boolean isComparison(BinaryOp op) {
        return switch (op) {
            case EQ, NE, LT, LE, GT, GE -> true;
            case ADD, SUB, MUL, DIV, MOD, POW, CONCAT, AND, OR -> false;
        };
    }
}
