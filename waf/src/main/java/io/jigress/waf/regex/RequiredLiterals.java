package io.jigress.waf.regex;

import io.jigress.waf.regex.Node.Alternate;
import io.jigress.waf.regex.Node.At;
import io.jigress.waf.regex.Node.Bytes;
import io.jigress.waf.regex.Node.Concat;
import io.jigress.waf.regex.Node.Group;
import io.jigress.waf.regex.Node.Repeat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Derives literals of which every match contains at least one, in lower case (ASCII).
final class RequiredLiterals {
    private static final int MAX_EXACT = 48;
    private static final int MAX_LITERALS = 400;
    private static final int MAX_LENGTH = 24;
    private static final int MAX_CLASS = 6;

    private RequiredLiterals() {
    }

    /// The literals of a node: all strings that it matches, when they are few, or else strings of which it contains at least one.
    private record Known(@Nullable Set<String> exact, @Nullable Set<String> required) {
        @Nullable Set<String> best() {
            return better(exact, required);
        }
    }

    private static final Known NOTHING = new Known(null, null);

    /// Empty when no useful set exists.
    static Set<String> of(Node root) {
        Set<String> best = analyse(root).best();
        return best == null || best.contains("") ? Set.of() : best;
    }

    private static Known analyse(Node node) {
        return switch (node) {
            case Bytes bytes -> new Known(members(bytes.set()), null);
            case At _ -> new Known(Set.of(""), null);
            case Group group -> analyse(group.node());
            case Concat concat -> sequence(concat.parts());
            case Alternate alternate -> union(alternate.branches());
            case Repeat repeat -> repeat(repeat);
        };
    }

    private static Known repeat(Repeat repeat) {
        Known body = analyse(repeat.node());
        if (repeat.min() == 0) {
            if (repeat.max() == 1 && body.exact() != null && body.exact().size() < MAX_EXACT) {
                Set<String> exact = new TreeSet<>(body.exact());
                exact.add("");
                return new Known(exact, null);
            }
            return NOTHING;
        }
        if (repeat.max() == repeat.min() && repeat.min() <= 4) {
            return sequence(java.util.Collections.nCopies(repeat.min(), repeat.node()));
        }
        return new Known(null, body.best());
    }

    private static Known sequence(List<Node> parts) {
        Set<String> current = Set.of("");
        Set<String> best = null;
        boolean exact = true;
        for (Node part : parts) {
            Known known = analyse(part);
            Set<String> crossed = known.exact() == null ? null : cross(current, known.exact());
            if (crossed != null) {
                current = crossed;
                continue;
            }
            exact = false;
            best = better(best, current);
            best = better(best, known.required());
            current = known.exact() == null ? Set.of("") : known.exact();
        }
        if (exact) {
            return new Known(current, null);
        }
        return new Known(null, better(best, current));
    }

    private static @Nullable Set<String> cross(Set<String> heads, Set<String> tails) {
        if ((long) heads.size() * tails.size() > MAX_EXACT) {
            return null;
        }
        Set<String> all = new TreeSet<>();
        for (String head : heads) {
            for (String tail : tails) {
                if (head.length() + tail.length() > MAX_LENGTH) {
                    return null;
                }
                all.add(head + tail);
            }
        }
        return all;
    }

    private static Known union(List<Node> branches) {
        Set<String> exact = new TreeSet<>();
        Set<String> required = new TreeSet<>();
        boolean allExact = true;
        boolean allRequired = true;
        for (Node branch : branches) {
            Known known = analyse(branch);
            if (known.exact() == null) {
                allExact = false;
            } else if (allExact) {
                exact.addAll(known.exact());
            }
            Set<String> best = known.best();
            if (best == null) {
                allRequired = false;
            } else if (allRequired) {
                required.addAll(best);
            }
        }
        allExact &= exact.size() <= MAX_EXACT;
        allRequired &= required.size() <= MAX_LITERALS;
        return new Known(allExact ? exact : null, allRequired && !allExact ? required : null);
    }

    private static @Nullable Set<String> members(ByteSet set) {
        Set<String> members = new TreeSet<>();
        for (int value = 0; value < 256; value++) {
            if (set.contains(value)) {
                int folded = value >= 'A' && value <= 'Z' ? value + 32 : value;
                members.add(String.valueOf((char) folded));
                if (members.size() > MAX_CLASS) {
                    return null;
                }
            }
        }
        return members;
    }

    /// The set that is expected to occur less often; a set with the empty string is of no use.
    private static @Nullable Set<String> better(@Nullable Set<String> a, @Nullable Set<String> b) {
        if (a == null || a.contains("") || a.isEmpty()) {
            return b == null || b.contains("") || b.isEmpty() ? null : b;
        }
        if (b == null || b.contains("") || b.isEmpty()) {
            return a;
        }
        return frequency(a) <= frequency(b) ? a : b;
    }

    private static double frequency(Set<String> literals) {
        double sum = 0;
        for (String literal : literals) {
            double product = 1;
            for (int i = 0; i < literal.length(); i++) {
                product *= frequency(literal.charAt(i));
            }
            sum += product;
        }
        return sum;
    }

    private static double frequency(char c) {
        if (c >= 'a' && c <= 'z') {
            return 0.06;
        }
        if (c >= '0' && c <= '9') {
            return 0.05;
        }
        return switch (c) {
            case ' ', '/', '.', '=', '-', ';', ',' -> 0.05;
            case ':', '_', '&', '?', '+', '(', ')', '"' -> 0.02;
            default -> 0.004;
        };
    }
}
