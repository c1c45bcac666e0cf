package io.jigress.waf.crs;

import io.jigress.waf.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// A request that repeats a unit up to a size, where its kind has room for text.
///
/// @param unit characters are bytes; [#NEXT] ends an argument, cookie, part or element, [#COUNT] is replaced by a number that grows
record CostlyRequest(Kind kind, int size, String unit) {
    static final char NEXT = '\uffff';
    static final char COUNT = '\ufffe';

    enum Kind {
        GET, COOKIE, HEADER, FORM, JSON, MULTIPART, XML
    }

    /// The form of a line in the corpus.
    String line() {
        return kind + " " + size + " " + HexFormat.of().formatHex(unit.getBytes(StandardCharsets.UTF_8));
    }

    static CostlyRequest of(String line) {
        String[] words = line.split(" ");
        return new CostlyRequest(Kind.valueOf(words[0]), Integer.parseInt(words[1]),
                new String(HexFormat.of().parseHex(words[2]), StandardCharsets.UTF_8));
    }

    /// A message that is ready to be fed, so that a measurement has nothing else in it.
    record Message(String method, String target, String[] fields, byte[] body, int length) {
        void feed(Transaction transaction) {
            transaction.reset();
            transaction.connection("192.0.2.1", 40000, "192.0.2.2", 443, "0123456789abcdef");
            transaction.requestLine(method, target, "HTTP/1.1");
            for (int i = 0; i < fields.length; i += 2) {
                transaction.requestHeader(fields[i], fields[i + 1]);
            }
            transaction.requestHead();
            transaction.requestBodyBytes(body, 0, body.length);
            transaction.requestBody();
            transaction.finish();
        }
    }

    Message message() {
        return switch (kind) {
            case GET -> message("GET", "/?q=" + text("&"), "", "", "");
            case COOKIE -> message("GET", "/", "Cookie", "a=" + text(";"), "");
            case HEADER -> message("GET", "/", "X-Text", text(","), "");
            case FORM -> message("POST", "/", "Content-Type", "application/x-www-form-urlencoded", "q=" + text("&"));
            case JSON -> message("POST", "/", "Content-Type", "application/json", "[\"" + json(text("\u0001")) + "\"]");
            case MULTIPART -> message("POST", "/", "Content-Type", "multipart/form-data; boundary=b",
                    "--b\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n"
                            + text("\r\n--b\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n") + "\r\n--b--\r\n");
            case XML -> message("POST", "/", "Content-Type", "text/xml",
                    "<r><a b=\"" + xml(text("\u0001")).replace("\u0001", "\"/><a b=\"") + "\"/>" + xml(text("\u0001"))
                            .replace("\u0001", "<a/>") + "</r>");
        };
    }

    private static Message message(String method, String target, String name, String value, String content) {
        byte[] body = content.getBytes(StandardCharsets.ISO_8859_1);
        String[] fields = name.isEmpty()
                ? new String[] {"Host", "www.example.com", "User-Agent", "Mozilla/5.0", "Accept", "*/*"}
                : new String[] {"Host", "www.example.com", "User-Agent", "Mozilla/5.0", "Accept", "*/*", name, value,
                    "Content-Length", Integer.toString(body.length)};
        int length = method.length() + target.length() + 10 + body.length;
        for (String field : fields) {
            length += field.length() + 2;
        }
        return new Message(method, target, fields, body, length);
    }

    private String text(String next) {
        StringBuilder out = new StringBuilder();
        int count = 0;
        while (out.length() < size) {
            for (int i = 0; i < unit.length(); i++) {
                char c = unit.charAt(i);
                if (c == NEXT) {
                    out.append(next);
                } else if (c == COUNT) {
                    out.append(Integer.toString(count++, 36));
                } else {
                    out.append(c);
                }
            }
        }
        return out.toString();
    }

    private static String json(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case 1 -> out.append("\",\"");
                case '"', '\\' -> out.append('\\').append(c);
                default -> {
                    if (c < 32 || c > 126) {
                        out.append("\\u%04x".formatted((int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        return out.toString();
    }

    private static String xml(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '<' -> out.append("&lt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                default -> out.append(c == 1 || c >= 32 && c < 127 ? c : ' ');
            }
        }
        return out.toString();
    }
}
