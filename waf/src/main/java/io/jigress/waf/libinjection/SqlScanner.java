package io.jigress.waf.libinjection;

/// Splits bytes into SQL tokens, in one of the dialects that differ in comments.
final class SqlScanner {
    private static final boolean[] ENDS_WORD = table(" []{}<>:\\?=@!#~+-*/&|^%(),';\t\n\u000b\f\r\"\u00a0\0");
    private static final boolean[] ENDS_VARIABLE = table(" <>:\\?=@!#~+-*/&|^%(),';\t\n\u000b\f\r'`\"");

    private byte[] in = new byte[0];
    private int from;
    private int to;
    /// A comment begins with `#`, and with `--` only before white space.
    private boolean mySql;
    /// The quote in which the input is assumed to occur, or 0.
    private char quote;
    private int at;

    /// `--` without white space after it was read as a comment.
    int dashComments;
    /// `#` was seen.
    int hashes;
    int tokens;

    /// Starts again from the beginning.
    SqlScanner start(byte[] bytes, int start, int end, boolean readMySql, char openQuote) {
        in = bytes;
        from = start;
        to = end;
        mySql = readMySql;
        quote = openQuote;
        at = start;
        dashComments = 0;
        hashes = 0;
        tokens = 0;
        return this;
    }

    private static boolean[] table(String bytes) {
        boolean[] table = new boolean[256];
        for (int i = 0; i < bytes.length(); i++) {
            table[bytes.charAt(i)] = true;
        }
        return table;
    }

    /// Reads the next token; false at the end.
    boolean next(SqlToken token) {
        token.clear();
        if (from == to) {
            return false;
        }
        if (at == from && quote != 0) {
            at = string(token, at, 0, quote);
            tokens++;
            return true;
        }
        while (at < to) {
            at = token(token, in[at] & 0xff);
            if (token.kind != 0) {
                tokens++;
                return true;
            }
        }
        return false;
    }

    private int token(SqlToken token, int c) {
        return switch (c) {
            case '"', '\'' -> string(token, at, 1, (char) c);
            case '#' -> hash(token);
            case '$' -> money(token);
            case '%', '+', '^', '~' -> single(token, SqlToken.OPERATOR);
            case '!', '&', '*', ':', '<', '=', '>', '|' -> operator(token);
            case '(', ')', ',', ';', '{', '}' -> single(token, (char) c);
            case '-' -> dash(token);
            case '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number(token);
            case '/' -> slash(token);
            case '?', ']' -> single(token, SqlToken.UNKNOWN);
            case '@' -> variable(token);
            case '[' -> bracket(token);
            case '\\' -> backslash(token);
            case '`' -> tick(token);
            case 'b', 'B' -> quotedDigits(token, "01");
            case 'x', 'X' -> quotedDigits(token, "0123456789abcdefABCDEF");
            case 'e', 'E' -> escaped(token);
            case 'n', 'N' -> at + 2 < to && in[at + 1] == '\'' ? escaped(token) : oracleString(token, 1);
            case 'q', 'Q' -> oracleString(token, 0);
            case 'u', 'U' -> unicodeString(token);
            default -> c <= 32 || c == 127 || c == 160 ? at + 1 : word(token);
        };
    }

    private int single(SqlToken token, char kind) {
        token.set(kind, in, at, 1);
        return at + 1;
    }

    static boolean isWhite(int c) {
        return c == ' ' || c >= '\t' && c <= '\r' || c == 0 || (c & 0xff) == 0xa0;
    }

    private int indexOf(int c, int start) {
        for (int i = start; i < to; i++) {
            if (in[i] == c) {
                return i;
            }
        }
        return -1;
    }

    private int indexOf(int first, int second, int start) {
        for (int i = start; i + 1 < to; i++) {
            if (in[i] == first && in[i + 1] == second) {
                return i;
            }
        }
        return -1;
    }

    private int endOf(String accepted, int start) {
        int i = start;
        while (i < to && accepted.indexOf(in[i]) >= 0) {
            i++;
        }
        return i;
    }

    private int endBefore(boolean[] ending, int start) {
        int i = start;
        while (i < to && !ending[in[i] & 0xff]) {
            i++;
        }
        return i;
    }

    private int lineComment(SqlToken token) {
        int end = indexOf('\n', at);
        token.set(SqlToken.COMMENT, in, at, (end < 0 ? to : end) - at);
        return end < 0 ? to : end + 1;
    }

    private int hash(SqlToken token) {
        hashes++;
        return mySql ? lineComment(token) : single(token, SqlToken.OPERATOR);
    }

    private int dash(SqlToken token) {
        boolean two = at + 1 < to && in[at + 1] == '-';
        if (two && (at + 2 == to || isWhite(in[at + 2]))) {
            return lineComment(token);
        }
        if (two && !mySql) {
            dashComments++;
            return lineComment(token);
        }
        return single(token, SqlToken.OPERATOR);
    }

