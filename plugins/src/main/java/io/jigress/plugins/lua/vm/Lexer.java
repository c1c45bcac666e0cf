package io.jigress.plugins.lua.vm;

import java.util.HashMap;
import java.util.Map;

/// Splits Lua source into tokens.
final class Lexer {
    private static final Map<String, Token> WORDS = new HashMap<>();

    static {
        for (Token token : Token.values()) {
            if (token.compareTo(Token.WHILE) <= 0) {
                WORDS.put(token.text(), token);
            }
        }
    }

    private final String source;
    private final String chunk;
    private int at;
    private int line;
    private int start;

    Token token = Token.EOF;
    /// The value of a name, string or number.
    Object value = Nil.NIL;
    /// The line of the token, and of the one before it.
    int tokenLine = 1;
    int lastLine = 1;

    Lexer(String source, String chunk, int firstLine) {
        this.source = source;
        this.chunk = chunk;
        this.line = firstLine;
        if (source.startsWith("#")) {
            while (at < source.length() && source.charAt(at) != '\n') {
                at++;
            }
        }
        next();
    }

    LuaError error(String message, boolean near) {
        String text = token == Token.EOF
                ? "<eof>"
                : source.substring(Math.min(start, source.length()), Math.min(at, source.length()));
        return new LuaError(chunk + ":" + (near ? tokenLine : line) + ": " + message + " near '" + text + "'");
    }

    private LuaError broken(String message) {
        return error(message, false);
    }

    private char peek(int ahead) {
        int i = at + ahead;
        return i < source.length() ? source.charAt(i) : '\0';
    }

    /// Whether the next token is a name, without reading it.
    boolean nameFollows() {
        int i = at;
        while (i < source.length() && (source.charAt(i) == ' ' || source.charAt(i) == '\t')) {
            i++;
        }
        int from = i;
        while (i < source.length() && isNamePart(source.charAt(i))) {
            i++;
        }
        return i > from && isNameStart(source.charAt(from)) && !WORDS.containsKey(source.substring(from, i));
    }

    void next() {
        lastLine = tokenLine;
        token = read();
    }

    private Token read() {
        skip();
        start = at;
        tokenLine = line;
        if (at >= source.length()) {
            return Token.EOF;
        }
        char c = source.charAt(at);
        if (isNameStart(c)) {
            while (at < source.length() && isNamePart(source.charAt(at))) {
                at++;
            }
            String name = source.substring(start, at).intern();
            value = name;
            Token word = WORDS.get(name);
            return word == null ? Token.NAME : word;
        }
        if (Values.isDigit(c) || c == '.' && Values.isDigit(peek(1))) {
            return number();
        }
        return switch (c) {
            case '"', '\'' -> string(c);
            case '[' -> {
                int level = longLevel();
                if (level >= 0) {
                    value = longText(level, "string");
                    yield Token.STRING;
                }
                yield take(Token.OPEN_BRACKET);
            }
            case '=' -> peek(1) == '=' ? take(Token.EQUAL) : take(Token.ASSIGN);
            case '~' -> {
                if (peek(1) != '=') {
                    at++;
                    throw broken("unexpected symbol");
                }
                yield take(Token.UNEQUAL);
            }
            case '<' -> peek(1) == '=' ? take(Token.LESS_EQUAL) : take(Token.LESS);
            case '>' -> peek(1) == '=' ? take(Token.GREATER_EQUAL) : take(Token.GREATER);
            case ':' -> peek(1) == ':' ? take(Token.LABEL) : take(Token.COLON);
            case '.' -> peek(1) != '.' ? take(Token.DOT) : peek(2) == '.' ? take(Token.DOTS) : take(Token.CONCAT);
            case '+' -> take(Token.PLUS);
            case '-' -> take(Token.MINUS);
            case '*' -> take(Token.STAR);
            case '/' -> take(Token.SLASH);
            case '%' -> take(Token.PERCENT);
            case '^' -> take(Token.CARET);
            case '#' -> take(Token.HASH);
            case '(' -> take(Token.OPEN);
            case ')' -> take(Token.CLOSE);
            case '{' -> take(Token.OPEN_BRACE);
            case '}' -> take(Token.CLOSE_BRACE);
            case ']' -> take(Token.CLOSE_BRACKET);
            case ';' -> take(Token.SEMICOLON);
            case ',' -> take(Token.COMMA);
            default -> {
                at++;
                throw broken("unexpected symbol");
            }
        };
    }

