package io.jigress.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Reads HTTP/1.1 messages from a stream and keeps their bytes. Strict on purpose: what the gateway writes must be well-formed.
final class WireReader {
    private final InputStream in;
    private ByteArrayOutputStream raw = new ByteArrayOutputStream();
    private int pushedBack = -1;

    WireReader(InputStream in) {
        this.in = in;
    }

    /// A start line and its fields.
    record Head(String startLine, Fields fields) {}

    /// How a body ends.
    sealed interface Framing {
        record None() implements Framing {}

        record Length(long bytes) implements Framing {}

        record Chunked() implements Framing {}

        record UntilClose() implements Framing {}
    }

    /// What was read since the last call.
    byte[] takeRaw() {
        byte[] bytes = raw.toByteArray();
        raw = new ByteArrayOutputStream();
        return bytes;
    }

    byte[] peekRaw() {
        return raw.toByteArray();
    }

    /// The next head, or null at the end of the stream before its first byte.
    @Nullable Head head() throws IOException {
        int first = in();
        if (first < 0) {
            return null;
        }
        pushedBack = first;
        String start = line();
        return new Head(start, fields());
    }

    Fields fields() throws IOException {
        List<Field> fields = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon <= 0 || line.charAt(0) == ' ' || line.charAt(colon - 1) == ' ') {
                throw new ProtocolException("\"" + line + "\" is no header field");
            }
            fields.add(new Field(line.substring(0, colon), line.substring(colon + 1).strip()));
        }
        return new Fields(fields);
    }

    /// RFC 9112, section 6.3, for a request.
    static Framing requestFraming(Fields fields) throws ProtocolException {
        Framing declared = declared(fields);
        return declared == null ? new Framing.None() : declared;
    }

    /// RFC 9112, section 6.3, for the response to a method.
    static Framing responseFraming(String method, int status, Fields fields) throws ProtocolException {
        if (method.equals("HEAD") || status < 200 || status == 204 || status == 304) {
            return new Framing.None();
        }
        Framing declared = declared(fields);
        return declared == null ? new Framing.UntilClose() : declared;
    }

    private static @Nullable Framing declared(Fields fields) throws ProtocolException {
        List<String> codings = fields.all("transfer-encoding");
        List<String> lengths = fields.all("content-length");
        if (!codings.isEmpty()) {
            if (codings.size() > 1 || !codings.getFirst().toLowerCase(Locale.ROOT).equals("chunked") || !lengths.isEmpty()) {
                throw new ProtocolException("transfer-encoding " + codings + " with content-length " + lengths);
            }
            return new Framing.Chunked();
        }
        if (lengths.isEmpty()) {
            return null;
        }
        if (lengths.size() > 1 || !lengths.getFirst().matches("[0-9]{1,18}")) {
            throw new ProtocolException("content-length " + lengths);
        }
        return new Framing.Length(Long.parseLong(lengths.getFirst()));
    }

    /// The content and the trailers.
    record Content(byte[] bytes, Fields trailers) {}

    Content content(Framing framing) throws IOException {
        return switch (framing) {
            case Framing.None _ -> new Content(new byte[0], Fields.NONE);
            case Framing.Length(long bytes) -> new Content(exactly(Math.toIntExact(bytes)), Fields.NONE);
            case Framing.Chunked _ -> chunked();
            case Framing.UntilClose _ -> new Content(rest(), Fields.NONE);
        };
    }

    private Content chunked() throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        while (true) {
            String size = line();
            int end = size.indexOf(';');
            String digits = (end < 0 ? size : size.substring(0, end)).strip();
            if (!digits.matches("[0-9a-fA-F]{1,7}")) {
                throw new ProtocolException("\"" + size + "\" is no chunk size");
            }
            int length = Integer.parseInt(digits, 16);
            if (length == 0) {
                return new Content(content.toByteArray(), fields());
            }
            content.writeBytes(exactly(length));
            if (!line().isEmpty()) {
                throw new ProtocolException("no CRLF behind a chunk of " + length + " bytes");
            }
        }
    }

    byte[] exactly(int length) throws IOException {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) require();
        }
        return bytes;
    }

    byte[] rest() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int b = in(); b >= 0; b = in()) {
            bytes.write(b);
        }
        return bytes.toByteArray();
    }

    /// A line without its CRLF.
    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int b = require();
            if (b == '\n') {
                if (line.isEmpty() || line.charAt(line.length() - 1) != '\r') {
                    throw new ProtocolException("\"" + line + "\" ends with a bare LF");
                }
                line.setLength(line.length() - 1);
                return line.toString();
            }
            line.append((char) b);
        }
    }

    /// The next byte, or -1 at the end of the stream.
    int in() throws IOException {
        if (pushedBack >= 0) {
            int b = pushedBack;
            pushedBack = -1;
            return b;
        }
        int b = in.read();
        if (b >= 0) {
            raw.write(b);
        }
        return b;
    }

    /// Makes the next read return this byte again.
    void pushBack(int b) {
        pushedBack = b;
    }

    private int require() throws IOException {
        int b = in();
        if (b < 0) {
            throw new EOFException("the connection ended after:\n" + Wire.show(peekRaw()));
        }
        return b;
    }
}
