package io.jigress.dubbo.mapping;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A path with variables for whole segments: `/orders/{id}/items/{item}`.
public record PathTemplate(List<Segment> segments) {
    private static final int MAX_SEGMENTS = 64;

    /// @param text the literal segment, or the name of the variable
    public record Segment(String text, boolean variable) {
    }

    public PathTemplate {
        segments = List.copyOf(segments);
    }

    /// Null when the text is not valid: it has no leading slash, or a variable that is not a whole segment, has no name or occurs twice.
    public static @Nullable PathTemplate parse(String text) {
        if (!text.startsWith("/")) {
            return null;
        }
        List<Segment> segments = new ArrayList<>();
        HashSet<String> names = new HashSet<>();
        for (String part : text.substring(1).split("/", -1)) {
            boolean variable = part.startsWith("{") && part.endsWith("}") && part.length() > 2;
            String name = variable ? part.substring(1, part.length() - 1) : part;
            if (name.indexOf('{') >= 0 || name.indexOf('}') >= 0 || variable && !names.add(name)
                    || segments.size() == MAX_SEGMENTS) {
                return null;
            }
            segments.add(new Segment(name, variable));
        }
        return new PathTemplate(segments);
    }

    /// The same for all templates that match the same paths.
    String shape() {
        return segments.stream().map(segment -> segment.variable() ? "{}" : segment.text())
                .collect(Collectors.joining("/", "/", ""));
    }

    public List<String> variables() {
        return segments.stream().filter(Segment::variable).map(Segment::text).toList();
    }

    /// The encoded values of the variables in a path, or null when it does not match. A value is never empty.
    @Nullable List<String> match(String path) {
        List<String> values = new ArrayList<>();
        int at = 1;
        for (int i = 0; i < segments.size(); i++) {
            if (at > path.length()) {
                return null;
            }
            int end = path.indexOf('/', at);
            boolean last = i == segments.size() - 1;
            if (end >= 0 == last) {
                return null;
            }
            String part = path.substring(at, last ? path.length() : end);
            if (segments.get(i).variable()) {
                if (part.isEmpty()) {
                    return null;
                }
                values.add(part);
            } else if (!part.equals(segments.get(i).text())) {
                return null;
            }
            at = end + 1;
        }
        return values;
    }

    /// Decodes percent-encoding; null when it is malformed or not UTF-8.
    static @Nullable String decode(String text, boolean plusIsSpace) {
        if (text.indexOf('%') < 0) {
            return plusIsSpace ? text.replace('+', ' ') : text;
        }
        ByteBuffer bytes = ByteBuffer.allocate(3 * text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                boolean whole = i + 2 < text.length();
                int high = whole ? Character.digit(text.charAt(i + 1), 16) : -1;
                int low = whole ? Character.digit(text.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    return null;
                }
                bytes.put((byte) (high << 4 | low));
                i += 2;
            } else if (c < 0x80) {
                bytes.put((byte) (c == '+' && plusIsSpace ? ' ' : c));
            } else {
                bytes.put(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException _) {
            return null;
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Segment segment : segments) {
            text.append('/').append(segment.variable() ? "{" + segment.text() + "}" : segment.text());
        }
        return text.toString();
    }
}
