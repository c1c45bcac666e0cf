package io.jigress.waf.body;

import io.jigress.waf.model.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A strict parser of `multipart/form-data`: constructs that parsers interpret differently set a flag.
public final class Multipart {
    /// A construct on which parsers may disagree.
    public enum Flag {
        BOUNDARY_QUOTED, BOUNDARY_WHITESPACE, DATA_BEFORE, DATA_AFTER, HEADER_FOLDING, INVALID_HEADER_FOLDING, LF_LINE,
        CRLF_LF_LINES, MISSING_SEMICOLON, INVALID_QUOTING, INVALID_PART, FILE_LIMIT_EXCEEDED, UNMATCHED_BOUNDARY
    }

    /// Receives the parts.
    public interface Sink extends PairSink {
        /// A part with a file name. The content is `to - from` bytes long.
        void file(byte[] name, byte[] fileName, byte[] content, int from, int to);

        /// A header line of a part, as `Name: value`.
        void header(byte[] part, byte[] line);
    }

    private final byte[] bytes;
    private final int from;
    private final int to;
    private final int maxParts;
    private final Sink sink;
    private final Set<Flag> flags = EnumSet.noneOf(Flag.class);
    private @Nullable String error;
    private boolean sawCrlf;
    private boolean sawLf;

    // The part being read.
    private final List<ByteString> headers = new ArrayList<>();
    private int dataStart;
    private int parts;

    private Multipart(byte[] bytes, int from, int to, int maxParts, Sink sink) {
        this.bytes = bytes;
        this.from = from;
        this.to = to;
        this.maxParts = maxParts;
        this.sink = sink;
    }

    /// The flags, and the error if the body could not be read to its end.
    public record Outcome(Set<Flag> flags, @Nullable String error) {
    }

    /// Reads a body with the value of its Content-Type field.
    public static Outcome parse(byte[] contentType, byte[] bytes, int from, int to, int maxParts, Sink sink) {
        Multipart parser = new Multipart(bytes, from, to, maxParts, sink);
        byte[] boundary = parser.boundary(new String(contentType, StandardCharsets.ISO_8859_1));
        if (boundary != null) {
            parser.body(boundary);
        }
        if (parser.sawCrlf && parser.sawLf) {
            parser.flags.add(Flag.CRLF_LF_LINES);
        }
        return new Outcome(parser.flags, parser.error);
    }

    /// Reads only the boundary, for an empty body.
    public static Outcome boundaryOnly(byte[] contentType) {
        Multipart parser = new Multipart(new byte[0], 0, 0, 0, NOTHING);
        parser.boundary(new String(contentType, StandardCharsets.ISO_8859_1));
        return new Outcome(parser.flags, parser.error);
    }

    private static final Sink NOTHING = new Sink() {
        @Override
        public void pair(byte[] name, int nameFrom, int nameTo, byte[] value, int valueFrom, int valueTo) {}

        @Override
        public void file(byte[] name, byte[] fileName, byte[] content, int from, int to) {}

        @Override
        public void header(byte[] part, byte[] line) {}
    };

    private void fail(String what) {
        if (error == null) {
            error = "Multipart: " + what;
        }
    }

