package io.jigress.sources.manifest;

import io.jigress.control.JsonParser;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The text of a file, split into parts that are read separately: an error in one does not affect the others.
///
/// @param parts in order; one for a JSON file, one for each `---` of a YAML file
record ManifestText(List<Part> parts) {
    private static final Pattern QUOTED = Pattern.compile("\"[^\"]*\"|'[^']*'");

    /// @param lineOffset the number of lines before it
    record Part(String text, int lineOffset, boolean json) {

        YamlText.Result parse() {
            if (!json) {
                return YamlText.parse(text, lineOffset);
            }
            return switch (JsonParser.parse(text.getBytes(java.nio.charset.StandardCharsets.UTF_8))) {
                case JsonParser.Result.Parsed(var value) ->
                    new YamlText.Result.Parsed(List.of(new YamlText.Document(value, new Position(1, 1))));
                case JsonParser.Result.Broken(String what, int line, int column) ->
                    new YamlText.Result.Broken(new Position(line, column), what);
            };
        }

        /// The first line, from 1 in the file, with a template (`{{`) outside of comments and quotes; 0 when there is none.
        int firstTemplate() {
            List<String> lines = text.lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                String bare = QUOTED.matcher(lines.get(i)).replaceAll("");
                if (bare.contains("{{") && !bare.stripLeading().startsWith("#")) {
                    return lineOffset + i + 1;
                }
            }
            return 0;
        }

        /// JSON is valid YAML once its tabs are replaced with spaces (strings contain none), so that one parser finds all positions.
        YamlText.Result parse(Marks marks) {
            return YamlText.parse(json ? text.replace('\t', ' ') : text, lineOffset, marks);
        }
    }

    static ManifestText of(String source, String text) {
        String body = text.startsWith("\uFEFF") ? text.substring(1) : text;
        return source.endsWith(".json") ? new ManifestText(List.of(new Part(body, 0, true))) : new ManifestText(split(body));
    }

    /// Splits before each line that begins with `---`: in YAML such a line ends a document wherever it occurs (section 9.1.2).
    private static List<Part> split(String text) {
        List<Part> parts = new ArrayList<>();
        int begin = 0;
        int lines = 0;
        while (begin < text.length()) {
            int end = nextMarker(text, begin + 1);
            String part = text.substring(begin, end);
            if (hasContent(part)) {
                parts.add(new Part(part, lines, false));
            }
            lines += (int) part.chars().filter(c -> c == '\n').count();
            begin = end;
        }
        return parts;
    }

    private static int nextMarker(String text, int from) {
        for (int at = text.indexOf("\n---", from - 1); at >= 0; at = text.indexOf("\n---", at + 1)) {
            int behind = at + 4;
            if (behind == text.length() || " \t\r\n".indexOf(text.charAt(behind)) >= 0) {
                return at + 1;
            }
        }
        return text.length();
    }

    /// Whether there is more than comments, spaces, directives (`%YAML 1.2`) and the marker itself.
    private static boolean hasContent(String part) {
        return part.lines().anyMatch(line -> {
            String bare = line.startsWith("---") ? line.substring(3).strip() : line.strip();
            return !bare.isEmpty() && bare.charAt(0) != '#' && !line.startsWith("%");
        });
    }
}
