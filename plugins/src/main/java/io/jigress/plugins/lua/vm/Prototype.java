package io.jigress.plugins.lua.vm;

import java.util.List;
import java.util.Map;

/// A compiled function. Immutable; shared by all states that run the script.
///
/// @param upvalues for each upvalue, the register of the enclosing function whose cell is shared, or `-1 - n` for its upvalue n
/// @param names for messages: by position of the instruction, what its operands are: `local 'x'`
public record Prototype(String chunk, String name, int line, long[] code, int[] lines, Object[] constants,
        List<Prototype> children,
        int parameters, boolean vararg, int registers, int[] upvalues, Map<Integer, List<String>> names) {

    /// Compiles a chunk.
    ///
    /// @param source    bytes of the script
    /// @param chunk     the name in messages
    /// @param firstLine the number of its first line
    /// @throws LuaError with the line, for a syntax error
    public static Prototype compile(String source, String chunk, int firstLine) {
        if (source.startsWith("\033")) {
            throw new LuaError(chunk + ": binary chunks are not allowed (expected: Lua source)");
        }
        return Compiler.compile(Parser.parse(source, chunk, firstLine), chunk);
    }

    /// The line of the instruction before this one.
    int lineAt(int pc) {
        return lines[Math.max(0, Math.min(pc, lines.length) - 1)];
    }

    /// What an operand of the instruction before this one is, with a space behind it; empty when it has no name.
    String nameAt(int pc, int operand) {
        List<String> all = names.getOrDefault(pc - 1, List.of());
        return operand < all.size() && !all.get(operand).isEmpty() ? all.get(operand) + " " : "";
    }

    /// Bytes of the compiled code.
    long size() {
        long size = 200 + 12L * code.length + 24L * constants.length;
        for (Prototype child : children) {
            size += child.size();
        }
        return size;
    }

    /// Whether a constant string occurs in this function or one within it.
    public boolean mentions(String text) {
        for (Object constant : constants) {
            if (constant.equals(text)) {
                return true;
            }
        }
        return children.stream().anyMatch(child -> child.mentions(text));
    }
}
