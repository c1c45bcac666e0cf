package io.jigress.plugins.lua.vm;

import io.jigress.plugins.lua.vm.Ast.BinaryOp;
import io.jigress.plugins.lua.vm.Ast.Expr;
import io.jigress.plugins.lua.vm.Ast.Local;
import io.jigress.plugins.lua.vm.Ast.Stat;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Reads a chunk of Lua 5.1, with `goto` and labels as in LuaJIT.
final class Parser {
    /// The deepest nesting of blocks and expressions.
    private static final int MOST_LEVELS = 200;
    private static final int MOST_LOCALS = 200;
    private static final int MOST_UPVALUES = 255;
    private static final int UNARY_PRIORITY = 8;

    private final Lexer lexer;
    private final String chunk;
    private Scope scope;
    private int levels;

    /// The visible locals of the function that is read.
    private static final class Scope {
        final @Nullable Scope outer;
        final Ast.Function function;
        final List<Local> visible = new ArrayList<>();
        int loops;

        Scope(@Nullable Scope outer, Ast.Function function) {
            this.outer = outer;
            this.function = function;
        }
    }

    private Parser(String source, String chunk, int firstLine) {
        lexer = new Lexer(source, chunk, firstLine);
        this.chunk = chunk;
        Ast.Function main = new Ast.Function(null, "main chunk", firstLine);
        main.vararg = true;
        scope = new Scope(null, main);
    }

    /// @throws LuaError with source and line
    static Ast.Function parse(String source, String chunk, int firstLine) {
        Parser parser = new Parser(source, chunk, firstLine);
        parser.scope.function.body = parser.block();
        parser.expect(Token.EOF);
        parser.scope.function.lastLine = parser.lexer.tokenLine;
        return parser.scope.function;
    }

    // ---- tokens

    private LuaError unexpected() {
        return lexer.error("unexpected symbol", true);
    }

    private boolean at(Token token) {
        return lexer.token == token;
    }

    private boolean accept(Token token) {
        if (at(token)) {
            lexer.next();
            return true;
        }
        return false;
    }

    private void expect(Token token) {
        if (!at(token)) {
            throw lexer.error("'" + token.text() + "' expected", true);
        }
        if (token != Token.EOF) {
            lexer.next();
        }
    }

    private void close(Token token, Token opened, int line) {
        if (!at(token)) {
            throw lexer.error(line == lexer.tokenLine
                    ? "'" + token.text() + "' expected"
                    : "'" + token.text() + "' expected (to close '" + opened.text() + "' at line " + line + ")", true);
        }
        lexer.next();
    }

    private String name() {
        if (!at(Token.NAME)) {
            throw lexer.error("<name> expected", true);
        }
        String name = (String) lexer.value;
        lexer.next();
        return name;
    }

    private void enter() {
        if (++levels > MOST_LEVELS) {
            throw lexer.error("chunk has too many syntax levels", true);
        }
    }

    // ---- statements

    private List<Stat> block() {
        enter();
        int visible = scope.visible.size();
        List<Stat> stats = statements();
        leave(visible);
        levels--;
        return stats;
    }

    private void leave(int visible) {
        scope.visible.subList(visible, scope.visible.size()).clear();
    }

    private boolean atBlockEnd() {
        return switch (lexer.token) {
            case EOF, END, ELSE, ELSEIF, UNTIL -> true;
            default -> false;
        };
    }

    private List<Stat> statements() {
        List<Stat> stats = new ArrayList<>();
        while (!atBlockEnd()) {
            if (at(Token.RETURN)) {
                stats.add(returns());
                accept(Token.SEMICOLON);
                break;
            }
            Stat stat = statement();
            accept(Token.SEMICOLON);
            if (stat != null) {
                stats.add(stat);
            }
        }
        return stats;
    }

    private Stat returns() {
        int line = lexer.tokenLine;
        lexer.next();
        List<Expr> values = atBlockEnd() || at(Token.SEMICOLON) ? List.of() : expressions();
        return new Ast.Return(values, line);
    }

    private @Nullable Stat statement() {
        int line = lexer.tokenLine;
        return switch (lexer.token) {
            case IF -> ifs(line);
            case WHILE -> {
                lexer.next();
                Expr condition = expression();
                expect(Token.DO);
                List<Stat> body = loop();
                close(Token.END, Token.WHILE, line);
                yield new Ast.While(condition, body, line);
            }
            case DO -> {
                lexer.next();
                List<Stat> body = block();
                close(Token.END, Token.DO, line);
                yield new Ast.Do(body);
            }
            case FOR -> fors(line);
            case REPEAT -> repeats(line);
            case FUNCTION -> function(line);
            case LOCAL -> {
                lexer.next();
                yield accept(Token.FUNCTION) ? localFunction(line) : local(line);
            }
            case BREAK -> {
                lexer.next();
                if (scope.loops == 0) {
                    throw lexer.error("no loop to break", true);
                }
                yield new Ast.Break(line);
            }
            case LABEL -> {
                lexer.next();
                String label = name();
                expect(Token.LABEL);
                yield new Ast.Label(label, line);
            }
            case SEMICOLON -> {
                throw unexpected();
            }
            default -> {
                if (at(Token.NAME) && lexer.value.equals("goto") && lexer.nameFollows()) {
                    lexer.next();
                    yield new Ast.Goto(name(), line);
                }
                yield expressionStatement(line);
            }
        };
    }

