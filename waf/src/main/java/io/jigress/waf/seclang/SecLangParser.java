package io.jigress.waf.seclang;

import io.jigress.waf.seclang.Directive.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Parses the text of a rule file. Every problem is reported, not only the first.
///
/// The text has one character per byte (ISO 8859-1), so that patterns apply to the bytes of the file.
public final class SecLangParser {
    /// A longer directive is refused.
    static final int MAX_DIRECTIVE = 256 * 1024;

    private final String file;
    private final List<Directive> directives = new ArrayList<>();
    private final List<SecLangProblem> problems = new ArrayList<>();

    private SecLangParser(String file) {
        this.file = file;
    }

    /// Parses a file.
    public static ParsedRules parse(String file, String text) {
        SecLangParser parser = new SecLangParser(file);
        parser.lines(text);
        return new ParsedRules(parser.directives, parser.problems);
    }

    /// Parses the targets in an action, such as `ARGS:q` of `ctl:ruleRemoveTargetById=1;ARGS:q`.
    public static List<Target> targets(SourcePlace place, String text, List<SecLangProblem> problems) {
        SecLangParser parser = new SecLangParser(place.file());
        LogicalLine line = new LogicalLine(place.file());
        line.add(text, place.line(), place.column());
        List<Target> targets = parser.targets(line, new Word(text, 0));
        problems.addAll(parser.problems);
        return targets;
    }

    private void lines(String text) {
        LogicalLine logical = new LogicalLine(file);
        int number = 0;
        int at = 0;
        while (at <= text.length()) {
            int end = text.indexOf('\n', at);
            String line = text.substring(at, end < 0 ? text.length() : end);
            at = end < 0 ? text.length() + 1 : end + 1;
            number++;
            if (line.endsWith("\r")) {
                line = line.substring(0, line.length() - 1);
            }
            int indent = 0;
            while (indent < line.length() && isSpace(line.charAt(indent))) {
                indent++;
            }
            // A comment may occur between the lines of a directive.
            if (indent < line.length() && line.charAt(indent) == '#') {
                continue;
            }
            boolean goesOn = line.endsWith("\\");
            String part = line.substring(indent, goesOn ? line.length() - 1 : line.length());
            if (!part.isEmpty() || goesOn) {
                logical.add(part, number, indent + 1);
            }
            if (!goesOn && !logical.isEmpty()) {
                directive(logical);
                logical = new LogicalLine(file);
            }
        }
        if (!logical.isEmpty()) {
            problem(logical, 0, "the file ends in the middle of a directive", "a line after the backslash");
        }
    }

    private void directive(LogicalLine line) {
        if (line.text().isBlank()) {
            return;
        }
        if (line.text().length() > MAX_DIRECTIVE) {
            problem(line, 0, "a directive of " + line.text().length() + " bytes", "at most " + MAX_DIRECTIVE);
            return;
        }
        Optional<List<Word>> split = words(line);
        if (split.isEmpty()) {
            return;
        }
        List<Word> words = split.get();
        String name = words.get(0).text();
        List<Word> arguments = words.subList(1, words.size());
        SourcePlace place = line.place(words.get(0).offset());
        int before = problems.size();
        Optional<Directive> directive = switch (name.toLowerCase(Locale.ROOT)) {
            case "secrule" -> rule(line, place, arguments);
            case "secaction" -> expect(line, arguments, 1, "SecAction ACTIONS")
                    ? Optional.of(new Directive.Action(place, actions(line, arguments.get(0))))
                    : Optional.empty();
            case "secdefaultaction" -> expect(line, arguments, 1, "SecDefaultAction ACTIONS")
                    ? Optional.of(new Directive.DefaultAction(place, actions(line, arguments.get(0))))
                    : Optional.empty();
            case "secmarker" -> expect(line, arguments, 1, "SecMarker LABEL")
                    ? Optional.of(new Directive.Marker(place, unquoted(arguments.get(0).text())))
                    : Optional.empty();
            case "include" -> expect(line, arguments, 1, "Include FILE")
                    ? Optional.of(new Directive.Include(place, arguments.get(0).text()))
                    : Optional.empty();
            case "secruleremovebyid" -> byIds(line, arguments, "SecRuleRemoveById ID...")
                    .map(ids -> new Directive.RemoveRules(place, ids));
            case "secruleremovebytag" -> expect(line, arguments, 1, "SecRuleRemoveByTag PATTERN")
                    ? Optional.of(new Directive.RemoveRules(place, new RuleSelector.ByTag(arguments.get(0).text())))
                    : Optional.empty();
            case "secruleremovebymsg" -> expect(line, arguments, 1, "SecRuleRemoveByMsg PATTERN")
                    ? Optional.of(new Directive.RemoveRules(place, new RuleSelector.ByMessage(arguments.get(0).text())))
                    : Optional.empty();
            case "secruleupdatetargetbyid" -> updateTargets(line, place, arguments, "SecRuleUpdateTargetById ID TARGETS");
            case "secruleupdatetargetbytag" -> updateTargets(line, place, arguments, "SecRuleUpdateTargetByTag PATTERN TARGETS");
            case "secruleupdatetargetbymsg" -> updateTargets(line, place, arguments, "SecRuleUpdateTargetByMsg PATTERN TARGETS");
            case "secruleupdateactionbyid" -> expect(line, arguments, 2, "SecRuleUpdateActionById ID ACTIONS")
                    ? byIds(line, arguments.subList(0, 1), "SecRuleUpdateActionById ID ACTIONS")
                            .map(ids -> new Directive.UpdateActions(place, ids, actions(line, arguments.get(1))))
                    : Optional.empty();
            default -> Optional.of(new Setting(place, name, arguments.stream().map(Word::text).toList()));
        };
        if (problems.size() == before) {
            directive.ifPresent(directives::add);
        }
    }

