package io.jigress.plugins.lua.vm;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The tree of a chunk, with names resolved to locals, upvalues and globals.
final class Ast {
    private Ast() {}

    /// A local variable. One that closures share is kept in a [Cell].
    static final class Local {
        final String name;
        boolean shared;
        int register = -1;

        Local(String name) {
            this.name = name;
        }
    }

    /// What a closure shares: a local of the function around it, or an upvalue of that function.
    record Upvalue(String name, @Nullable Local local, int outer) {}

    static final class Function {
        final @Nullable Function outer;
        final String name;
        final int line;
        int lastLine;
        boolean vararg;
        final List<Local> parameters = new ArrayList<>();
        final List<Upvalue> upvalues = new ArrayList<>();
        List<Stat> body = List.of();

        Function(@Nullable Function outer, String name, int line) {
            this.outer = outer;
            this.name = name;
            this.line = line;
        }
    }

    enum BinaryOp {
        ADD, SUB, MUL, DIV, MOD, POW, CONCAT, EQ, NE, LT, LE, GT, GE, AND, OR
    }

    enum UnaryOp {
        NEGATE, NOT, LENGTH
    }

    sealed interface Expr {}

    /// Nil, a Boolean, a Double or a String.
    record Constant(Object value) implements Expr {}

    record Vararg() implements Expr {}

    record FunctionExpr(Function function) implements Expr {}

    record LocalRef(Local local) implements Expr {}

    record UpvalueRef(int index, String name) implements Expr {}

    record Global(String name, int line) implements Expr {}

    record Index(Expr object, Expr key, int line) implements Expr {}

    /// @param method the name of a method, for `a:b()`, else null
    record Call(Expr function, @Nullable String method, List<Expr> arguments, int line) implements Expr {}

    record Binary(BinaryOp op, Expr left, Expr right, int line) implements Expr {}

    record Unary(UnaryOp op, Expr operand, int line) implements Expr {}

    /// An expression in parentheses, which has exactly one value.
    record Paren(Expr inner) implements Expr {}

    /// @param key null for an item of the list
    record Item(@Nullable Expr key, Expr value) {}

    record TableExpr(List<Item> items, int line) implements Expr {}

    sealed interface Stat {}

    record LocalStat(List<Local> locals, List<Expr> values, int line) implements Stat {}

    record Assign(List<Expr> targets, List<Expr> values, int line) implements Stat {}

    record CallStat(Call call, int line) implements Stat {}

    record Do(List<Stat> body) implements Stat {}

    record While(Expr condition, List<Stat> body, int line) implements Stat {}

    record Repeat(List<Stat> body, Expr condition, int line) implements Stat {}

    /// @param condition null for `else`
    record Branch(@Nullable Expr condition, List<Stat> body) {}

    record If(List<Branch> branches, int line) implements Stat {}

    record NumericFor(Local local, Expr from, Expr to, @Nullable Expr step, List<Stat> body, int line) implements Stat {}

    record GenericFor(List<Local> locals, List<Expr> iterator, List<Stat> body, int line) implements Stat {}

    record LocalFunction(Local local, Function function, int line) implements Stat {}

    record Return(List<Expr> values, int line) implements Stat {}

    record Break(int line) implements Stat {}

    record Goto(String label, int line) implements Stat {}

    record Label(String name, int line) implements Stat {}
}
