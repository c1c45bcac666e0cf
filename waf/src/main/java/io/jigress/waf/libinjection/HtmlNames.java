package io.jigress.waf.libinjection;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// The tags, attributes and events that can run scripts.
final class HtmlNames {
    /// The kind of an attribute's value.
    enum Attribute {
        HARMLESS, BLACK, URL, STYLE, INDIRECT
    }

    /// The length of the longest of these names.
    private static final int MAX_LENGTH = 64;

    private static final Set<String> TAGS = new HashSet<>();
    private static final Set<String> EVENTS = new HashSet<>();
    private static final Map<String, Attribute> ATTRIBUTES = new HashMap<>();

    static {
        InputStream stream = HtmlNames.class.getResourceAsStream("html.txt");
        if (stream == null) {
            throw new IllegalStateException("the resource html.txt is missing");
        }
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                int space = line.indexOf(' ');
                String name = line.substring(space + 1);
                switch (line.substring(0, space)) {
                    case "#" -> {
                    }
                    case "tag" -> TAGS.add(name);
                    case "event" -> EVENTS.add(name);
                    case "black" -> ATTRIBUTES.put(name, Attribute.BLACK);
                    case "url" -> ATTRIBUTES.put(name, Attribute.URL);
                    case "style" -> ATTRIBUTES.put(name, Attribute.STYLE);
                    case "indirect" -> ATTRIBUTES.put(name, Attribute.INDIRECT);
                    default -> throw new IllegalStateException("a kind that html.txt does not have: " + line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HtmlNames() {
    }

    static boolean isBlackTag(byte[] in, int from, int to) {
        if (to - from < 3) {
            return false;
        }
        String name = normal(in, from, to, MAX_LENGTH);
        return name.length() <= MAX_LENGTH && (TAGS.contains(name) || name.startsWith("SVG") || name.startsWith("XSL"));
    }

    static Attribute attribute(byte[] in, int from, int to) {
        String name = normal(in, from, to, MAX_LENGTH);
        if (name.length() < 2 || name.length() > MAX_LENGTH) {
            return Attribute.HARMLESS;
        }
        if (name.equals("XMLNS") || name.equals("XLINK")
                || name.length() >= 5 && name.startsWith("ON") && EVENTS.contains(name.substring(2))) {
            return Attribute.BLACK;
        }
        return ATTRIBUTES.getOrDefault(name, Attribute.HARMLESS);
    }

    /// The bytes in upper case without NULs; one more than the limit when the name is longer.
    static String normal(byte[] in, int from, int to, int limit) {
        StringBuilder name = new StringBuilder();
        for (int i = from; i < to && name.length() <= limit; i++) {
            if (in[i] != 0) {
                name.append((char) (SqlWords.upper(in[i]) & 0xff));
            }
        }
        return name.toString();
    }
}
