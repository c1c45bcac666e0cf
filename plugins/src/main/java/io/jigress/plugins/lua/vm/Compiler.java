package io.jigress.plugins.lua.vm;

import io.jigress.plugins.lua.vm.Ast.Expr;
import io.jigress.plugins.lua.vm.Ast.Local;
import io.jigress.plugins.lua.vm.Ast.Stat;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Compiles the statements of one function.
final class Compiler {
    private final String chunk;
    private final Ast.Function function;
    private final Emitter out;
    private final Expressions expressions;
    private final ArrayDeque<List<Integer>> breaks = new ArrayDeque<>();
    private @Nullable Block block;
    /// Locals in scope.
    private int active;

    private static final class Block {
        final @Nullable Block outer;
        final Map<String, Target> labels = new HashMap<>();
        final List<Pending> gotos = new ArrayList<>();

        Block(@Nullable Block outer) {
            this.outer = outer;
        }
    }

    private record Target(int pc, int active) {}

    private record Pending(String label, int pc, int line, int active) {}

    private Compiler(Ast.Function function, String chunk) {
        this.function = function;
        this.chunk = chunk;
        out = new Emitter(function, chunk);
        expressions = new Expressions(out);
    }

    static Prototype compile(Ast.Function function, String chunk) {
        return new Compiler(function, chunk).run();
    }

    private Prototype run() {
        for (Local parameter : function.parameters) {
            parameter.register = out.allocate(function.line);
            active++;
        }
        for (Local parameter : function.parameters) {
            if (parameter.shared) {
                out.emit(Op.NEWCELL, parameter.register, 0, 0, function.line);
            }
        }
        block(function.body);
        out.emit(Op.RETURN, 0, 1, 0, function.lastLine);
        return out.prototype();
    }

    // ---- blocks

    private void block(List<Stat> stats) {
        Block outer = block;
        int before = active;
        int free = out.free();
        Block inner = new Block(outer);
        block = inner;
        for (int i = 0; i < stats.size(); i++) {
            if (stats.get(i) instanceof Ast.Label(String name, int line)) {
                boolean last = stats.subList(i, stats.size()).stream().allMatch(Ast.Label.class::isInstance);
                label(name, line, last ? before : active);
            } else {
                statement(stats.get(i));
            }
        }
        block = outer;
        active = before;
        out.free(free);
        for (Pending pending : inner.gotos) {
            Target target = inner.labels.get(pending.label);
            if (target != null) {
                if (target.active > pending.active) {
                    throw error(pending.line, "<goto " + pending.label + "> jumps into the scope of a local");
                }
                out.patch(pending.pc, target.pc);
            } else if (outer != null) {
                outer.gotos.add(new Pending(pending.label, pending.pc, pending.line, Math.min(pending.active, before)));
            } else {
                throw error(pending.line, "undefined label '" + pending.label + "'");
            }
        }
    }

    private void label(String name, int line, int visible) {
        for (Block in = block; in != null; in = in.outer) {
            if (in.labels.containsKey(name)) {
                throw error(line, "duplicate label '" + name + "'");
            }
        }
        if (block != null) {
            block.labels.put(name, new Target(out.pc(), visible));
        }
    }

    private LuaError error(int line, String message) {
        return new LuaError(chunk + ":" + line + ": " + message);
    }

    /// Makes the registers from one on the locals.
    private void declare(List<Local> locals, int first, int line) {
        for (int i = 0; i < locals.size(); i++) {
            Local local = locals.get(i);
            local.register = first + i;
            active++;
            if (local.shared) {
                out.emit(Op.NEWCELL, local.register, 0, 0, line);
            }
        }
    }

    // ---- statements

    private void statement(Stat stat) {
        int free = out.free();
        switch (stat) {
            case Ast.LocalStat local -> {
                expressions.adjusted(local.values(), local.locals().size(), local.line());
                declare(local.locals(), free, local.line());
                return;
            }
            case Ast.LocalFunction local -> {
                localFunction(local);
                return;
            }
            case Ast.Assign assign -> assign(assign);
            case Ast.CallStat(Ast.Call call, int _) -> expressions.call(call, 0);
            case Ast.Do(List<Stat> body) -> block(body);
            case Ast.While loop -> whileLoop(loop);
            case Ast.Repeat loop -> repeat(loop);
            case Ast.If branches -> ifs(branches);
            case Ast.NumericFor loop -> numericFor(loop);
            case Ast.GenericFor loop -> genericFor(loop);
            case Ast.Return values -> returns(values);
            case Ast.Break(int line) -> breaks.element().add(out.jump(line));
            case Ast.Goto(String label, int line) -> {
                if (block != null) {
                    block.gotos.add(new Pending(label, out.jump(line), line, active));
                }
            }
            case Ast.Label _ -> throw new IllegalStateException("a label outside of a list");
        }
        out.free(free);
    }

