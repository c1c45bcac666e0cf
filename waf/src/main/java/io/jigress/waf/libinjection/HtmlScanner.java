package io.jigress.waf.libinjection;

/// Splits bytes into HTML tokens as a browser would, starting in one of the contexts of a page where the input could occur.
final class HtmlScanner {
    /// The context in which the input begins.
    enum Context {
        DATA, VALUE_WITHOUT_QUOTES, VALUE_IN_SINGLE_QUOTES, VALUE_IN_DOUBLE_QUOTES, VALUE_IN_BACKQUOTES
    }

    enum Kind {
        DATA_TEXT, TAG_NAME_OPEN, TAG_NAME_CLOSE, TAG_NAME_SELFCLOSE, TAG_DATA, TAG_CLOSE, ATTR_NAME, ATTR_VALUE, TAG_COMMENT,
        DOCTYPE
    }

    private enum State {
        EOF, DATA, TAG_OPEN, BEFORE_ATTRIBUTE_NAME, AFTER_ATTRIBUTE_NAME, BEFORE_ATTRIBUTE_VALUE, AFTER_QUOTED_VALUE,
        SELF_CLOSING_START_TAG, TAG_NAME_CLOSE, VALUE_SINGLE, VALUE_DOUBLE, VALUE_BACK
    }

    private final byte[] in;
    private final int from;
    private final int to;
    private int at;
    private State state;
    private boolean isClose;

    Kind kind = Kind.DATA_TEXT;
    int tokenFrom;
    int tokenTo;

    HtmlScanner(byte[] in, int from, int to, Context context) {
        this.in = in;
        this.from = from;
        this.to = to;
        at = from;
        state = switch (context) {
            case DATA -> State.DATA;
            case VALUE_WITHOUT_QUOTES -> State.BEFORE_ATTRIBUTE_NAME;
            case VALUE_IN_SINGLE_QUOTES -> State.VALUE_SINGLE;
            case VALUE_IN_DOUBLE_QUOTES -> State.VALUE_DOUBLE;
            case VALUE_IN_BACKQUOTES -> State.VALUE_BACK;
        };
    }

    /// Reads the next token; false at the end.
    boolean next() {
        return switch (state) {
            case EOF -> false;
            case DATA -> data();
            case TAG_OPEN -> tagOpen();
            case BEFORE_ATTRIBUTE_NAME -> beforeAttributeName();
            case AFTER_ATTRIBUTE_NAME -> afterAttributeName();
            case BEFORE_ATTRIBUTE_VALUE -> beforeAttributeValue();
            case AFTER_QUOTED_VALUE -> afterQuotedValue();
            case SELF_CLOSING_START_TAG -> selfClosingStartTag();
            case TAG_NAME_CLOSE -> tagNameClose();
            case VALUE_SINGLE -> quotedValue('\'');
            case VALUE_DOUBLE -> quotedValue('"');
            case VALUE_BACK -> quotedValue('`');
        };
    }

    private boolean token(Kind newKind, int start, int end, int newAt, State next) {
        kind = newKind;
        tokenFrom = start;
        tokenTo = end;
        at = newAt;
        state = next;
        return true;
    }

