package io.jigress.plugins.lua.vm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Collects the code of one function and assigns its registers.
final class Emitter {
    private static final int MOST_REGISTERS = 250;
    private static final int MOST_INSTRUCTIONS = 1 << 20;
    private static final int MOST_CONSTANTS = Op.CONSTANT - 1;

    private final Ast.Function function;
    private final String chunk;
    private long[] code = new long[32];
    private int[] lines = new int[32];
    private int pc;
    private final List<Object> constants = new ArrayList<>();
    private final Map<Object, Integer> indexes = new HashMap<>();
    private final List<Prototype> children = new ArrayList<>();
    private final Map<Integer, List<String>> names = new HashMap<>();
    private int free;
    private int most = 2;

    Emitter(Ast.Function function, String chunk) {
        this.function = function;
        this.chunk = chunk;
    }

    String chunk() {
        return chunk;
    }

    int pc() {
        return pc;
    }

    int free() {
        return free;
    }

    void free(int first) {
        free = first;
    }

    int allocate(int line) {
        if (free == MOST_REGISTERS) {
            throw error(line, "function or expression too complex");
        }
        most = Math.max(most, free + 1);
        return free++;
    }

    LuaError error(int line, String message) {
        return new LuaError(chunk + ":" + line + ": " + message);
    }

    int constant(Object value) {
        Integer known = indexes.get(value);
        if (known != null) {
            return known;
        }
        if (constants.size() == MOST_CONSTANTS) {
            throw error(function.line, "function has too many constants");
        }
        constants.add(value);
        indexes.put(value, constants.size() - 1);
        return constants.size() - 1;
    }

    int child(Prototype prototype) {
        children.add(prototype);
        return children.size() - 1;
    }

    /// Names the operands of the next instruction, for messages.
    void names(String... operands) {
        if (Arrays.stream(operands).anyMatch(name -> !name.isEmpty())) {
            names.put(pc, List.of(operands));
        }
    }

    int emit(int op, int a, int b, int c, int line) {
        return add(Op.of(op, a, b, c), line);
    }

    int emitX(int op, int a, int x, int line) {
        return add(Op.of(op, a, x), line);
    }

    private int add(long instruction, int line) {
        if (pc == MOST_INSTRUCTIONS) {
            throw error(line, "function is too long");
        }
        if (pc == code.length) {
            code = Arrays.copyOf(code, 2 * pc);
            lines = Arrays.copyOf(lines, 2 * pc);
        }
        code[pc] = instruction;
        lines[pc] = line;
        return pc++;
    }

    /// A jump whose target is patched later.
    int jump(int line) {
        return emitX(Op.JMP, 0, 0, line);
    }

    void patch(int jump, int target) {
        code[jump] = Op.of(Op.op(code[jump]), Op.a(code[jump]), target);
    }

    void patchHere(List<Integer> jumps) {
        for (int jump : jumps) {
            patch(jump, pc);
        }
    }

    Prototype prototype() {
        int[] upvalues = new int[function.upvalues.size()];
        for (int i = 0; i < upvalues.length; i++) {
            Ast.Upvalue upvalue = function.upvalues.get(i);
            // The register of the local is known: the enclosing function is being compiled.
            upvalues[i] = upvalue.local() == null ? -1 - upvalue.outer() : upvalue.local().register;
        }
        return new Prototype(chunk, function.name, function.line, Arrays.copyOf(code, pc), Arrays.copyOf(lines, pc),
                constants.toArray(), List.copyOf(children), function.parameters.size(), function.vararg, most + 1, upvalues,
                Map.copyOf(names));
    }
}