    private Token take(Token symbol) {
        at += symbol.text().length();
        return symbol;
    }

    private void skip() {
        while (at < source.length()) {
            char c = source.charAt(at);
            if (c == '\n') {
                line++;
                at++;
            } else if (Values.isSpace(c)) {
                at++;
            } else if (c == '-' && peek(1) == '-') {
                start = at;
                at += 2;
                int level = peek(0) == '[' ? longLevel() : -1;
                if (level >= 0) {
                    longText(level, "comment");
                } else {
                    while (at < source.length() && source.charAt(at) != '\n') {
                        at++;
                    }
                }
            } else {
                return;
            }
        }
    }

    /// The number of equals signs of a long bracket that begins here, or -1.
    private int longLevel() {
        int i = 1;
        while (peek(i) == '=') {
            i++;
        }
        return peek(i) == '[' ? i - 1 : -1;
    }

    private String longText(int level, String what) {
        at += level + 2;
        if (peek(0) == '\r' && peek(1) == '\n') {
            at++;
        }
        if (peek(0) == '\n') {
            line++;
            at++;
        }
        String close = "]" + "=".repeat(level) + "]";
        int end = source.indexOf(close, at);
        if (end < 0) {
            at = source.length();
            token = Token.EOF;
            throw broken("unfinished long " + what);
        }
        String text = source.substring(at, end);
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\n') {
                line++;
            }
        }
        at = end + close.length();
        return text;
    }

    private Token number() {
        boolean hex = peek(0) == '0' && (peek(1) | 0x20) == 'x';
        while (at < source.length()) {
            char c = source.charAt(at);
            boolean sign = (c == '+' || c == '-') && !hex && (source.charAt(at - 1) | 0x20) == 'e';
            if (!isNamePart(c) && c != '.' && !(at > start && sign)) {
                break;
            }
            at++;
        }
        Double number = Values.parse(source.substring(start, at));
        if (number == null) {
            throw broken("malformed number");
        }
        value = number;
        return Token.NUMBER;
    }

    private Token string(char quote) {
        StringBuilder text = new StringBuilder();
        at++;
        while (true) {
            if (at >= source.length()) {
                token = Token.EOF;
                throw broken("unfinished string");
            }
            char c = source.charAt(at++);
            if (c == quote) {
                value = text.toString();
                return Token.STRING;
            }
            if (c == '\n' || c == '\r') {
                at--;
                throw broken("unfinished string");
            }
            if (c == '\\') {
                escape(text);
            } else {
                text.append(c);
            }
        }
    }

    private void escape(StringBuilder text) {
        char c = peek(0);
        at++;
        switch (c) {
            case 'a' -> text.append('\007');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case 'n' -> text.append('\n');
            case 'r' -> text.append('\r');
            case 't' -> text.append('\t');
            case 'v' -> text.append('\013');
            case 'x' -> {
                int high = Character.digit(peek(0), 16);
                int low = Character.digit(peek(1), 16);
                if (high < 0 || low < 0) {
                    throw broken("invalid escape sequence");
                }
                at += 2;
                text.append((char) (high * 16 + low));
            }
            case 'z' -> {
                while (at < source.length() && Values.isSpace(source.charAt(at))) {
                    if (source.charAt(at++) == '\n') {
                        line++;
                    }
                }
            }
            case '\r' -> {
                if (peek(0) == '\n') {
                    at++;
                }
                line++;
                text.append('\n');
            }
            case '\n' -> {
                line++;
                text.append('\n');
            }
            default -> {
                if (!Values.isDigit(c)) {
                    text.append(c);
                    return;
                }
                int code = c - '0';
                for (int i = 0; i < 2 && Values.isDigit(peek(0)); i++) {
                    code = code * 10 + peek(0) - '0';
                    at++;
                }
                if (code > 255) {
                    throw broken("escape sequence too large");
                }
                text.append((char) code);
            }
        }
    }

    private static boolean isNameStart(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
    }

    private static boolean isNamePart(char c) {
        return isNameStart(c) || Values.isDigit(c);
    }
}