    private Optional<Directive> rule(LogicalLine line, SourcePlace place, List<Word> arguments) {
        if (arguments.size() < 2 || arguments.size() > 3) {
            problem(line, 0, "SecRule with " + arguments.size() + " arguments", "SecRule TARGETS OPERATOR [ACTIONS]");
            return Optional.empty();
        }
        List<Target> targets = targets(line, arguments.get(0));
        Optional<OperatorCall> operator = operator(line, arguments.get(1));
        List<ActionCall> actions = arguments.size() == 3 ? actions(line, arguments.get(2)) : List.of();
        return operator.map(call -> new Directive.Rule(place, targets, call, actions));
    }

    private Optional<Directive> updateTargets(LogicalLine line, SourcePlace place, List<Word> arguments, String usage) {
        if (!expect(line, arguments, 2, usage)) {
            return Optional.empty();
        }
        String text = arguments.get(0).text();
        RuleSelector selector;
        if (usage.contains("ByTag")) {
            selector = new RuleSelector.ByTag(text);
        } else if (usage.contains("ByMsg")) {
            selector = new RuleSelector.ByMessage(text);
        } else {
            Optional<RuleSelector.ByIds> ids = byIds(line, arguments.subList(0, 1), usage);
            if (ids.isEmpty()) {
                return Optional.empty();
            }
            selector = ids.get();
        }
        return Optional.of(new Directive.UpdateTargets(place, selector, targets(line, arguments.get(1))));
    }

    private Optional<RuleSelector.ByIds> byIds(LogicalLine line, List<Word> words, String usage) {
        Optional<RuleSelector.ByIds> ids = RuleSelector.ids(words.stream().map(Word::text).toList());
        if (ids.isEmpty()) {
            problem(line, 0, "no valid rule id", usage);
        }
        return ids;
    }

    private boolean expect(LogicalLine line, List<Word> arguments, int count, String usage) {
        if (arguments.size() == count) {
            return true;
        }
        problem(line, 0, arguments.size() + " arguments", usage);
        return false;
    }

    /// An argument without its quotes, and the position of its first character in the line.
    private record Word(String text, int offset) {
    }