    private List<Stat> loop() {
        scope.loops++;
        List<Stat> body = block();
        scope.loops--;
        return body;
    }

    private Stat ifs(int line) {
        List<Ast.Branch> branches = new ArrayList<>();
        lexer.next();
        Expr condition = expression();
        expect(Token.THEN);
        branches.add(new Ast.Branch(condition, block()));
        while (at(Token.ELSEIF)) {
            lexer.next();
            Expr next = expression();
            expect(Token.THEN);
            branches.add(new Ast.Branch(next, block()));
        }
        if (accept(Token.ELSE)) {
            branches.add(new Ast.Branch(null, block()));
        }
        close(Token.END, Token.IF, line);
        return new Ast.If(branches, line);
    }

    private Stat fors(int line) {
        lexer.next();
        String first = name();
        int visible = scope.visible.size();
        if (accept(Token.ASSIGN)) {
            Expr from = expression();
            expect(Token.COMMA);
            Expr to = expression();
            Expr step = accept(Token.COMMA) ? expression() : null;
            expect(Token.DO);
            Local local = declare(first);
            List<Stat> body = loop();
            leave(visible);
            close(Token.END, Token.FOR, line);
            return new Ast.NumericFor(local, from, to, step, body, line);
        }
        List<String> names = new ArrayList<>(List.of(first));
        while (accept(Token.COMMA)) {
            names.add(name());
        }
        if (!at(Token.IN)) {
            throw lexer.error("'=' or 'in' expected", true);
        }
        lexer.next();
        List<Expr> iterator = expressions();
        expect(Token.DO);
        List<Local> locals = new ArrayList<>();
        for (String each : names) {
            locals.add(declare(each));
        }
        List<Stat> body = loop();
        leave(visible);
        close(Token.END, Token.FOR, line);
        return new Ast.GenericFor(locals, iterator, body, line);
    }

    private Stat repeats(int line) {
        lexer.next();
        enter();
        int visible = scope.visible.size();
        scope.loops++;
        List<Stat> body = statements();
        scope.loops--;
        close(Token.UNTIL, Token.REPEAT, line);
        Expr condition = expression();
        leave(visible);
        levels--;
        return new Ast.Repeat(body, condition, line);
    }

    private Stat function(int line) {
        lexer.next();
        String first = name();
        Expr target = resolve(first, line);
        StringBuilder full = new StringBuilder(first);
        boolean method = false;
        while (at(Token.DOT) || at(Token.COLON)) {
            method = at(Token.COLON);
            lexer.next();
            String key = name();
            full.append(method ? ':' : '.').append(key);
            target = new Ast.Index(target, new Ast.Constant(key), line);
            if (method) {
                break;
            }
        }
        Ast.Function body = functionBody(full.toString(), method, line);
        return new Ast.Assign(List.of(target), List.of(new Ast.FunctionExpr(body)), line);
    }

    private Stat localFunction(int line) {
        String name = name();
        Local local = declare(name);
        return new Ast.LocalFunction(local, functionBody(name, false, line), line);
    }

    private Stat local(int line) {
        List<String> names = new ArrayList<>();
        do {
            names.add(name());
        } while (accept(Token.COMMA));
        List<Expr> values = accept(Token.ASSIGN) ? expressions() : List.of();
        List<Local> locals = new ArrayList<>();
        for (String each : names) {
            locals.add(declare(each));
        }
        return new Ast.LocalStat(locals, values, line);
    }

    private Local declare(String name) {
        if (scope.visible.size() >= MOST_LOCALS) {
            throw new LuaError(chunk + ":" + lexer.tokenLine + ": function at line " + scope.function.line + " has more than "
                    + MOST_LOCALS + " local variables");
        }
        Local local = new Local(name);
        scope.visible.add(local);
        return local;
    }

    private Stat expressionStatement(int line) {
        Expr first = suffixed();
        if (!at(Token.ASSIGN) && !at(Token.COMMA)) {
            if (first instanceof Ast.Call call) {
                return new Ast.CallStat(call, line);
            }
            throw lexer.error("syntax error", true);
        }
        List<Expr> targets = new ArrayList<>();
        targets.add(assignable(first));
        while (accept(Token.COMMA)) {
            targets.add(assignable(suffixed()));
            if (targets.size() > MOST_LOCALS) {
                throw lexer.error("too many variables in assignment", true);
            }
        }
        expect(Token.ASSIGN);
        return new Ast.Assign(targets, expressions(), line);
    }

