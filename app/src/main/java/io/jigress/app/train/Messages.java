package io.jigress.app.train;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// The part of HTTP/1.1 that both ends of a training run need.
final class Messages {
    private Messages() {}

    /// The head with its empty line, or "" when the connection ended.
    static String readHead(InputStream in, int maxBytes) throws IOException {
        byte[] head = new byte[maxBytes];
        int length = 0;
        while (length < maxBytes) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head[length++] = (byte) next;
            if (next == '\n' && length >= 4 && head[length - 3] == '\n' && head[length - 2] == '\r') {
                return new String(head, 0, length, StandardCharsets.ISO_8859_1);
            }
        }
        throw new IOException("a head of more than " + maxBytes + " bytes");
    }

    /// Skips the body that a head announces.
    static void skipBody(InputStream in, String head) throws IOException {
        String lower = head.toLowerCase(Locale.ROOT);
        int field = lower.indexOf("\r\ncontent-length:");
        if (field >= 0) {
            int from = field + "\r\ncontent-length:".length();
            in.skipNBytes(Long.parseLong(lower.substring(from, lower.indexOf('\r', from)).strip()));
        } else if (lower.contains("\r\ntransfer-encoding: chunked")) {
            long size;
            do {
                size = Long.parseLong(line(in), 16);
                in.skipNBytes(size + 2);
            } while (size > 0);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        int next;
        while ((next = in.read()) != '\n') {
            if (next < 0 || line.length() > 16) {
                throw new IOException("a chunk without its size");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }
}