    private void localFunction(Ast.LocalFunction local) {
        int register = out.allocate(local.line());
        local.local().register = register;
        active++;
        if (local.local().shared) {
            out.emit(Op.LOADNIL, register, register, 0, local.line());
            out.emit(Op.NEWCELL, register, 0, 0, local.line());
            int temp = expressions.next(new Ast.FunctionExpr(local.function()), local.line());
            out.emit(Op.SETCELL, register, 0, temp, local.line());
            out.free(temp);
        } else {
            expressions.to(new Ast.FunctionExpr(local.function()), register, local.line());
        }
    }

    private void assign(Ast.Assign assign) {
        int line = assign.line();
        if (assign.targets().size() == 1 && assign.values().size() == 1) {
            single(assign.targets().getFirst(), assign.values().getFirst(), line);
            return;
        }
        List<Expr> targets = new ArrayList<>();
        // What the targets refer to is evaluated first, and must not change by the assignment.
        for (Expr target : assign.targets()) {
            if (target instanceof Ast.Index(Expr object, Expr key, int at)) {
                targets.add(new Ast.Index(kept(object, line), kept(key, line), at));
            } else {
                targets.add(target);
            }
        }
        int first = out.free();
        expressions.adjusted(assign.values(), targets.size(), line);
        for (int i = targets.size() - 1; i >= 0; i--) {
            store(targets.get(i), first + i, line);
        }
    }

    /// The value of an expression in a register of its own, as a local without a name.
    private Expr kept(Expr expr, int line) {
        if (expr instanceof Ast.Constant) {
            return expr;
        }
        Local temp = new Local("");
        temp.register = expressions.next(expr, line);
        return new Ast.LocalRef(temp);
    }

    private void single(Expr target, Expr value, int line) {
        if (target instanceof Ast.LocalRef(Local local) && !local.shared) {
            // These write to the register before they have read all that they need.
            boolean early = value instanceof Ast.TableExpr
                    || value instanceof Ast.Binary(Ast.BinaryOp op, _, _, _) && (op == Ast.BinaryOp.AND || op == Ast.BinaryOp.OR)
                    || value instanceof Ast.Paren;
            if (early) {
                out.emit(Op.MOVE, local.register, expressions.next(value, line), 0, line);
            } else {
                expressions.to(value, local.register, line);
            }
        } else if (target instanceof Ast.Index(Expr object, Expr key, int at)) {
            int o = expressions.any(object, line);
            int k = expressions.operand(key, line);
            int v = expressions.operand(value, line);
            out.names(expressions.describe(object));
            out.emit(Op.SETTABLE, o, k, v, at);
        } else {
            store(target, expressions.operand(value, line), line);
        }
    }

    /// @param value a register, or a constant
    private void store(Expr target, int value, int line) {
        switch (target) {
            case Ast.LocalRef(Local local) -> {
                if (local.shared) {
                    out.emit(Op.SETCELL, local.register, 0, value, line);
                } else {
                    out.emit(Op.MOVE, local.register, value, 0, line);
                }
            }
            case Ast.UpvalueRef(int index, String _) -> out.emit(Op.SETUPVAL, 0, index, value, line);
            case Ast.Global(String name, int _) -> out.emit(Op.SETGLOBAL, 0, out.constant(name), value, line);
            case Ast.Index(Expr object, Expr key, int at) -> {
                int o = expressions.any(object, line);
                int k = expressions.operand(key, line);
                out.names(expressions.describe(object));
                out.emit(Op.SETTABLE, o, k, value, at);
            }
            default -> throw new IllegalStateException("not a target: " + target);
        }
    }

    private void whileLoop(Ast.While loop) {
        int start = out.pc();
        List<Integer> exits = new ArrayList<>();
        expressions.jumpIf(loop.condition(), false, exits, loop.line());
        breaks.push(new ArrayList<>());
        block(loop.body());
        out.emitX(Op.JMP, 0, start, loop.line());
        out.patchHere(exits);
        out.patchHere(breaks.pop());
    }

