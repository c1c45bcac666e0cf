package io.jigress.waf.crs;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A request as bytes, parsed leniently, so that requests which a codec would refuse reach the engine.
record RawRequest(byte[] method, byte[] target, byte[] protocol, List<Map.Entry<byte[], byte[]>> fields, byte[] body) {
    static RawRequest of(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        int width = 4;
        if (end < 0) {
            end = text.indexOf("\n\n");
            width = 2;
        }
        String head = end < 0 ? text : text.substring(0, end);
        String body = end < 0 ? "" : text.substring(end + width);
        String[] lines = head.split("\r?\n", -1);
        String line = lines[0];
        int first = line.indexOf(' ');
        int last = line.lastIndexOf(' ');
        List<Map.Entry<byte[], byte[]>> fields = new ArrayList<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon > 0) {
                fields.add(Map.entry(latin(lines[i].substring(0, colon)), latin(lines[i].substring(colon + 1).strip())));
            }
        }
        return new RawRequest(latin(first < 0 ? line : line.substring(0, first)),
                latin(first < 0 ? "" : line.substring(first + 1, last > first ? last : line.length())),
                latin(last > first ? line.substring(last + 1) : ""), fields, latin(chunked(fields) ? unchunked(body) : body));
    }

    private static boolean chunked(List<Map.Entry<byte[], byte[]>> fields) {
        return fields.stream().anyMatch(field -> new String(field.getKey(), StandardCharsets.ISO_8859_1).equalsIgnoreCase(
                "transfer-encoding") && new String(field.getValue(), StandardCharsets.ISO_8859_1).equalsIgnoreCase("chunked"));
    }

    /// The content of well-formed chunks; other bodies as they are.
    private static String unchunked(String body) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (true) {
            int end = body.indexOf("\r\n", at);
            if (end < 0 || !body.substring(at, end).matches("[0-9A-Fa-f]{1,6}")) {
                return body;
            }
            int size = Integer.parseInt(body.substring(at, end), 16);
            if (size == 0) {
                return out.toString();
            }
            if (end + 2 + size > body.length()) {
                return body;
            }
            out.append(body, end + 2, end + 2 + size);
            at = end + 4 + size;
        }
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
