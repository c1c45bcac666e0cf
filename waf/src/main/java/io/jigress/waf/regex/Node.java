package io.jigress.waf.regex;

import java.util.List;

/// The syntax tree of an expression.
sealed interface Node {
    /// One byte out of a set.
    record Bytes(ByteSet set) implements Node {
    }

    record Concat(List<Node> parts) implements Node {
    }

    record Alternate(List<Node> branches) implements Node {
    }

    /// `max` is -1 for no upper limit.
    record Repeat(Node node, int min, int max, boolean greedy) implements Node {
    }

    record Group(Node node, int index) implements Node {
    }

    record At(Assertion assertion) implements Node {
    }

    enum Assertion {
        BEGIN_TEXT(0), END_TEXT(1), BEGIN_LINE(2), END_LINE(3), WORD_BOUNDARY(4), NOT_WORD_BOUNDARY(5);

        /// The operand of the instruction.
        final int code;

        Assertion(int code) {
            this.code = code;
        }
    }

    Concat EMPTY = new Concat(List.of());

    /// The length of the shortest match.
    static long minLength(Node node) {
        return switch (node) {
            case Bytes _ -> 1;
            case Concat concat -> concat.parts().stream().mapToLong(Node::minLength).sum();
            case Alternate alternate -> alternate.branches().stream().mapToLong(Node::minLength).min().orElse(0);
            case Repeat repeat -> repeat.min() * minLength(repeat.node());
            case Group group -> minLength(group.node());
            case At _ -> 0;
        };
    }
}
