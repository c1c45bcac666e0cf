package io.jigress.waf;

import io.jigress.waf.model.FieldName;
import io.jigress.waf.model.Macro;
import io.jigress.waf.model.Variable;
import io.jigress.waf.seclang.ActionCall;
import io.jigress.waf.seclang.RuleSelector;
import io.jigress.waf.seclang.SecLangParser;
import io.jigress.waf.seclang.SecLangProblem;
import io.jigress.waf.seclang.Target;
import io.jigress.waf.transform.Transformation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Applies the actions of a directive to a rule.
final class ActionReader {
    private static final Set<String> DISRUPTIVE = Set.of("allow", "block", "deny", "drop", "pass", "redirect");
    private static final List<String> SEVERITIES = List.of("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO",
            "DEBUG");
    private static final List<ActionCall> NO_DEFAULTS = List.of();

    private final RuleCompiler compiler;
    private final Rule rule;
    private final List<SecLangProblem> problems;
    private final List<RuleAction> actions;
    private final List<Transformation> transformations;
    private final List<String> tags;
    private List<ActionCall> defaults = NO_DEFAULTS;
    private boolean isLink;

    ActionReader(RuleCompiler compiler, Rule rule, List<SecLangProblem> problems) {
        this.compiler = compiler;
        this.rule = rule;
        this.problems = problems;
        actions = new ArrayList<>(Arrays.asList(rule.actions));
        transformations = new ArrayList<>(Arrays.asList(rule.transformations));
        tags = new ArrayList<>(rule.tags);
    }

