package io.jigress.plugins.lua.vm;

/// What the lexer distinguishes.
enum Token {
    AND("and"), BREAK("break"), DO("do"), ELSE("else"), ELSEIF("elseif"), END("end"), FALSE("false"), FOR("for"),
    FUNCTION("function"),
    IF("if"), IN("in"), LOCAL("local"), NIL("nil"), NOT("not"), OR("or"), REPEAT("repeat"), RETURN("return"), THEN("then"),
    TRUE("true"), UNTIL("until"), WHILE("while"), PLUS("+"), MINUS("-"), STAR("*"), SLASH("/"), PERCENT("%"), CARET("^"),
    HASH("#"),
    EQUAL("=="), UNEQUAL("~="), LESS_EQUAL("<="), GREATER_EQUAL(">="), LESS("<"), GREATER(">"), ASSIGN("="), OPEN("("),
    CLOSE(")"),
    OPEN_BRACE("{"), CLOSE_BRACE("}"), OPEN_BRACKET("["), CLOSE_BRACKET("]"), SEMICOLON(";"), COLON(":"), LABEL("::"), COMMA(","),
    DOT("."), CONCAT(".."), DOTS("..."), NAME("<name>"), STRING("<string>"), NUMBER("<number>"), EOF("<eof>");

    private final String text;

    Token(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }
}