    private int slash(SqlToken token) {
        if (at + 1 == to || in[at + 1] != '*') {
            return single(token, SqlToken.OPERATOR);
        }
        int close = indexOf('*', '/', at + 2);
        int end = close < 0 ? to : close + 2;
        // Nested comments (PostgreSQL) and conditional ones (MySQL) mean different things to different servers.
        boolean nested = close >= 0 && nestedBefore(close + 1);
        boolean conditional = at + 2 < to && in[at + 2] == '!';
        token.set(nested || conditional ? SqlToken.EVIL : SqlToken.COMMENT, in, at, end - at);
        return end;
    }

    private boolean nestedBefore(int end) {
        int open = indexOf('/', '*', at + 2);
        return open >= 0 && open + 2 <= end;
    }

    private int backslash(SqlToken token) {
        if (at + 1 < to && in[at + 1] == 'N') {
            token.set(SqlToken.NUMBER, in, at, 2);
            return at + 2;
        }
        return single(token, SqlToken.BACKSLASH);
    }

    private int operator(SqlToken token) {
        if (at + 1 >= to) {
            return single(token, SqlToken.OPERATOR);
        }
        if (at + 2 < to && in[at] == '<' && in[at + 1] == '=' && in[at + 2] == '>') {
            token.set(SqlToken.OPERATOR, in, at, 3);
            return at + 3;
        }
        char kind = SqlWords.word(in, at, at + 2);
        if (kind != 0) {
            token.set(kind, in, at, 2);
            return at + 2;
        }
        return single(token, in[at] == ':' ? SqlToken.COLON : SqlToken.OPERATOR);
    }

    /// A string whose text starts `skip` bytes further; without a skip its opening quote is assumed.
    private int string(SqlToken token, int start, int skip, char delimiter) {
        int text = start + skip;
        token.open = skip > 0 ? delimiter : 0;
        int i = text;
        while (true) {
            int end = indexOf(delimiter, i);
            if (end < 0) {
                token.set(SqlToken.STRING, in, text, to - text);
                token.close = 0;
                return to;
            }
            if (isEscaped(text, end)) {
                i = end + 1;
            } else if (end + 1 < to && in[end + 1] == delimiter) {
                i = end + 2;
            } else {
                token.set(SqlToken.STRING, in, text, end - text);
                token.close = delimiter;
                return end + 1;
            }
        }
    }

    private boolean isEscaped(int text, int end) {
        int backslashes = 0;
        for (int i = end - 1; i >= text && in[i] == '\\'; i--) {
            backslashes++;
        }
        return (backslashes & 1) == 1;
    }

    private int word(SqlToken token) {
        int end = endBefore(ENDS_WORD, at);
        token.set(SqlToken.BAREWORD, in, at, end - at);
        for (int i = 0; i < token.length; i++) {
            if (token.value[i] == '.' || token.value[i] == '`') {
                char kind = SqlWords.word(token.value, 0, i);
                if (kind != 0 && kind != SqlToken.BAREWORD) {
                    // SELECT.1, SELECT`column`
                    token.clear();
                    token.set(kind, in, at, i);
                    return at + i;
                }
            }
        }
        if (end - at <= SqlToken.MAX_VALUE) {
            char kind = SqlWords.word(in, at, end);
            token.kind = kind == 0 ? SqlToken.BAREWORD : kind;
        }
        return end;
    }

    private int variable(SqlToken token) {
        int start = at + 1;
        int signs = 1;
        if (start < to && in[start] == '@') {
            start++;
            signs = 2;
        }
        token.signs = signs;
        if (start < to && (in[start] == '`' || in[start] == '\'' || in[start] == '"')) {
            at = start;
            int end = in[start] == '`' ? tick(token) : string(token, at, 1, (char) in[start]);
            token.kind = SqlToken.VARIABLE;
            return end;
        }
        int end = endBefore(ENDS_VARIABLE, start);
        token.set(SqlToken.VARIABLE, in, start, end - start);
        return end;
    }

    private int tick(SqlToken token) {
        int end = string(token, at, 1, '`');
        char kind = SqlWords.word(token.value, 0, token.length);
        token.kind = kind == SqlToken.FUNCTION ? SqlToken.FUNCTION : SqlToken.BAREWORD;
        return end;
    }

    private int bracket(SqlToken token) {
        int close = indexOf(']', at);
        int end = close < 0 ? to : close + 1;
        token.set(SqlToken.BAREWORD, in, at, end - at);
        return end;
    }

    /// `x'0F'`, `b'01'`.
    private int quotedDigits(SqlToken token, String digits) {
        if (at + 2 >= to || in[at + 1] != '\'') {
            return word(token);
        }
        int end = endOf(digits, at + 2);
        if (end >= to || in[end] != '\'') {
            return word(token);
        }
        token.set(SqlToken.NUMBER, in, at, end + 1 - at);
        return end + 1;
    }

