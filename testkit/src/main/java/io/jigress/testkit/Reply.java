package io.jigress.testkit;

import java.nio.charset.StandardCharsets;

/// Bytes of responses, for [ServerCall#write] and for tests that need a usual response.
public final class Reply {
    private Reply() {}

    /// A response with Content-Length; `headers` are whole lines (`x-a: 1`).
    public static String of(int status, String body, String... headers) {
        return head(status, headers) + "content-length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n"
                + utf8(body);
    }

    public static String ok(String body, String... headers) {
        return of(200, body, headers);
    }

    /// A chunked response: one chunk per part, no trailers.
    public static String chunked(int status, String... parts) {
        StringBuilder out = new StringBuilder(head(status, "transfer-encoding: chunked")).append("\r\n");
        for (String part : parts) {
            out.append(chunk(part));
        }
        return out.append("0\r\n\r\n").toString();
    }

    /// One chunk, with its size line and CRLF.
    public static String chunk(String data) {
        String bytes = utf8(data);
        return Integer.toHexString(bytes.length()) + "\r\n" + bytes + "\r\n";
    }

    /// Status line and fields, without the empty line that ends a head.
    public static String head(int status, String... headers) {
        StringBuilder out = new StringBuilder("HTTP/1.1 ").append(status).append(' ').append(reason(status)).append("\r\n");
        for (String header : headers) {
            out.append(header).append("\r\n");
        }
        return out.toString();
    }

    /// UTF-8 bytes in the form in which this package writes them to the wire: one character per byte.
    private static String utf8(String text) {
        return Wire.latin1(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String reason(int status) {
        return switch (status) {
            case 100 -> "Continue";
            case 101 -> "Switching Protocols";
            case 103 -> "Early Hints";
            case 200 -> "OK";
            case 204 -> "No Content";
            case 304 -> "Not Modified";
            case 404 -> "Not Found";
            case 500 -> "Internal Server Error";
            case 503 -> "Service Unavailable";
            default -> "Status";
        };
    }
}