    private static boolean isWhite(int c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    private static boolean isLetter(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    private int indexOf(int c, int start) {
        for (int i = start; i < to; i++) {
            if (in[i] == c) {
                return i;
            }
        }
        return -1;
    }

    /// The next byte that is neither white space nor NUL, -1 at the end.
    private int skipWhite() {
        while (at < to && (in[at] == 0 || isWhite(in[at]))) {
            at++;
        }
        return at < to ? in[at] & 0xff : -1;
    }

    private boolean data() {
        int open = indexOf('<', at);
        if (open < 0) {
            int start = at;
            token(Kind.DATA_TEXT, start, to, at, State.EOF);
            return start < to;
        }
        int start = at;
        token(Kind.DATA_TEXT, start, open, open + 1, State.TAG_OPEN);
        return start < open || tagOpen();
    }

    private boolean tagOpen() {
        if (at >= to) {
            return false;
        }
        int c = in[at];
        if (isLetter(c) || c == 0) {
            return tagName();
        }
        if (c == '!' || c == '/' || c == '?' || c == '%') {
            at++;
        }
        return switch (c) {
            case '!' -> declaration();
            case '/' -> {
                isClose = true;
                yield endTagOpen();
            }
            case '?' -> bogusComment();
            // A comment of old Internet Explorers and Safaris.
            case '%' -> percentComment();
            default -> at == from ? data() : token(Kind.DATA_TEXT, at - 1, at, at, State.DATA);
        };
    }

    private boolean endTagOpen() {
        if (at >= to) {
            return false;
        }
        if (in[at] == '>') {
            return data();
        }
        if (isLetter(in[at])) {
            return tagName();
        }
        isClose = false;
        return bogusComment();
    }

    private boolean tagName() {
        for (int i = at; i < to; i++) {
            int c = in[i];
            if (isWhite(c)) {
                return token(Kind.TAG_NAME_OPEN, at, i, i + 1, State.BEFORE_ATTRIBUTE_NAME);
            }
            if (c == '/') {
                return token(Kind.TAG_NAME_OPEN, at, i, i + 1, State.SELF_CLOSING_START_TAG);
            }
            if (c == '>') {
                if (isClose) {
                    isClose = false;
                    return token(Kind.TAG_CLOSE, at, i, i + 1, State.DATA);
                }
                return token(Kind.TAG_NAME_OPEN, at, i, i, State.TAG_NAME_CLOSE);
            }
        }
        return token(Kind.TAG_NAME_OPEN, at, to, at, State.EOF);
    }

    private boolean tagNameClose() {
        isClose = false;
        return token(Kind.TAG_NAME_CLOSE, at, at + 1, at + 1, at + 1 < to ? State.DATA : State.EOF);
    }

    private boolean selfClosingStartTag() {
        if (at >= to) {
            return false;
        }
        if (in[at] == '>') {
            return token(Kind.TAG_NAME_SELFCLOSE, at - 1, at + 1, at + 1, State.DATA);
        }
        return beforeAttributeName();
    }

    private boolean beforeAttributeName() {
        while (true) {
            int c = skipWhite();
            switch (c) {
                case -1 -> {
                    return false;
                }
                case '/' -> {
                    at++;
                    if (at >= to) {
                        return false;
                    }
                    if (in[at] == '>') {
                        return token(Kind.TAG_NAME_SELFCLOSE, at - 1, at + 1, at + 1, State.DATA);
                    }
                }
                case '>' -> {
                    return token(Kind.TAG_NAME_CLOSE, at, at + 1, at + 1, State.DATA);
                }
                default -> {
                    return attributeName();
                }
            }
        }
    }

    private boolean attributeName() {
        for (int i = at + 1; i < to; i++) {
            int c = in[i];
            if (isWhite(c)) {
                return token(Kind.ATTR_NAME, at, i, i + 1, State.AFTER_ATTRIBUTE_NAME);
            }
            if (c == '/') {
                return token(Kind.ATTR_NAME, at, i, i + 1, State.SELF_CLOSING_START_TAG);
            }
            if (c == '=') {
                return token(Kind.ATTR_NAME, at, i, i + 1, State.BEFORE_ATTRIBUTE_VALUE);
            }
            if (c == '>') {
                return token(Kind.ATTR_NAME, at, i, i, State.TAG_NAME_CLOSE);
            }
        }
        return token(Kind.ATTR_NAME, at, to, to, State.EOF);
    }

    private boolean afterAttributeName() {
        int c = skipWhite();
        if (c == '/' || c == '=') {
            at++;
        }
        return switch (c) {
            case -1 -> false;
            case '/' -> selfClosingStartTag();
            case '=' -> beforeAttributeValue();
            case '>' -> tagNameClose();
            default -> attributeName();
        };
    }

    private boolean beforeAttributeValue() {
        int c = skipWhite();
        if (c < 0) {
            state = State.EOF;
            return false;
        }
        return c == '"' || c == '\'' || c == '`' ? quotedValue(c) : plainValue();
    }

    private boolean quotedValue(int quote) {
        // At the start of the input the opening quote is assumed.
        if (at > from) {
            at++;
        }
        int end = indexOf(quote, at);
        if (end < 0) {
            return token(Kind.ATTR_VALUE, Math.min(at, to), to, at, State.EOF);
        }
        return token(Kind.ATTR_VALUE, at, end, end + 1, State.AFTER_QUOTED_VALUE);
    }

    private boolean plainValue() {
        for (int i = at; i < to; i++) {
            if (isWhite(in[i])) {
                return token(Kind.ATTR_VALUE, at, i, i + 1, State.BEFORE_ATTRIBUTE_NAME);
            }
            if (in[i] == '>') {
                return token(Kind.ATTR_VALUE, at, i, i, State.TAG_NAME_CLOSE);
            }
        }
        return token(Kind.ATTR_VALUE, at, to, at, State.EOF);
    }

    private boolean afterQuotedValue() {
        if (at >= to) {
            return false;
        }
        int c = in[at];
        if (isWhite(c)) {
            at++;
            return beforeAttributeName();
        }
        if (c == '/') {
            at++;
            return selfClosingStartTag();
        }
        if (c == '>') {
            return token(Kind.TAG_NAME_CLOSE, at, at + 1, at + 1, State.DATA);
        }
        return beforeAttributeName();
    }

    private boolean declaration() {
        if (startsWith("DOCTYPE", true)) {
            int end = indexOf('>', at);
            return token(Kind.DOCTYPE, at, end < 0 ? to : end, end < 0 ? at : end + 1, end < 0 ? State.EOF : State.DATA);
        }
        if (startsWith("[CDATA[", false)) {
            at += 7;
            return characterData();
        }
        if (startsWith("--", false)) {
            at += 2;
            return comment();
        }
        return bogusComment();
    }

    private boolean startsWith(String text, boolean anyCase) {
        if (at + text.length() > to) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            byte c = in[at + i];
            if ((anyCase ? SqlWords.upper(c) : c) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean bogusComment() {
        int end = indexOf('>', at);
        return token(Kind.TAG_COMMENT, at, end < 0 ? to : end, end < 0 ? to : end + 1, end < 0 ? State.EOF : State.DATA);
    }

    private boolean percentComment() {
        for (int i = indexOf('%', at); i >= 0 && i + 1 < to; i = indexOf('%', i + 1)) {
            if (in[i + 1] == '>') {
                return token(Kind.TAG_COMMENT, at, i, i + 2, State.DATA);
            }
        }
        return token(Kind.TAG_COMMENT, at, to, to, State.EOF);
    }

    private boolean characterData() {
        for (int i = indexOf(']', at); i >= 0 && i + 3 <= to; i = indexOf(']', i + 1)) {
            if (in[i + 1] == ']' && in[i + 2] == '>') {
                return token(Kind.DATA_TEXT, at, i, i + 3, State.DATA);
            }
        }
        return token(Kind.DATA_TEXT, at, to, at, State.EOF);
    }

    /// Ends with `-->` or `-!>`; NULs after the first dash are ignored.
    private boolean comment() {
        for (int i = indexOf('-', at); i >= 0 && i + 3 <= to; i = indexOf('-', i + 1)) {
            int j = i + 1;
            while (j < to && in[j] == 0) {
                j++;
            }
            if (j == to) {
                break;
            }
            if (in[j] != '-' && in[j] != '!') {
                continue;
            }
            j++;
            if (j == to) {
                break;
            }
            if (in[j] == '>') {
                return token(Kind.TAG_COMMENT, at, i, j + 1, State.DATA);
            }
        }
        return token(Kind.TAG_COMMENT, at, to, at, State.EOF);
    }
}
