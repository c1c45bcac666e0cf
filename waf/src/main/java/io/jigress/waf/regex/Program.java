package io.jigress.waf.regex;

import io.jigress.waf.regex.Node.Alternate;
import io.jigress.waf.regex.Node.Assertion;
import io.jigress.waf.regex.Node.At;
import io.jigress.waf.regex.Node.Bytes;
import io.jigress.waf.regex.Node.Concat;
import io.jigress.waf.regex.Node.Group;
import io.jigress.waf.regex.Node.Repeat;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The instructions of an expression, which [LazyDfa] and [CaptureMatcher] execute.
final class Program {
    /// An expression with more instructions is refused.
    static final int MAX_INSTRUCTIONS = 20_000;

    static final byte BYTE = 0;
    static final byte SPLIT = 1;
    static final byte SAVE = 2;
    static final byte ASSERT = 3;
    static final byte MATCH = 4;

    private static final Assertion[] ASSERTIONS = Assertion.values();

    private byte[] ops = new byte[64];
    /// For BYTE the set, for SAVE the slot, for ASSERT the assertion, for SPLIT the preferred branch.
    private int[] args = new int[64];
    private int[] nexts = new int[64];
    private int size;
    /// While the program is built.
    private Map<ByteSet, Integer> setIndex = new LinkedHashMap<>();
    private ByteSet[] setOf = new ByteSet[0];
    private int start;
    private @Nullable ByteSet firstBytes;

    private Program() {
    }

    static Program of(Node root) throws RegexSyntaxException {
        Program program = new Program();
        int match = program.emit(MATCH, 0, 0);
        int end = program.emit(SAVE, 1, match);
        program.start = program.emit(SAVE, 0, program.build(root, end));
        return program.finished();
    }

    /// The program of the expression read backwards, without groups.
    static Program reversed(Node root) throws RegexSyntaxException {
        Program program = new Program();
        program.start = program.build(Node.reversed(root), program.emit(MATCH, 0, 0));
        return program.finished();
    }

    private Program finished() {
        ops = Arrays.copyOf(ops, size);
        args = Arrays.copyOf(args, size);
        nexts = Arrays.copyOf(nexts, size);
        setOf = setIndex.keySet().toArray(new ByteSet[0]);
        setIndex = Map.of();
        firstBytes = findFirstBytes();
        return this;
    }

    int size() {
        return size;
    }

    int start() {
        return start;
    }

    byte op(int pc) {
        return ops[pc];
    }

    int arg(int pc) {
        return args[pc];
    }

    int next(int pc) {
        return nexts[pc];
    }

    ByteSet set(int pc) {
        return setOf[args[pc]];
    }

    /// The bytes with which a match can begin; null when a match can be empty.
    @Nullable ByteSet firstBytes() {
        return firstBytes;
    }

    private @Nullable ByteSet findFirstBytes() {
        ByteSet first = new ByteSet();
        boolean[] seen = new boolean[size];
        ArrayDeque<Integer> pending = new ArrayDeque<>(List.of(start));
        while (!pending.isEmpty()) {
            int pc = pending.pop();
            if (seen[pc]) {
                continue;
            }
            seen[pc] = true;
            switch (ops[pc]) {
                case MATCH -> {
                    return null;
                }
                case BYTE -> first.addAll(set(pc));
                case SPLIT -> {
                    pending.push(args[pc]);
                    pending.push(nexts[pc]);
                }
                default -> pending.push(nexts[pc]);
            }
        }
        return first;
    }

    Assertion assertion(int pc) {
        return ASSERTIONS[args[pc]];
    }

    List<ByteSet> sets() {
        return List.of(setOf);
    }

    boolean hasAssertions() {
        for (int pc = 0; pc < size; pc++) {
            if (ops[pc] == ASSERT) {
                return true;
            }
        }
        return false;
    }

    private int emit(byte op, int arg, int next) throws RegexSyntaxException {
        if (size == MAX_INSTRUCTIONS) {
            throw new RegexSyntaxException("an expression of more than " + MAX_INSTRUCTIONS + " instructions", 0);
        }
        if (size == ops.length) {
            ops = Arrays.copyOf(ops, size * 2);
            args = Arrays.copyOf(args, size * 2);
            nexts = Arrays.copyOf(nexts, size * 2);
        }
        ops[size] = op;
        args[size] = arg;
        nexts[size] = next;
        return size++;
    }

    /// Emits the node so that it continues with `next`; returns its first instruction.
    private int build(Node node, int next) throws RegexSyntaxException {
        return switch (node) {
            case Bytes bytes -> emit(BYTE, indexOf(bytes.set()), next);
            case At at -> emit(ASSERT, at.assertion().code, next);
            case Group group -> {
                int close = emit(SAVE, group.index() * 2 + 1, next);
                yield emit(SAVE, group.index() * 2, build(group.node(), close));
            }
            case Concat concat -> {
                int target = next;
                for (int i = concat.parts().size() - 1; i >= 0; i--) {
                    target = build(concat.parts().get(i), target);
                }
                yield target;
            }
            case Alternate alternate -> {
                List<Node> branches = alternate.branches();
                int target = build(branches.get(branches.size() - 1), next);
                for (int i = branches.size() - 2; i >= 0; i--) {
                    target = emit(SPLIT, build(branches.get(i), next), target);
                }
                yield target;
            }
            case Repeat repeat -> repeat(repeat, next);
        };
    }

    private int repeat(Repeat repeat, int next) throws RegexSyntaxException {
        int target = next;
        if (repeat.max() < 0) {
            int loop = emit(SPLIT, 0, 0);
            int body = build(repeat.node(), loop);
            branch(loop, repeat.greedy(), body, next);
            target = loop;
        } else {
            for (int i = repeat.min(); i < repeat.max(); i++) {
                int body = build(repeat.node(), target);
                int split = emit(SPLIT, 0, 0);
                branch(split, repeat.greedy(), body, next);
                target = split;
            }
        }
        for (int i = 0; i < repeat.min(); i++) {
            target = build(repeat.node(), target);
        }
        return target;
    }

    private void branch(int split, boolean greedy, int body, int next) {
        args[split] = greedy ? body : next;
        nexts[split] = greedy ? next : body;
    }

    private int indexOf(ByteSet set) {
        Integer known = setIndex.putIfAbsent(set, setIndex.size());
        return known == null ? setIndex.size() - 1 : known;
    }
}