    private byte @Nullable [] boundary(String contentType) {
        int at = boundaryParameter(contentType, 0);
        if (at < 0) {
            fail("Content-Type without a boundary");
            return null;
        }
        if (boundaryParameter(contentType, at + 8) >= 0) {
            fail("Content-Type with several boundaries");
            return null;
        }
        int equals = at + 8;
        while (equals < contentType.length() && isBlank(contentType.charAt(equals))) {
            flags.add(Flag.BOUNDARY_WHITESPACE);
            equals++;
        }
        if (equals >= contentType.length() || contentType.charAt(equals) != '=') {
            fail("a boundary without a value");
            return null;
        }
        int start = equals + 1;
        while (start < contentType.length() && isBlank(contentType.charAt(start))) {
            flags.add(Flag.BOUNDARY_WHITESPACE);
            start++;
        }
        String value;
        if (start < contentType.length() && contentType.charAt(start) == '"') {
            flags.add(Flag.BOUNDARY_QUOTED);
            int end = contentType.indexOf('"', start + 1);
            if (end < 0) {
                fail("a quoted boundary that does not end");
                return null;
            }
            value = contentType.substring(start + 1, end);
        } else {
            int end = start;
            while (end < contentType.length() && contentType.charAt(end) != ';' && contentType.charAt(end) != ',') {
                end++;
            }
            String untrimmed = contentType.substring(start, end);
            value = untrimmed.stripTrailing();
        }
        if (value.isEmpty() || value.length() > 70) {
            fail("a boundary of " + value.length() + " characters, 1 to 70 are allowed");
            return null;
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || "'()+_,-./:=? ".indexOf(c) >= 0)) {
                fail("a boundary with an invalid character");
                return null;
            }
        }
        return ("--" + value).getBytes(StandardCharsets.ISO_8859_1);
    }

    /// The start of the next parameter whose name begins with "boundary", or -1.
    private static int boundaryParameter(String contentType, int from) {
        String lower = contentType.toLowerCase(Locale.ROOT);
        for (int at = lower.indexOf("boundary", from); at >= 0; at = lower.indexOf("boundary", at + 1)) {
            int before = at;
            while (before > 0 && isBlank(lower.charAt(before - 1))) {
                before--;
            }
            if (before > 0 && (lower.charAt(before - 1) == ';' || lower.charAt(before - 1) == ',' || before < at)) {
                return at;
            }
        }
        return -1;
    }

    private enum State {
        BEFORE, HEADERS, DATA, AFTER
    }

    private void body(byte[] delimiter) {
        State state = State.BEFORE;
        int at = from;
        boolean sawDelimiter = false;
        while (at < to && error == null) {
            int newline = at;
            while (newline < to && bytes[newline] != '\n') {
                newline++;
            }
            boolean terminated = newline < to;
            boolean crlf = newline > at && terminated && bytes[newline - 1] == '\r';
            int end = crlf ? newline - 1 : newline;
            int next = terminated ? newline + 1 : to;
            if (terminated && state != State.DATA) {
                sawCrlf |= crlf;
                sawLf |= !crlf;
                if (!crlf && state != State.BEFORE) {
                    flags.add(Flag.LF_LINE);
                }
            }
            if (startsWith(delimiter, at, end)) {
                int rest = at + delimiter.length;
                boolean last = rest + 1 < end + 1 && end - rest >= 2 && bytes[rest] == '-' && bytes[rest + 1] == '-';
                int tail = last ? rest + 2 : rest;
                boolean clean = tail == end;
                if (clean) {
                    if (state == State.AFTER) {
                        flags.add(Flag.DATA_AFTER);
                    }
                    if (terminated && !crlf) {
                        flags.add(Flag.LF_LINE);
                        sawLf = true;
                    }
                    if (state == State.DATA || state == State.HEADERS) {
                        finish(at, state == State.HEADERS);
                    }
                    sawDelimiter = true;
                    headers.clear();
                    state = last ? State.AFTER : State.HEADERS;
                    at = next;
                    continue;
                }
                if (state != State.BEFORE && state != State.AFTER) {
                    flags.add(Flag.UNMATCHED_BOUNDARY);
                    fail("a boundary with text after it");
                    return;
                }
            } else if (end - at > 2 && bytes[at] == '-' && bytes[at + 1] == '-' && state != State.BEFORE) {
                flags.add(Flag.UNMATCHED_BOUNDARY);
            }
            switch (state) {
                case BEFORE -> flags.add(Flag.DATA_BEFORE);
                case AFTER -> flags.add(Flag.DATA_AFTER);
                case HEADERS -> {
                    if (end == at) {
                        state = State.DATA;
                        dataStart = next;
                    } else {
                        headerLine(at, end);
                    }
                }
                case DATA -> {
                }
            }
            at = next;
        }
        if (error == null && !sawDelimiter) {
            fail("no part");
        } else if (error == null && state != State.AFTER) {
            if (state == State.DATA) {
                finish(to, false);
            }
            fail("the final boundary is missing");
        }
    }

    private void headerLine(int at, int end) {
        if (bytes[at] == ' ' || bytes[at] == '\t') {
            flags.add(Flag.HEADER_FOLDING);
            if (headers.isEmpty()) {
                flags.add(Flag.INVALID_HEADER_FOLDING);
                fail("a folded line without a field before it");
                return;
            }
            headers.get(headers.size() - 1).append(bytes, at, end);
            return;
        }
        int colon = at;
        while (colon < end && bytes[colon] != ':') {
            colon++;
        }
        if (colon == end || colon == at) {
            flags.add(Flag.INVALID_PART);
            fail("a part's field without a name or colon");
            return;
        }
        if (headers.size() >= 64) {
            fail("more than 64 fields in a part");
            return;
        }
        ByteString line = new ByteString();
        line.append(bytes, at, end);
        headers.add(line);
    }

    private void finish(int boundaryAt, boolean inHeaders) {
        if (++parts > maxParts) {
            flags.add(Flag.FILE_LIMIT_EXCEEDED);
            fail("more than " + maxParts + " parts");
            return;
        }
        int end = boundaryAt;
        if (inHeaders) {
            flags.add(Flag.INVALID_PART);
            end = boundaryAt;
            dataStart = boundaryAt;
        } else if (end > dataStart && bytes[end - 1] == '\n' && boundaryAt < to) {
            end -= end - 1 > dataStart && bytes[end - 2] == '\r' ? 2 : 1;
        }
        byte[] name = null;
        byte[] fileName = null;
        for (ByteString header : headers) {
            String line = header.toString();
            int colon = line.indexOf(':');
            if (line.substring(0, colon).strip().equalsIgnoreCase("content-disposition")) {
                Disposition disposition = new Disposition(line.substring(colon + 1).strip());
                if (disposition.error != null) {
                    flags.add(Flag.INVALID_PART);
                    fail(disposition.error);
                }
                flags.addAll(disposition.flags);
                name = disposition.name;
                fileName = disposition.fileName;
            }
        }
        if (name == null) {
            flags.add(Flag.INVALID_PART);
            fail("a part without a name");
        }
        byte[] key = name == null ? new byte[0] : name;
        for (ByteString header : headers) {
            sink.header(key, header.toBytes());
        }
        if (fileName != null) {
            sink.file(key, fileName, bytes, dataStart, end);
        } else {
            sink.pair(key, 0, key.length, bytes, dataStart, end);
        }
    }

    private boolean startsWith(byte[] prefix, int at, int end) {
        if (end - at < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (bytes[at + i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    /// The value of a Content-Disposition field.
    private static final class Disposition {
        private final String text;
        private int at;
        private byte @Nullable [] name;
        private byte @Nullable [] fileName;
        private @Nullable String error;
        private final Set<Flag> flags = EnumSet.noneOf(Flag.class);

        Disposition(String text) {
            this.text = text;
            if (!text.toLowerCase(Locale.ROOT).startsWith("form-data")) {
                error = "Content-Disposition is not form-data";
                return;
            }
            at = 9;
            while (error == null && at < text.length()) {
                parameter();
            }
        }

        private void parameter() {
            blanks();
            if (at >= text.length()) {
                return;
            }
            if (text.charAt(at) == ';') {
                at++;
            } else {
                flags.add(Flag.MISSING_SEMICOLON);
            }
            blanks();
            int start = at;
            while (at < text.length() && text.charAt(at) != '=' && !isBlank(text.charAt(at)) && text.charAt(at) != ';') {
                at++;
            }
            String key = text.substring(start, at).toLowerCase(Locale.ROOT);
            blanks();
            if (key.isEmpty() && at >= text.length()) {
                return;
            }
            if (at >= text.length() || text.charAt(at) != '=') {
                error = "a Content-Disposition parameter without a value";
                return;
            }
            at++;
            blanks();
            byte[] value = value();
            switch (key) {
                case "name" -> {
                    if (name != null) {
                        error = "a part with two names";
                    }
                    name = value;
                }
                case "filename" -> {
                    if (fileName != null) {
                        error = "a part with two file names";
                    }
                    fileName = value;
                }
                case "filename*" -> fileName = fileName == null ? value : fileName;
                default -> error = "the Content-Disposition parameter " + key;
            }
        }

        private byte[] value() {
            StringBuilder value = new StringBuilder();
            if (at < text.length() && text.charAt(at) == '"') {
                at++;
                while (at < text.length() && text.charAt(at) != '"') {
                    if (text.charAt(at) == '\\' && at + 1 < text.length() && "\"\\".indexOf(text.charAt(at + 1)) >= 0) {
                        at++;
                    }
                    value.append(text.charAt(at++));
                }
                if (at >= text.length()) {
                    error = "a quoted value that does not end";
                } else {
                    at++;
                }
            } else {
                if (at < text.length() && text.charAt(at) == '\'') {
                    flags.add(Flag.INVALID_QUOTING);
                }
                while (at < text.length() && text.charAt(at) != ';' && !isBlank(text.charAt(at))) {
                    value.append(text.charAt(at++));
                }
            }
            return value.toString().getBytes(StandardCharsets.ISO_8859_1);
        }

        private void blanks() {
            while (at < text.length() && isBlank(text.charAt(at))) {
                at++;
            }
        }
    }
}