    private void repeat(Ast.Repeat loop) {
        int start = out.pc();
        breaks.push(new ArrayList<>());
        // The condition sees the locals of the body.
        Block outer = block;
        int before = active;
        int free = out.free();
        blockWith(loop.body(), new Condition(loop.condition(), start, loop.line()));
        block = outer;
        active = before;
        out.free(free);
        out.patchHere(breaks.pop());
    }

    private record Condition(Expr expr, int start, int line) {}

    private void blockWith(List<Stat> body, Condition condition) {
        Block outer = block;
        int before = active;
        Block inner = new Block(outer);
        block = inner;
        for (Stat stat : body) {
            if (stat instanceof Ast.Label(String name, int line)) {
                label(name, line, active);
            } else {
                statement(stat);
            }
        }
        List<Integer> back = new ArrayList<>();
        expressions.jumpIf(condition.expr(), false, back, condition.line());
        for (int jump : back) {
            out.patch(jump, condition.start());
        }
        block = outer;
        for (Pending pending : inner.gotos) {
            Target target = inner.labels.get(pending.label);
            if (target != null && target.active <= pending.active) {
                out.patch(pending.pc, target.pc);
            } else if (target == null && outer != null) {
                outer.gotos.add(new Pending(pending.label, pending.pc, pending.line, Math.min(pending.active, before)));
            } else {
                throw error(pending.line, "<goto " + pending.label + "> jumps into the scope of a local");
            }
        }
    }

    private void ifs(Ast.If stat) {
        List<Integer> ends = new ArrayList<>();
        for (int i = 0; i < stat.branches().size(); i++) {
            Ast.Branch branch = stat.branches().get(i);
            List<Integer> next = new ArrayList<>();
            if (branch.condition() != null) {
                expressions.jumpIf(branch.condition(), false, next, stat.line());
            }
            block(branch.body());
            if (i < stat.branches().size() - 1) {
                ends.add(out.jump(stat.line()));
            }
            out.patchHere(next);
        }
        out.patchHere(ends);
    }

    private void numericFor(Ast.NumericFor loop) {
        int line = loop.line();
        int base = expressions.next(loop.from(), line);
        expressions.next(loop.to(), line);
        expressions.next(loop.step() == null ? new Ast.Constant(1.0) : loop.step(), line);
        active += 3;
        int prepare = out.emitX(Op.FORPREP, base, 0, line);
        breaks.push(new ArrayList<>());
        int start = out.pc();
        int variable = out.allocate(line);
        declare(List.of(loop.local()), variable, line);
        block(loop.body());
        active -= 4;
        out.patch(prepare, out.pc());
        out.emitX(Op.FORLOOP, base, start, line);
        out.patchHere(breaks.pop());
    }

    private void genericFor(Ast.GenericFor loop) {
        int line = loop.line();
        int base = out.free();
        expressions.adjusted(loop.iterator(), 3, line);
        active += 3;
        int enter = out.jump(line);
        breaks.push(new ArrayList<>());
        int start = out.pc();
        int count = loop.locals().size();
        for (int i = 0; i < Math.max(3, count); i++) {
            out.allocate(line);
        }
        out.free(base + 3 + count);
        declare(loop.locals(), base + 3, line);
        block(loop.body());
        active -= 3 + count;
        out.patch(enter, out.pc());
        out.names("");
        out.emit(Op.TFORCALL, base, count, 0, line);
        out.emitX(Op.TFORLOOP, base, start, line);
        out.patchHere(breaks.pop());
    }

    private void returns(Ast.Return stat) {
        List<Expr> values = stat.values();
        int line = stat.line();
        if (values.size() == 1 && values.getFirst() instanceof Ast.Call call) {
            int first = expressions.tailCall(call);
            out.emit(Op.RETURN, first, 0, 0, line);
        } else if (values.size() == 1 && !(values.getFirst() instanceof Ast.Vararg)) {
            out.emit(Op.RETURN, expressions.any(values.getFirst(), line), 2, 0, line);
        } else {
            int first = out.free();
            boolean open = expressions.list(values, line);
            out.emit(Op.RETURN, first, open ? 0 : values.size() + 1, 0, line);
        }
    }
}
