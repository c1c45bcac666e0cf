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

        /// The assertion that holds at the same place when the text is read backwards.
        Assertion reversed() {
            return switch (this) {
                case BEGIN_TEXT -> END_TEXT;
                case END_TEXT -> BEGIN_TEXT;
                case BEGIN_LINE -> END_LINE;
                case END_LINE -> BEGIN_LINE;
                case WORD_BOUNDARY, NOT_WORD_BOUNDARY -> this;
            };
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

    /// The expression whose matches are those of the node read backwards; it has no groups.
    static Node reversed(Node node) {
        return switch (node) {
            case Bytes bytes -> bytes;
            case At at -> new At(at.assertion().reversed());
            case Group group -> reversed(group.node());
            case Concat concat -> new Concat(concat.parts().reversed().stream().map(Node::reversed).toList());
            case Alternate alternate -> new Alternate(alternate.branches().stream().map(Node::reversed).toList());
            case Repeat repeat -> new Repeat(reversed(repeat.node()), repeat.min(), repeat.max(), repeat.greedy());
        };
    }
}