    private Optional<List<Word>> words(LogicalLine line) {
        String text = line.text();
        List<Word> words = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < text.length() && isSpace(text.charAt(at))) {
                at++;
            }
            if (at >= text.length()) {
                return Optional.of(words);
            }
            char quote = text.charAt(at);
            int start = at;
            if (quote == '"' || quote == '\'') {
                StringBuilder word = new StringBuilder();
                at++;
                while (at < text.length() && text.charAt(at) != quote) {
                    // Only the quote itself is unescaped: other backslashes belong to the expression.
                    if (text.charAt(at) == '\\' && at + 1 < text.length() && text.charAt(at + 1) == quote) {
                        at++;
                    }
                    word.append(text.charAt(at++));
                }
                if (at >= text.length()) {
                    problem(line, start, "a quote that does not end", "a closing " + quote);
                    return Optional.empty();
                }
                at++;
                if (at < text.length() && !isSpace(text.charAt(at))) {
                    problem(line, at, "text right after a closing quote", "a space");
                    return Optional.empty();
                }
                words.add(new Word(word.toString(), start + 1));
            } else {
                while (at < text.length() && !isSpace(text.charAt(at))) {
                    at++;
                }
                words.add(new Word(text.substring(start, at), start));
            }
        }
    }

    private List<Target> targets(LogicalLine line, Word word) {
        List<Target> targets = new ArrayList<>();
        String text = word.text();
        int at = 0;
        while (at <= text.length()) {
            int start = at;
            Target.Kind kind = Target.Kind.VALUE;
            while (at < text.length() && (text.charAt(at) == '!' || text.charAt(at) == '&' || isSpace(text.charAt(at)))) {
                if (!isSpace(text.charAt(at))) {
                    kind = text.charAt(at) == '!' ? Target.Kind.EXCLUSION : Target.Kind.COUNT;
                }
                at++;
            }
            int nameStart = at;
            while (at < text.length() && text.charAt(at) != '|' && text.charAt(at) != ',' && text.charAt(at) != ':') {
                at++;
            }
            String name = text.substring(nameStart, at).strip().toUpperCase(Locale.ROOT);
            SourcePlace place = line.place(word.offset() + start);
            if (name.isEmpty()) {
                problems.add(new SecLangProblem(place, "a target without a name", "a variable, such as ARGS"));
                return targets;
            }
            Target.Selector selector = Target.All.ALL;
            if (at < text.length() && text.charAt(at) == ':') {
                at++;
                boolean quoted = at < text.length() && text.charAt(at) == '\'';
                int bodyStart = quoted ? at + 1 : at;
                boolean expression = bodyStart < text.length() && text.charAt(bodyStart) == '/' && !name.equals("XML");
                int end = expression ? expressionEnd(text, bodyStart + 1) : keyEnd(text, bodyStart, quoted);
                if (end < 0) {
                    problems.add(new SecLangProblem(place, "a selector that does not end",
                            expression ? "a closing /" : "a closing '"));
                    return targets;
                }
                selector = expression
                        ? new Target.Expression(text.substring(bodyStart + 1, end).replace("\\/", "/"))
                        : new Target.Key(text.substring(bodyStart, end));
                at = end + (expression ? 1 : 0) + (quoted ? 1 : 0);
            }
            targets.add(new Target(place, name, kind, selector));
            if (at < text.length() && text.charAt(at) != '|' && text.charAt(at) != ',') {
                problems.add(new SecLangProblem(line.place(word.offset() + at), "text after a target", "| or the end"));
                return targets;
            }
            at++;
        }
        return targets;
    }

    private static int expressionEnd(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == '/') {
                return i;
            }
        }
        return -1;
    }

    private static int keyEnd(String text, int from, boolean quoted) {
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted ? c == '\'' : c == '|' || c == ',') {
                return i;
            }
        }
        return quoted ? -1 : text.length();
    }

    private Optional<OperatorCall> operator(LogicalLine line, Word word) {
        String text = word.text();
        int at = 0;
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        boolean negated = at < text.length() && text.charAt(at) == '!';
        if (negated) {
            at++;
            while (at < text.length() && isSpace(text.charAt(at))) {
                at++;
            }
        }
        SourcePlace place = line.place(word.offset() + at);
        if (at >= text.length() || text.charAt(at) != '@') {
            return Optional.of(new OperatorCall(place, "rx", text.substring(at), negated));
        }
        int end = at + 1;
        while (end < text.length() && !isSpace(text.charAt(end))) {
            end++;
        }
        if (end == at + 1) {
            problems.add(new SecLangProblem(place, "an @ without a name", "an operator, such as @rx"));
            return Optional.empty();
        }
        String name = text.substring(at + 1, end);
        while (end < text.length() && isSpace(text.charAt(end))) {
            end++;
        }
        return Optional.of(new OperatorCall(place, name, text.substring(end), negated));
    }

    private List<ActionCall> actions(LogicalLine line, Word word) {
        List<ActionCall> actions = new ArrayList<>();
        String text = word.text();
        int at = 0;
        while (true) {
            while (at < text.length() && (isSpace(text.charAt(at)) || text.charAt(at) == ',')) {
                at++;
            }
            if (at >= text.length()) {
                return actions;
            }
            int start = at;
            while (at < text.length() && text.charAt(at) != ':' && text.charAt(at) != ',' && text.charAt(at) != '=') {
                at++;
            }
            SourcePlace place = line.place(word.offset() + start);
            String name = text.substring(start, at).strip().toLowerCase(Locale.ROOT);
            String argument = "";
            if (at < text.length() && text.charAt(at) != ',') {
                at++;
                while (at < text.length() && isSpace(text.charAt(at))) {
                    at++;
                }
                if (at < text.length() && text.charAt(at) == '\'') {
                    StringBuilder value = new StringBuilder();
                    at++;
                    while (at < text.length() && text.charAt(at) != '\'') {
                        if (text.charAt(at) == '\\' && at + 1 < text.length() && text.charAt(at + 1) == '\'') {
                            at++;
                        }
                        value.append(text.charAt(at++));
                    }
                    if (at >= text.length()) {
                        problems.add(new SecLangProblem(place, "the value of " + name + " does not end", "a closing '"));
                        return actions;
                    }
                    at++;
                    argument = value.toString();
                } else {
                    int valueStart = at;
                    while (at < text.length() && text.charAt(at) != ',') {
                        at++;
                    }
                    argument = text.substring(valueStart, at).strip();
                }
                int end = at;
                while (end < text.length() && isSpace(text.charAt(end))) {
                    end++;
                }
                if (end < text.length() && text.charAt(end) != ',') {
                    problems.add(
                            new SecLangProblem(line.place(word.offset() + end), "text after the value of " + name, "a comma"));
                    return actions;
                }
                at = end;
            }
            if (name.isEmpty()) {
                problems.add(new SecLangProblem(place, "an action without a name", "an action, such as deny"));
                return actions;
            }
            actions.add(new ActionCall(place, name, argument));
        }
    }

    private void problem(LogicalLine line, int offset, String message, String expected) {
        problems.add(new SecLangProblem(line.place(offset), message, expected));
    }

    private static String unquoted(String text) {
        return text.length() > 1 && text.startsWith("'") && text.endsWith("'") ? text.substring(1, text.length() - 1) : text;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t';
    }
}
