package io.jigress.waf.model;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A string in which `%{VARIABLE}` and `%{COLLECTION.member}` are replaced with values.
public final class Macro {
    /// The bits of all members that [#groups] may return.
    public static final int ALL_GROUPS = 0x3ff;

    private final String source;
    private final List<Part> parts;
    private final byte[] constant;
    private final boolean isConstant;

    private sealed interface Part {
    }

    private record Literal(byte[] bytes) implements Part {
    }

    private record Reference(Variable variable, FieldName key) implements Part {
    }

    private Macro(String source, List<Part> parts) {
        this.source = source;
        this.parts = List.copyOf(parts);
        isConstant = parts.stream().noneMatch(Reference.class::isInstance);
        constant = isConstant ? source.getBytes(StandardCharsets.ISO_8859_1) : new byte[0];
    }

    /// The unknown variable that a string names, or empty when the string is valid.
    public static Optional<String> unknownIn(String text) {
        int at = 0;
        while (true) {
            int open = text.indexOf("%{", at);
            int close = open < 0 ? -1 : text.indexOf('}', open);
            if (close < 0) {
                return Optional.empty();
            }
            String name = text.substring(open + 2, close);
            if (reference(name).isEmpty()) {
                return Optional.of(name);
            }
            at = close + 1;
        }
    }

    /// Parses a string for which [#unknownIn] returns empty.
    public static Macro of(String text) {
        List<Part> parts = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int open = text.indexOf("%{", at);
            int close = open < 0 ? -1 : text.indexOf('}', open);
            if (close < 0) {
                break;
            }
            if (open > at) {
                parts.add(new Literal(text.substring(at, open).getBytes(StandardCharsets.ISO_8859_1)));
            }
            parts.add(reference(text.substring(open + 2, close))
                    .orElseThrow(() -> new IllegalArgumentException("a macro that does not parse: " + text)));
            at = close + 1;
        }
        if (at < text.length()) {
            parts.add(new Literal(text.substring(at).getBytes(StandardCharsets.ISO_8859_1)));
        }
        return new Macro(text, parts);
    }

    private static Optional<Reference> reference(String name) {
        int dot = name.indexOf('.');
        String variable = dot < 0 ? name : name.substring(0, dot);
        FieldName key = dot < 0 ? FieldName.EMPTY : FieldName.of(name.substring(dot + 1));
        return Variable.byName(variable).map(known -> new Reference(known, key));
    }

    /// The members `0` to `9` of TX, the groups of a match, that the string reads: one bit each. All of them for `RULE`, whose message may.
    public int groups() {
        int groups = 0;
        for (Part part : parts) {
            if (part instanceof Reference(Variable variable, FieldName key)) {
                String name = key.toString();
                if (variable == Variable.RULE) {
                    groups |= ALL_GROUPS;
                } else if (variable == Variable.TX && name.length() == 1 && name.charAt(0) >= '0' && name.charAt(0) <= '9') {
                    groups |= 1 << name.charAt(0) - '0';
                }
            }
        }
        return groups;
    }

    /// Whether the string contains no variable.
    public boolean isConstant() { return isConstant; }

    public String source() {
        return source;
    }

    /// The expanded string in a buffer of the scope, valid until the next call.
    public ByteString expandToScratch(MacroScope scope) {
        ByteString out = scope.scratch();
        expand(scope, out);
        return out;
    }

    /// The expanded string. The array of a constant is shared: do not write to it.
    public byte[] expand(MacroScope scope) {
        if (isConstant) {
            return constant;
        }
        ByteString out = new ByteString();
        expand(scope, out);
        return out.toBytes();
    }

    /// Appends the expanded string.
    public void expand(MacroScope scope, ByteString out) {
        if (isConstant) {
            out.append(constant);
            return;
        }
        for (int i = 0; i < parts.size(); i++) {
            switch (parts.get(i)) {
                case Literal literal -> out.append(literal.bytes());
                case Reference reference -> scope.append(reference.variable(), reference.key(), out);
            }
        }
    }

    @Override
    public String toString() {
        return source;
    }
}
