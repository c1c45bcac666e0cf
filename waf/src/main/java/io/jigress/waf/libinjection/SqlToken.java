package io.jigress.waf.libinjection;

/// A token of SQL: its class, its position, and its first bytes.
final class SqlToken {
    static final int MAX_VALUE = 31;

    static final char KEYWORD = 'k';
    static final char UNION = 'U';
    static final char GROUP = 'B';
    static final char EXPRESSION = 'E';
    static final char TYPE = 't';
    static final char FUNCTION = 'f';
    static final char BAREWORD = 'n';
    static final char NUMBER = '1';
    static final char VARIABLE = 'v';
    static final char STRING = 's';
    static final char OPERATOR = 'o';
    static final char LOGIC = '&';
    static final char COMMENT = 'c';
    static final char COLLATE = 'A';
    static final char OPEN = '(';
    static final char CLOSE = ')';
    static final char OPEN_BRACE = '{';
    static final char CLOSE_BRACE = '}';
    static final char DOT = '.';
    static final char COMMA = ',';
    static final char COLON = ':';
    static final char SEMICOLON = ';';
    static final char TSQL = 'T';
    static final char UNKNOWN = '?';
    static final char EVIL = 'X';
    static final char BACKSLASH = '\\';

    char kind;
    int length;
    /// The quotes around a string; 0 where there is none.
    char open;
    char close;
    /// The @ signs of a variable.
    int signs;
    final byte[] value = new byte[MAX_VALUE + 1];

    void clear() {
        kind = 0;
        length = 0;
        open = 0;
        close = 0;
        signs = 0;
    }

    void copy(SqlToken other) {
        kind = other.kind;
        length = other.length;
        open = other.open;
        close = other.close;
        signs = other.signs;
        System.arraycopy(other.value, 0, value, 0, value.length);
    }

    void set(char newKind, byte[] bytes, int from, int newLength) {
        kind = newKind;
        length = Math.min(newLength, MAX_VALUE);
        System.arraycopy(bytes, from, value, 0, length);
    }

    /// Whether the value equals a word, which is given in upper case.
    boolean is(String word) {
        if (length != word.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (SqlWords.upper(value[i]) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    boolean isAny(String[] words) {
        for (String word : words) {
            if (is(word)) {
                return true;
            }
        }
        return false;
    }

    boolean isUnary() {
        if (kind != OPERATOR) {
            return false;
        }
        return switch (length) {
            case 1 -> value[0] == '+' || value[0] == '-' || value[0] == '!' || value[0] == '~';
            case 2 -> value[0] == '!' && value[1] == '!';
            case 3 -> is("NOT");
            default -> false;
        };
    }

    boolean isArithmetic() { return kind == OPERATOR && length == 1 && "*/+-%".indexOf(value[0]) >= 0; }
}