    /// `E'...'` of PostgreSQL, `N'...'` of MySQL.
    private int escaped(SqlToken token) {
        return at + 2 >= to || in[at + 1] != '\'' ? word(token) : string(token, at, 2, '\'');
    }

    private int unicodeString(SqlToken token) {
        if (at + 2 < to && in[at + 1] == '&' && in[at + 2] == '\'') {
            int end = string(token, at + 2, 1, '\'');
            token.open = 'u';
            if (token.close == '\'') {
                token.close = 'u';
            }
            return end;
        }
        return word(token);
    }

    /// `q'(...)'` of Oracle, after an `n` with an offset of 1.
    private int oracleString(SqlToken token, int offset) {
        int start = at + offset;
        if (start + 2 >= to || (in[start] | 32) != 'q' || in[start + 1] != '\'' || in[start + 2] < 33) {
            return word(token);
        }
        int closing = switch (in[start + 2]) {
            case '(' -> ')';
            case '[' -> ']';
            case '{' -> '}';
            case '<' -> '>';
            default -> in[start + 2];
        };
        int text = start + 3;
        int end = indexOf(closing, '\'', text);
        token.set(SqlToken.STRING, in, text, (end < 0 ? to : end) - text);
        token.open = 'q';
        token.close = end < 0 ? 0 : 'q';
        return end < 0 ? to : end + 2;
    }

    private int money(SqlToken token) {
        if (at + 1 == to) {
            return single(token, SqlToken.BAREWORD);
        }
        int end = endOf("0123456789.,", at + 1);
        int length = end - at - 1;
        if (length == 1 && in[at + 1] == '.') {
            return word(token);
        }
        if (length > 0) {
            token.set(SqlToken.NUMBER, in, at, length + 1);
            return end;
        }
        if (in[at + 1] == '$') {
            return dollarString(token, at + 2, indexOf('$', '$', at + 2), 2);
        }
        int tag = at + 1;
        while (tag < to && (in[tag] | 32) >= 'a' && (in[tag] | 32) <= 'z') {
            tag++;
        }
        if (tag == at + 1 || tag == to || in[tag] != '$') {
            return single(token, SqlToken.BAREWORD);
        }
        int width = tag + 1 - at;
        return dollarString(token, at + width, indexOfTag(at, width, at + width), width);
    }

    private int dollarString(SqlToken token, int text, int end, int width) {
        token.set(SqlToken.STRING, in, text, (end < 0 ? to : end) - text);
        token.open = '$';
        token.close = end < 0 ? 0 : '$';
        return end < 0 ? to : end + width;
    }

    private int indexOfTag(int tag, int width, int start) {
        for (int i = start; i + width <= to; i++) {
            int same = 0;
            while (same < width && in[i + same] == in[tag + same]) {
                same++;
            }
            if (same == width) {
                return i;
            }
            // A tag has a $ only at its ends, so that the bytes compared so far cannot begin another match.
            i += Math.max(0, same - 2);
        }
        return -1;
    }

    private int number(SqlToken token) {
        if (in[at] == '0' && at + 1 < to) {
            int letter = in[at + 1] | 32;
            if (letter == 'x' || letter == 'b') {
                int end = endOf(letter == 'x' ? "0123456789ABCDEFabcdef" : "01", at + 2);
                token.set(end == at + 2 ? SqlToken.BAREWORD : SqlToken.NUMBER, in, at, end - at);
                return end;
            }
        }
        int i = digits(at);
        if (i < to && in[i] == '.') {
            i = digits(i + 1);
            if (i - at == 1) {
                token.set(SqlToken.DOT, in, at, 1);
                return i;
            }
        }
        boolean exponent = false;
        boolean exponentDigits = false;
        if (i < to && (in[i] | 32) == 'e') {
            exponent = true;
            i++;
            if (i < to && (in[i] == '+' || in[i] == '-')) {
                i++;
            }
            int end = digits(i);
            exponentDigits = end > i;
            i = end;
        }
        // Oracle's suffixes of floats and doubles.
        if (i < to && ((in[i] | 32) == 'd' || (in[i] | 32) == 'f')
                && (i + 1 == to || isWhite(in[i + 1]) || in[i + 1] == ';' || (in[i + 1] | 32) == 'u')) {
            i++;
        }
        // MySQL ignores a number such as 1.e, so no token is made of it.
        if (!exponent || exponentDigits) {
            token.set(SqlToken.NUMBER, in, at, i - at);
        }
        return i;
    }

    private int digits(int start) {
        int i = start;
        while (i < to && in[i] >= '0' && in[i] <= '9') {
            i++;
        }
        return i;
    }
}
