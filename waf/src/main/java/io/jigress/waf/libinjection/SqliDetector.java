package io.jigress.waf.libinjection;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Detects SQL injection.
public final class SqliDetector {
    private byte[] in = new byte[0];
    private int from;
    private int to;
    private final byte[] upper = new byte[SqlFolder.MAX_TOKENS];
    private final char[] fingerprint = new char[SqlFolder.MAX_TOKENS];
    private int length;
    private final SqlScanner scanner = new SqlScanner();
    private final SqlFolder folder = new SqlFolder(scanner);

    /// The fingerprint of the injection, or empty.
    public static Optional<String> detect(byte[] in, int from, int to) {
        SqliDetector detector = new SqliDetector();
        return detector.detects(in, from, to) ? Optional.of(detector.fingerprint()) : Optional.empty();
    }

    /// Whether the bytes are an injection. Allocates nothing.
    public boolean detects(byte[] bytes, int start, int end) {
        if (isOneWord(bytes, start, end)) {
            return false;
        }
        in = bytes;
        from = start;
        to = end;
        return detects((char) 0)
                || has('\'') && detects('\'')
                || has('"') && isInjection(true, '"');
    }

    /// A single token has no fingerprint of an injection.
    private static boolean isOneWord(byte[] bytes, int start, int end) {
        boolean letters = true;
        boolean digits = true;
        for (int i = start; i < end && (letters || digits); i++) {
            int c = bytes[i];
            boolean digit = c >= '0' && c <= '9';
            digits &= digit;
            letters &= (c | 32) >= 'a' && (c | 32) <= 'z' || digit && i > start;
        }
        return letters || digits;
    }

    private String fingerprint() {
        return new String(fingerprint, 0, length);
    }

    /// Tries ANSI comments, then MySQL's where these would be read differently.
    private boolean detects(char quote) {
        if (isInjection(false, quote)) {
            return true;
        }
        return (scanner.dashComments > 0 || scanner.hashes > 0) && isInjection(true, quote);
    }

    private boolean has(char c) {
        for (int i = from; i < to; i++) {
            if (in[i] == c) {
                return true;
            }
        }
        return false;
    }

    private boolean isInjection(boolean mySql, char quote) {
        scanner.start(in, from, to, mySql, quote);
        length = folder.fold();
        SqlToken[] tokens = folder.tokens;
        if (length > 2) {
            SqlToken last = tokens[length - 1];
            // PHP treats an open backquote at the end as a comment.
            if (last.kind == SqlToken.BAREWORD && last.open == '`' && last.length == 0 && last.close == 0) {
                last.kind = SqlToken.COMMENT;
            }
        }
        for (int i = 0; i < length; i++) {
            if (tokens[i].kind == SqlToken.EVIL) {
                tokens[0].kind = SqlToken.EVIL;
                tokens[0].set(SqlToken.EVIL, new byte[] {'X'}, 0, 1);
                fingerprint[0] = SqlToken.EVIL;
                length = 1;
                break;
            }
            fingerprint[i] = tokens[i].kind;
        }
        for (int i = 0; i < length; i++) {
            upper[i] = SqlWords.upper((byte) fingerprint[i]);
        }
        return length > 0 && SqlWords.isInjection(upper, length) && !isHarmless(tokens);
    }

    /// Input that has the fingerprint of an injection and is common in legitimate text.
    private boolean isHarmless(SqlToken[] tokens) {
        if (length > 1 && fingerprint[length - 1] == SqlToken.COMMENT && containsSpPassword()) {
            return false;
        }
        if (length == 2) {
            return isHarmlessPair(tokens[0], tokens[1]);
        }
        if (length == 3) {
            String text = fingerprint();
            if (text.equals("sos") || text.equals("s&s")) {
                // ...foo' + 'bar...
                boolean concatenation = tokens[0].open == 0 && tokens[2].close == 0 && tokens[0].close == tokens[2].open;
                return !concatenation;
            }
            if ((text.equals("s&n") || text.equals("n&1") || text.equals("1&1") || text.equals("1&v") || text.equals("1&s"))
                    && scanner.tokens == 3) {
                return true;
            }
            SqlToken middle = tokens[1];
            return middle.kind == SqlToken.KEYWORD && (middle.length < 5 || !startsWithInto(middle));
        }
        return false;
    }

    private static boolean startsWithInto(SqlToken token) {
        String word = new String(token.value, 0, 4, StandardCharsets.ISO_8859_1);
        return word.equalsIgnoreCase("INTO");
    }

    private boolean isHarmlessPair(SqlToken first, SqlToken second) {
        if (fingerprint[1] == SqlToken.UNION) {
            return scanner.tokens == 2;
        }
        byte mark = second.value[0];
        if (mark == '#') {
            return true;
        }
        if (first.kind == SqlToken.BAREWORD && second.kind == SqlToken.COMMENT && mark != '/') {
            return true;
        }
        if (first.kind == SqlToken.NUMBER && second.kind == SqlToken.COMMENT) {
            if (mark == '/' || scanner.tokens > 2) {
                return false;
            }
            int at = from + first.length;
            int c = byteAt(at);
            return !(c <= 32 || c == '/' && byteAt(at + 1) == '*' || c == '-' && byteAt(at + 1) == '-');
        }
        // Many people end a text with --.
        return second.length > 2 && mark == '-';
    }

    private int byteAt(int at) {
        return at < to ? in[at] & 0xff : 0;
    }

    private boolean containsSpPassword() {
        byte[] word = "sp_password".getBytes(StandardCharsets.US_ASCII);
        for (int i = from; i + word.length <= to; i++) {
            if (java.util.Arrays.equals(in, i, i + word.length, word, 0, word.length)) {
                return true;
            }
        }
        return false;
    }
}