    private Expr assignable(Expr target) {
        return switch (target) {
            case Ast.LocalRef _,Ast.UpvalueRef _,Ast.Global _,Ast.Index _ -> target;
            default -> throw lexer.error("syntax error", true);
        };
    }

    // ---- expressions

    private List<Expr> expressions() {
        List<Expr> list = new ArrayList<>();
        do {
            list.add(expression());
        } while (accept(Token.COMMA));
        return list;
    }

    private Expr expression() {
        return expression(0);
    }

    private static @Nullable BinaryOp operator(Token token) {
        return switch (token) {
            case PLUS -> BinaryOp.ADD;
            case MINUS -> BinaryOp.SUB;
            case STAR -> BinaryOp.MUL;
            case SLASH -> BinaryOp.DIV;
            case PERCENT -> BinaryOp.MOD;
            case CARET -> BinaryOp.POW;
            case CONCAT -> BinaryOp.CONCAT;
            case EQUAL -> BinaryOp.EQ;
            case UNEQUAL -> BinaryOp.NE;
            case LESS -> BinaryOp.LT;
            case LESS_EQUAL -> BinaryOp.LE;
            case GREATER -> BinaryOp.GT;
            case GREATER_EQUAL -> BinaryOp.GE;
            case AND -> BinaryOp.AND;
            case OR -> BinaryOp.OR;
            default -> null;
        };
    }

    private static int leftPriority(BinaryOp op) {
        return switch (op) {
            case ADD, SUB -> 6;
            case MUL, DIV, MOD -> 7;
            case POW -> 10;
            case CONCAT -> 5;
            case EQ, NE, LT, LE, GT, GE -> 3;
            case AND -> 2;
            case OR -> 1;
        };
    }

    private static int rightPriority(BinaryOp op) {
        return switch (op) {
            case POW -> 9;
            case CONCAT -> 4;
            case ADD, SUB, MUL, DIV, MOD, EQ, NE, LT, LE, GT, GE, AND, OR -> leftPriority(op);
        };
    }

    private Expr expression(int limit) {
        enter();
        Expr left;
        int line = lexer.tokenLine;
        left = switch (lexer.token) {
            case NOT -> unary(Ast.UnaryOp.NOT, line);
            case MINUS -> unary(Ast.UnaryOp.NEGATE, line);
            case HASH -> unary(Ast.UnaryOp.LENGTH, line);
            default -> simple();
        };
        BinaryOp op = operator(lexer.token);
        while (op != null && leftPriority(op) > limit) {
            int at = lexer.tokenLine;
            lexer.next();
            left = new Ast.Binary(op, left, expression(rightPriority(op)), at);
            op = operator(lexer.token);
        }
        levels--;
        return left;
    }

    private Expr unary(Ast.UnaryOp op, int line) {
        lexer.next();
        Expr operand = expression(UNARY_PRIORITY);
        if (op == Ast.UnaryOp.NEGATE && operand instanceof Ast.Constant(Double number)) {
            return new Ast.Constant(-number);
        }
        return new Ast.Unary(op, operand, line);
    }

    private Expr simple() {
        Expr constant = switch (lexer.token) {
            case NUMBER, STRING -> new Ast.Constant(lexer.value);
            case NIL -> new Ast.Constant(Nil.NIL);
            case TRUE -> new Ast.Constant(true);
            case FALSE -> new Ast.Constant(false);
            case DOTS -> {
                if (!scope.function.vararg) {
                    throw lexer.error("cannot use '...' outside a vararg function", true);
                }
                yield new Ast.Vararg();
            }
            default -> null;
        };
        if (constant != null) {
            lexer.next();
            return constant;
        }
        if (at(Token.OPEN_BRACE)) {
            return table();
        }
        int line = lexer.tokenLine;
        if (accept(Token.FUNCTION)) {
            return new Ast.FunctionExpr(functionBody("", false, line));
        }
        return suffixed();
    }

    private Expr suffixed() {
        int line = lexer.tokenLine;
        Expr expr;
        if (accept(Token.OPEN)) {
            Expr inner = expression();
            close(Token.CLOSE, Token.OPEN, line);
            expr = new Ast.Paren(inner);
        } else if (at(Token.NAME)) {
            expr = resolve(name(), line);
        } else {
            throw unexpected();
        }
        while (true) {
            int at = lexer.tokenLine;
            switch (lexer.token) {
                case DOT -> {
                    lexer.next();
                    expr = new Ast.Index(expr, new Ast.Constant(name()), at);
                }
                case OPEN_BRACKET -> {
                    lexer.next();
                    Expr key = expression();
                    expect(Token.CLOSE_BRACKET);
                    expr = new Ast.Index(expr, key, at);
                }
                case COLON -> {
                    lexer.next();
                    String method = name();
                    expr = new Ast.Call(expr, method, arguments(), at);
                }
                case OPEN, STRING, OPEN_BRACE -> {
                    if (at(Token.OPEN) && lexer.lastLine != at) {
                        throw lexer.error("ambiguous syntax (function call x new statement)", true);
                    }
                    expr = new Ast.Call(expr, null, arguments(), at);
                }
                default -> {
                    return expr;
                }
            }
        }
    }