    static int phase(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "1" -> 1;
            case "2", "request" -> 2;
            case "3" -> 3;
            case "4", "response" -> 4;
            case "5", "logging" -> 5;
            default -> 0;
        };
    }

    void head(List<ActionCall> calls, Map<Integer, List<ActionCall>> defaultActions) {
        for (ActionCall call : calls) {
            if (call.name().equals("phase")) {
                int phase = phase(call.argument());
                if (phase == 0) {
                    problem(call, "the phase " + call.argument(), "1 to 5, request, response or logging");
                } else {
                    rule.phase = phase;
                }
            }
        }
        defaults = defaultActions.getOrDefault(rule.phase, NO_DEFAULTS);
        boolean decides = calls.stream().anyMatch(call -> DISRUPTIVE.contains(call.name()));
        for (ActionCall call : defaults) {
            if (!DISRUPTIVE.contains(call.name()) || !decides) {
                apply(call);
            }
        }
        calls.forEach(this::apply);
        done();
    }

    void link(List<ActionCall> calls) {
        isLink = true;
        calls.forEach(this::apply);
        done();
    }

    void update(List<ActionCall> calls) {
        if (calls.stream().anyMatch(call -> call.name().equals("t"))) {
            transformations.clear();
        }
        calls.forEach(this::apply);
        done();
    }

    private void done() {
        rule.actions = actions.toArray(new RuleAction[0]);
        rule.transformations = transformations.toArray(new Transformation[0]);
        rule.tags = List.copyOf(tags);
    }

    private void apply(ActionCall call) {
        String argument = call.argument();
        if (isLink && (DISRUPTIVE.contains(call.name()) && !call.name().equals("pass") && !call.name().equals("block")
                || call.name().equals("id") || call.name().equals("phase"))) {
            problem(call, call.name() + " in a later rule of a chain", "it in the chain's first rule");
            return;
        }
        switch (call.name()) {
            case "id" -> rule.id = number(call, 1, 999_999_999_999L);
            case "phase" -> {
            }
            case "msg" -> rule.message = macro(call, argument);
            case "logdata" -> rule.data = macro(call, argument);
            case "severity" -> rule.severity = severity(call);
            case "tag" -> tags.add(argument);
            case "rev", "ver", "maturity", "accuracy" -> {
            }
            case "log" -> {
                rule.log = true;
                rule.audit = true;
            }
            case "nolog" -> {
                rule.log = false;
                rule.audit = false;
            }
            case "auditlog" -> rule.audit = true;
            case "noauditlog" -> rule.audit = false;
            case "capture" -> rule.capture = true;
            case "multimatch" -> rule.multiMatch = true;
            case "chain" -> rule.startsChain = true;
            case "skip" -> rule.skip = (int) number(call, 1, 10_000);
            case "skipafter" -> rule.skipAfter = argument;
            case "status" -> rule.status = (int) number(call, 100, 599);
            case "t" -> transformation(call);
            case "pass" -> rule.decision = Rule.Decision.NONE;
            case "deny" -> rule.decision = Rule.Decision.DENY;
            case "drop" -> rule.decision = Rule.Decision.DROP;
            case "redirect" -> {
                rule.decision = Rule.Decision.REDIRECT;
                rule.location = macro(call, argument);
                rule.status = rule.status == 403 ? 302 : rule.status;
            }
            case "allow" -> rule.decision = switch (argument.toLowerCase(Locale.ROOT)) {
                case "" -> Rule.Decision.ALLOW;
                case "phase" -> Rule.Decision.ALLOW_PHASE;
                case "request" -> Rule.Decision.ALLOW_REQUEST;
                default -> {
                    problem(call, "allow:" + argument, "allow, allow:phase or allow:request");
                    yield Rule.Decision.ALLOW;
                }
            };
            case "block" -> {
                // The phase's default decides what blocking means.
                for (ActionCall fallback : defaults) {
                    if (DISRUPTIVE.contains(fallback.name()) && !fallback.name().equals("block")) {
                        apply(fallback);
                    }
                }
            }
            case "setvar" -> setVariable(call);
            case "expirevar" -> expire(call);
            case "initcol" -> openCollection(call);
            case "ctl" -> control(call);
            default -> problem(call, "the action " + call.name() + " is not supported", "an action that the engine knows");
        }
    }

    private @Nullable Macro macro(ActionCall call, String text) {
        return compiler.macro(text, call.place()).orElse(null);
    }

    private int severity(ActionCall call) {
        int named = SEVERITIES.indexOf(call.argument().toUpperCase(Locale.ROOT));
        return named >= 0 ? named : (int) number(call, 0, 7);
    }

    private void transformation(ActionCall call) {
        if (call.argument().equalsIgnoreCase("none")) {
            transformations.clear();
            return;
        }
        Optional<Transformation> known = Transformation.byName(call.argument());
        if (known.isEmpty()) {
            problem(call, "the transformation " + call.argument() + " is not supported",
                    "a transformation that the engine knows");
        } else {
            transformations.add(known.get());
        }
    }

    private void setVariable(ActionCall call) {
        String text = call.argument();
        boolean remove = text.startsWith("!");
        int equals = text.indexOf('=');
        String name = text.substring(remove ? 1 : 0, equals < 0 ? text.length() : equals).strip();
        String value = equals < 0 ? "1" : text.substring(equals + 1);
        RuleAction.Change change = remove ? RuleAction.Change.REMOVE : RuleAction.Change.SET;
        if (!remove && (value.startsWith("+") || value.startsWith("-"))) {
            change = value.startsWith("+") ? RuleAction.Change.ADD : RuleAction.Change.SUBTRACT;
            value = value.substring(1);
        }
        int dot = name.indexOf('.');
        Optional<Variable> collection = collection(call, dot < 0 ? name : name.substring(0, dot), true);
        if (collection.isEmpty() || dot < 0) {
            if (dot < 0) {
                problem(call, "setvar:" + text, "a member, such as tx.name=1");
            }
            return;
        }
        Macro field = macro(call, name.substring(dot + 1).toLowerCase(Locale.ROOT));
        Macro content = macro(call, value);
        if (field != null && content != null) {
            actions.add(new RuleAction.SetVariable(collection.get(), field,
                    field.isConstant() ? FieldName.of(field.source()) : null, change, content));
        }
    }

    private Optional<Variable> collection(ActionCall call, String name, boolean withTx) {
        Optional<Variable> collection = Variable.byName(name).filter(known -> known == Variable.IP || known == Variable.SESSION
                || known == Variable.GLOBAL || known == Variable.USER || known == Variable.RESOURCE
                || withTx && known == Variable.TX);
        if (collection.isEmpty()) {
            problem(call, "the collection " + name, (withTx ? "tx, " : "") + "ip, session, global, user or resource");
        }
        return collection;
    }

    private void expire(ActionCall call) {
        int equals = call.argument().indexOf('=');
        int dot = call.argument().indexOf('.');
        if (equals < 0 || dot < 0 || dot > equals) {
            problem(call, "expirevar:" + call.argument(), "a member and seconds, such as ip.blocked=60");
            return;
        }
        Optional<Variable> collection = collection(call, call.argument().substring(0, dot), false);
        Macro field = macro(call, call.argument().substring(dot + 1, equals).toLowerCase(Locale.ROOT));
        Macro seconds = macro(call, call.argument().substring(equals + 1));
        if (collection.isPresent() && field != null && seconds != null) {
            actions.add(new RuleAction.Expire(collection.get(), field, seconds));
        }
    }

    private void openCollection(ActionCall call) {
        int equals = call.argument().indexOf('=');
        if (equals < 0) {
            problem(call, "initcol:" + call.argument(), "a collection and its key, such as ip=%{REMOTE_ADDR}");
            return;
        }
        Optional<Variable> collection = collection(call, call.argument().substring(0, equals), false);
        Macro key = macro(call, call.argument().substring(equals + 1));
        if (collection.isPresent() && key != null) {
            actions.add(new RuleAction.OpenCollection(collection.get(), key));
        }
    }

    private void control(ActionCall call) {
        int equals = call.argument().indexOf('=');
        String name = (equals < 0 ? call.argument() : call.argument().substring(0, equals)).strip().toLowerCase(Locale.ROOT);
        String value = equals < 0 ? "" : call.argument().substring(equals + 1).strip();
        switch (name) {
            case "ruleengine" -> {
                switch (value.toLowerCase(Locale.ROOT)) {
                    case "on" -> actions.add(new RuleAction.SetMode(EngineMode.ON));
                    case "off" -> actions.add(new RuleAction.SetMode(EngineMode.OFF));
                    case "detectiononly" -> actions.add(new RuleAction.SetMode(EngineMode.DETECTION_ONLY));
                    default -> problem(call, "ctl:ruleEngine=" + value, "On, Off or DetectionOnly");
                }
            }
            case "requestbodyaccess" -> actions.add(new RuleAction.SetRequestBodyAccess(onOff(call, value)));
            case "responsebodyaccess" -> actions.add(new RuleAction.SetResponseBodyAccess(onOff(call, value)));
            case "forcerequestbodyvariable" -> actions.add(new RuleAction.ForceRequestBody(onOff(call, value)));
            case "requestbodyprocessor" -> {
                String processor = value.toUpperCase(Locale.ROOT);
                if (Set.of("URLENCODED", "MULTIPART", "JSON", "XML").contains(processor)) {
                    actions.add(new RuleAction.SetRequestBodyProcessor(processor));
                } else {
                    problem(call, "ctl:requestBodyProcessor=" + value, "URLENCODED, MULTIPART, JSON or XML");
                }
            }
            case "requestbodylimit" -> actions.add(new RuleAction.SetRequestBodyLimit((int) number(call, value, 1, 1 << 30)));
            case "responsebodylimit" -> actions.add(new RuleAction.SetResponseBodyLimit((int) number(call, value, 1, 1 << 30)));
            case "auditengine" -> actions.add(new RuleAction.SetAudit(!value.equalsIgnoreCase("off")));
            case "auditlogparts", "debugloglevel" -> {
            }
            case "ruleremovebyid" -> removal(call, value, "id", false);
            case "ruleremovebytag" -> removal(call, value, "tag", false);
            case "ruleremovebymsg" -> removal(call, value, "msg", false);
            case "ruleremovetargetbyid" -> removal(call, value, "id", true);
            case "ruleremovetargetbytag" -> removal(call, value, "tag", true);
            case "ruleremovetargetbymsg" -> removal(call, value, "msg", true);
            default -> problem(call, "ctl:" + name + " is not supported", "a ctl that the engine knows");
        }
    }

    private void removal(ActionCall call, String value, String by, boolean withTarget) {
        int semicolon = withTarget ? value.indexOf(';') : value.length();
        if (semicolon < 0) {
            problem(call, "ctl:" + call.argument(), "rules, a semicolon and a target");
            return;
        }
        String rules = value.substring(0, semicolon).strip();
        RuleSelector selector = switch (by) {
            case "tag" -> new RuleSelector.ByTag(rules);
            case "msg" -> new RuleSelector.ByMessage(rules);
            default -> RuleSelector.ids(List.of(rules)).map(RuleSelector.class::cast).orElse(null);
        };
        if (selector == null) {
            problem(call, "ctl:" + call.argument(), "an id or a range of ids");
            return;
        }
        if (!withTarget) {
            compiler.pending(rule, new RuleCompiler.Pending(selector, null));
            return;
        }
        for (Target target : SecLangParser.targets(call.place(), value.substring(semicolon + 1).strip(), problems)) {
            compiler.target(target).ifPresent(compiled -> compiler.pending(rule, new RuleCompiler.Pending(selector, compiled)));
        }
    }

    private boolean onOff(ActionCall call, String value) {
        if (!value.equalsIgnoreCase("on") && !value.equalsIgnoreCase("off")) {
            problem(call, "ctl:" + call.argument(), "On or Off");
        }
        return value.equalsIgnoreCase("on");
    }

    private long number(ActionCall call, long min, long max) {
        return number(call, call.argument(), min, max);
    }

    private long number(ActionCall call, String text, long min, long max) {
        if (text.isEmpty() || text.length() > 15 || !text.chars().allMatch(c -> c >= '0' && c <= '9')
                || Long.parseLong(text) < min || Long.parseLong(text) > max) {
            problem(call, call.name() + ":" + call.argument(), "a number of " + min + " to " + max);
            return min;
        }
        return Long.parseLong(text);
    }

    private void problem(ActionCall call, String message, String expected) {
        problems.add(new SecLangProblem(call.place(), message, expected));
    }
}
