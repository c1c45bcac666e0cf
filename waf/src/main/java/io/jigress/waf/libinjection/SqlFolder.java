package io.jigress.waf.libinjection;

/// Folds sequences of tokens that are equivalent to one token, until five are left: the fingerprint of the input.
final class SqlFolder {
    static final int MAX_TOKENS = 5;
    private static final String[] IN = {"IN", "NOT IN"};
    private static final String[] LIKE = {"LIKE", "NOT LIKE"};
    private static final String[] NAMES_OF_FUNCTIONS = {"USER_ID", "USER_NAME", "DATABASE", "PASSWORD", "USER", "CURRENT_USER",
        "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"};

    final SqlToken[] tokens = new SqlToken[MAX_TOKENS + 3];
    private final SqlToken lastComment = new SqlToken();
    private final byte[] phrase = new byte[SqlToken.MAX_VALUE * 2 + 2];
    private final SqlScanner scanner;
    private boolean more;
    /// The position of the next token.
    private int pos;
    /// Tokens before this position are final.
    private int left;

    SqlFolder(SqlScanner scanner) {
        this.scanner = scanner;
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = new SqlToken();
        }
    }

    /// The number of remaining tokens.
    int fold() {
        pos = 0;
        left = 0;
        lastComment.clear();
        do {
            more = scanner.next(tokens[0]);
        } while (more && (tokens[0].kind == SqlToken.COMMENT || tokens[0].kind == SqlToken.OPEN || tokens[0].kind == SqlToken.TYPE
                || tokens[0].isUnary()));
        if (!more) {
            return 0;
        }
        pos = 1;
        while (true) {
            if (pos >= MAX_TOKENS && isPrefixOfNothing()) {
                if (pos > MAX_TOKENS) {
                    tokens[1].copy(tokens[MAX_TOKENS]);
                    pos = 2;
                    left = 1;
                } else {
                    pos = 1;
                    left = 0;
                }
            }
            if (!more || left >= MAX_TOKENS) {
                left = pos;
                break;
            }
            read(2);
            if (pos - left < 2) {
                left = pos;
                continue;
            }
            Step two = foldTwo(tokens[left], tokens[left + 1]);
            if (two == Step.EVIL) {
                return left + 2;
            }
            if (two == Step.FOLDED) {
                continue;
            }
            read(3);
            if (pos - left < 3) {
                left = pos;
                continue;
            }
            if (foldThree(tokens[left], tokens[left + 1], tokens[left + 2])) {
                continue;
            }
            left++;
        }
        if (left < MAX_TOKENS && lastComment.kind == SqlToken.COMMENT) {
            tokens[left++].copy(lastComment);
        }
        return Math.min(left, MAX_TOKENS);
    }

    private enum Step {
        FOLDED, KEPT, EVIL
    }

    private void read(int wanted) {
        while (more && pos <= MAX_TOKENS && pos - left < wanted) {
            more = scanner.next(tokens[pos]);
            if (more) {
                if (tokens[pos].kind == SqlToken.COMMENT) {
                    lastComment.copy(tokens[pos]);
                } else {
                    lastComment.kind = 0;
                    pos++;
                }
            }
        }
    }

    /// Five tokens that may precede an injection and are harmless themselves.
    private boolean isPrefixOfNothing() {
        char a = tokens[0].kind;
        char b = tokens[1].kind;
        char c = tokens[2].kind;
        char d = tokens[3].kind;
        char e = tokens[4].kind;
        return a == SqlToken.NUMBER && (b == SqlToken.OPERATOR || b == SqlToken.COMMA) && c == SqlToken.OPEN
                && d == SqlToken.NUMBER
                && e == SqlToken.CLOSE
                || a == SqlToken.BAREWORD && b == SqlToken.OPERATOR && c == SqlToken.OPEN
                        && (d == SqlToken.BAREWORD || d == SqlToken.NUMBER) && e == SqlToken.CLOSE
                || a == SqlToken.NUMBER && b == SqlToken.CLOSE && c == SqlToken.COMMA && d == SqlToken.OPEN
                        && e == SqlToken.NUMBER
                || a == SqlToken.BAREWORD && b == SqlToken.CLOSE && c == SqlToken.OPERATOR && d == SqlToken.OPEN
                        && e == SqlToken.BAREWORD;
    }

    private static boolean in(char kind, String kinds) {
        return kind != 0 && kinds.indexOf(kind) >= 0;
    }

    private void drop(int count) {
        pos -= count;
    }

    private Step dropAndRestart(int count) {
        pos -= count;
        left = 0;
        return Step.FOLDED;
    }

    private Step foldTwo(SqlToken a, SqlToken b) {
        if (a.kind == SqlToken.STRING && b.kind == SqlToken.STRING
                || a.kind == SqlToken.SEMICOLON && b.kind == SqlToken.SEMICOLON) {
            drop(1);
            return Step.FOLDED;
        }
        if (in(a.kind, "o&") && (b.isUnary() || b.kind == SqlToken.TYPE)) {
            return dropAndRestart(1);
        }
        if (a.kind == SqlToken.OPEN && b.isUnary() || merges(a, b)) {
            drop(1);
            left = Math.max(0, left - 1);
            return Step.FOLDED;
        }
        if (a.kind == SqlToken.SEMICOLON && b.kind == SqlToken.FUNCTION && b.length >= 2 && (b.value[0] | 32) == 'i'
                && (b.value[1] | 32) == 'f') {
            // IF after a semicolon is a statement of Transact-SQL.
            b.kind = SqlToken.TSQL;
            return Step.FOLDED;
        }
        if (in(a.kind, "nv") && b.kind == SqlToken.OPEN && a.isAny(NAMES_OF_FUNCTIONS)) {
            a.kind = SqlToken.FUNCTION;
            return Step.FOLDED;
        }
        if (a.kind == SqlToken.KEYWORD && a.isAny(IN)) {
            a.kind = b.kind == SqlToken.OPEN ? SqlToken.OPERATOR : SqlToken.BAREWORD;
            return Step.FOLDED;
        }
        if (a.kind == SqlToken.OPERATOR && a.isAny(LIKE)) {
            if (b.kind == SqlToken.OPEN) {
                a.kind = SqlToken.FUNCTION;
            }
            return Step.KEPT;
        }
        if (a.kind == SqlToken.TYPE && in(b.kind, "n1t(fvs")) {
            a.copy(b);
            return dropAndRestart(1);
        }
        if (a.kind == SqlToken.COLLATE && b.kind == SqlToken.BAREWORD) {
            for (int i = 0; i < b.length; i++) {
                if (b.value[i] == '_') {
                    b.kind = SqlToken.TYPE;
                    left = 0;
                    break;
                }
            }
            return Step.KEPT;
        }
        if (a.kind == SqlToken.BACKSLASH) {
            if (b.isArithmetic()) {
                // Transact-SQL reads \%1 as 0 % 1.
                a.kind = SqlToken.NUMBER;
                left = 0;
                return Step.FOLDED;
            }
            a.copy(b);
            return dropAndRestart(1);
        }
        if (a.kind == SqlToken.OPEN && b.kind == SqlToken.OPEN || a.kind == SqlToken.CLOSE && b.kind == SqlToken.CLOSE) {
            return dropAndRestart(1);
        }
        if (a.kind == SqlToken.OPEN_BRACE && b.kind == SqlToken.BAREWORD) {
            if (b.length == 0) {
                // { ``.``.id } of MySQL, which has no legitimate use.
                b.kind = SqlToken.EVIL;
                return Step.EVIL;
            }
            return dropAndRestart(2);
        }
        if (b.kind == SqlToken.CLOSE_BRACE) {
            return dropAndRestart(1);
        }
        return Step.KEPT;
    }

    private boolean foldThree(SqlToken a, SqlToken b, SqlToken c) {
        boolean drops = a.kind == SqlToken.NUMBER && b.kind == SqlToken.OPERATOR && c.kind == SqlToken.NUMBER
                || a.kind == SqlToken.OPERATOR && b.kind != SqlToken.OPEN && c.kind == SqlToken.OPERATOR
                || a.kind == SqlToken.LOGIC && c.kind == SqlToken.LOGIC
                || a.kind == SqlToken.VARIABLE && b.kind == SqlToken.OPERATOR && in(c.kind, "v1n")
                || in(a.kind, "n1") && b.kind == SqlToken.OPERATOR && in(c.kind, "1n")
                || in(a.kind, "n1vs") && b.kind == SqlToken.OPERATOR && b.is("::") && c.kind == SqlToken.TYPE
                || in(a.kind, "n1sv") && b.kind == SqlToken.COMMA && in(c.kind, "1nsv");
        if (drops) {
            dropAndRestart(2);
            return true;
        }
        if (in(a.kind, "EB,") && b.isUnary() && c.kind == SqlToken.OPEN
                || in(a.kind, "kEB") && b.isUnary() && in(c.kind, "1nvsf")) {
            b.copy(c);
            dropAndRestart(1);
            return true;
        }
        if (a.kind == SqlToken.COMMA && b.isUnary() && in(c.kind, "1nvs")) {
            // "1, -1" becomes "1": the token before these is examined again.
            b.copy(c);
            left = 0;
            pos -= 3;
            return true;
        }
        if (a.kind == SqlToken.COMMA && b.isUnary() && c.kind == SqlToken.FUNCTION) {
            b.copy(c);
            dropAndRestart(1);
            return true;
        }
        if (a.kind == SqlToken.BAREWORD && b.kind == SqlToken.DOT && c.kind == SqlToken.BAREWORD) {
            dropAndRestart(2);
            return true;
        }
        if (a.kind == SqlToken.EXPRESSION && b.kind == SqlToken.DOT && c.kind == SqlToken.BAREWORD) {
            b.copy(c);
            dropAndRestart(1);
            return true;
        }
        if (a.kind == SqlToken.FUNCTION && b.kind == SqlToken.OPEN && c.kind != SqlToken.CLOSE && a.is("USER")) {
            a.kind = SqlToken.BAREWORD;
        }
        return false;
    }

    /// Merges two tokens that form a phrase, such as UNION ALL.
    private boolean merges(SqlToken a, SqlToken b) {
        if (!in(a.kind, "knoUfETt") || !in(b.kind, "knoUfETt&") || a.length + b.length + 1 > SqlToken.MAX_VALUE + 1) {
            return false;
        }
        System.arraycopy(a.value, 0, phrase, 0, a.length);
        phrase[a.length] = ' ';
        System.arraycopy(b.value, 0, phrase, a.length + 1, b.length);
        int length = a.length + 1 + b.length;
        char kind = SqlWords.word(phrase, 0, length);
        if (kind == 0) {
            return false;
        }
        a.set(kind, phrase, 0, length);
        return true;
    }
}