    private List<Expr> arguments() {
        int line = lexer.tokenLine;
        return switch (lexer.token) {
            case STRING -> {
                Expr text = new Ast.Constant(lexer.value);
                lexer.next();
                yield List.of(text);
            }
            case OPEN_BRACE -> List.of(table());
            case OPEN -> {
                lexer.next();
                List<Expr> arguments = at(Token.CLOSE) ? List.of() : expressions();
                close(Token.CLOSE, Token.OPEN, line);
                yield arguments;
            }
            default -> throw lexer.error("function arguments expected", true);
        };
    }

    private Expr table() {
        int line = lexer.tokenLine;
        expect(Token.OPEN_BRACE);
        List<Ast.Item> items = new ArrayList<>();
        while (!at(Token.CLOSE_BRACE)) {
            if (accept(Token.OPEN_BRACKET)) {
                Expr key = expression();
                expect(Token.CLOSE_BRACKET);
                expect(Token.ASSIGN);
                items.add(new Ast.Item(key, expression()));
            } else {
                Expr value = expression();
                // A name before an equals sign was read as an expression.
                if (at(Token.ASSIGN) && nameOf(value) != null) {
                    lexer.next();
                    items.add(new Ast.Item(new Ast.Constant(Objects.requireNonNull(nameOf(value))), expression()));
                } else {
                    items.add(new Ast.Item(null, value));
                }
            }
            if (!accept(Token.COMMA) && !accept(Token.SEMICOLON)) {
                break;
            }
        }
        close(Token.CLOSE_BRACE, Token.OPEN_BRACE, line);
        return new Ast.TableExpr(items, line);
    }

    private static @Nullable String nameOf(Expr expr) {
        return switch (expr) {
            case Ast.LocalRef(Local local) -> local.name;
            case Ast.UpvalueRef(int _, String name) -> name;
            case Ast.Global(String name, int _) -> name;
            default -> null;
        };
    }

    private Ast.Function functionBody(String name, boolean method, int line) {
        Ast.Function function = new Ast.Function(scope.function, name, line);
        scope = new Scope(scope, function);
        enter();
        if (method) {
            function.parameters.add(declare("self"));
        }
        expect(Token.OPEN);
        if (!at(Token.CLOSE)) {
            do {
                if (accept(Token.DOTS)) {
                    function.vararg = true;
                    break;
                }
                function.parameters.add(declare(name()));
            } while (accept(Token.COMMA));
        }
        expect(Token.CLOSE);
        function.body = block();
        function.lastLine = lexer.tokenLine;
        close(Token.END, Token.FUNCTION, line);
        levels--;
        scope = Objects.requireNonNull(scope.outer);
        return function;
    }

    private Expr resolve(String name, int line) {
        Local local = visible(scope, name);
        if (local != null) {
            return new Ast.LocalRef(local);
        }
        int upvalue = upvalue(scope, name);
        return upvalue >= 0 ? new Ast.UpvalueRef(upvalue, name) : new Ast.Global(name, line);
    }

    private static @Nullable Local visible(Scope in, String name) {
        for (int i = in.visible.size() - 1; i >= 0; i--) {
            if (in.visible.get(i).name.equals(name)) {
                return in.visible.get(i);
            }
        }
        return null;
    }

    /// The upvalue of this name, or -1 when no function around this one has such a local.
    private int upvalue(Scope in, String name) {
        Scope outer = in.outer;
        if (outer == null) {
            return -1;
        }
        Local local = visible(outer, name);
        int index = local == null ? upvalue(outer, name) : -1;
        if (local == null && index < 0) {
            return -1;
        }
        List<Ast.Upvalue> upvalues = in.function.upvalues;
        for (int i = 0; i < upvalues.size(); i++) {
            if (upvalues.get(i).local() == local && upvalues.get(i).outer() == index) {
                return i;
            }
        }
        if (upvalues.size() == MOST_UPVALUES) {
            throw lexer.error("function at line " + in.function.line + " has more than " + MOST_UPVALUES + " upvalues", true);
        }
        if (local != null) {
            local.shared = true;
        }
        upvalues.add(new Ast.Upvalue(name, local, index));
        return upvalues.size() - 1;
    }
}
