package io.jigress.waf;

import io.jigress.waf.model.Macro;
import io.jigress.waf.model.Variable;
import io.jigress.waf.operator.Operator;
import io.jigress.waf.operator.OperatorResult;
import io.jigress.waf.operator.Operators;
import io.jigress.waf.regex.DfaBudget;
import io.jigress.waf.regex.Regex;
import io.jigress.waf.regex.RegexRefusal;
import io.jigress.waf.seclang.ActionCall;
import io.jigress.waf.seclang.Directive;
import io.jigress.waf.seclang.OperatorCall;
import io.jigress.waf.seclang.RuleSelector;
import io.jigress.waf.seclang.SecLangProblem;
import io.jigress.waf.seclang.SourcePlace;
import io.jigress.waf.seclang.Target;
import io.jigress.waf.transform.Transformation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Compiles directives to rules: resolves names, shares equal operators, orders the rules by phase.
final class RuleCompiler {
    private final BiFunction<SourcePlace, DfaBudget, Operators> operators;
    private final DfaBudget budget;
    private final List<SecLangProblem> problems;
    private final Prefilter.Builder prefilter = new Prefilter.Builder();
    private final Map<String, Operator> knownOperators = new HashMap<>();

    private final List<Rule> heads = new ArrayList<>();
    private final Map<Long, Rule> byId = new HashMap<>();
    private final List<MarkerAt> markers = new ArrayList<>();
    private final Map<Integer, List<ActionCall>> defaults = new HashMap<>();
    /// Actions that refer to other rules; resolved when all rules are known.
    private final Map<Rule, List<Pending>> pending = new HashMap<>();
    private @Nullable Rule openChain;
    private int sequence;

    private record MarkerAt(String label, int sequence) {
    }

    record Pending(RuleSelector selector, @Nullable RuleTarget target) {
    }

    record Compiled(Rule[][] phases, int count, int views, int targetLists, Prefilter prefilter) {
    }

    RuleCompiler(BiFunction<SourcePlace, DfaBudget, Operators> operators, DfaBudget budget, List<SecLangProblem> problems) {
        this.operators = operators;
        this.budget = budget;
        this.problems = problems;
    }

    void add(Directive directive) {
        sequence++;
        switch (directive) {
            case Directive.Rule rule -> rule(rule);
            case Directive.Action action -> head(new Rule(action.place()), action.actions());
            case Directive.Marker marker -> markers.add(new MarkerAt(marker.label(), sequence));
            case Directive.DefaultAction action -> defaultAction(action);
            case Directive.RemoveRules remove -> remove(select(remove.rules(), remove.place()));
            case Directive.UpdateTargets update -> {
                for (Rule rule : select(update.rules(), update.place())) {
                    targets(rule, update.targets());
                }
            }
            case Directive.UpdateActions update -> {
                for (Rule rule : select(update.rules(), update.place())) {
                    new ActionReader(this, rule, problems).update(update.actions());
                }
            }
            case Directive.Include include -> problem(include.place(), "Include is not allowed here", "a directive");
            case Directive.Setting setting -> problem(setting.place(), "the directive " + setting.name(), "a rule");
        }
    }

    private void rule(Directive.Rule source) {
        Rule rule = new Rule(source.place());
        targets(rule, source.targets());
        if (source.targets().stream().allMatch(target -> target.kind() == Target.Kind.EXCLUSION)) {
            problem(source.place(), "the rule has no target", "a target without !");
        }
        rule.operator = operator(source.operator());
        rule.negated = source.operator().negated();
        String argument = source.operator().argument();
        if (Macro.unknownIn(argument).isEmpty()) {
            Macro macro = Macro.of(argument);
            rule.operatorReads = macro.groups();
            rule.operatorVaries = !macro.isConstant();
        }
        if (rule.operator != null) {
            rule.prefilter = prefilter.add(rule.operator);
            rule.filterDecides = rule.prefilter >= 0 && rule.operator.literalsDecide();
            rule.minLength = rule.negated ? 0 : rule.operator.minLength();
        }
        head(rule, source.actions());
    }

    private void head(Rule rule, List<ActionCall> actions) {
        Rule before = openChain;
        rule.sequence = sequence;
        ActionReader reader = new ActionReader(this, rule, problems);
        if (before != null) {
            rule.phase = before.phase;
            reader.link(actions);
            before.next = rule;
        } else {
            reader.head(actions, defaults);
            if (rule.id == 0) {
                problem(rule.place, "a rule without an id", "id: followed by a number");
            } else if (byId.putIfAbsent(rule.id, rule) != null) {
                problem(rule.place, "the id " + rule.id + " is taken by " + byId.get(rule.id), "another id");
            }
            heads.add(rule);
        }
        openChain = rule.startsChain ? rule : null;
    }

    private void defaultAction(Directive.DefaultAction action) {
        int phase = 0;
        for (ActionCall call : action.actions()) {
            if (call.name().equals("phase")) {
                phase = ActionReader.phase(call.argument());
            }
        }
        if (phase == 0) {
            problem(action.place(), "SecDefaultAction without a phase", "phase:1 to phase:5");
            return;
        }
        defaults.put(phase, action.actions());
    }

    private void remove(List<Rule> rules) {
        for (Rule rule : rules) {
            heads.remove(rule);
            byId.remove(rule.id);
        }
    }

    List<Rule> select(RuleSelector selector, SourcePlace place) {
        return switch (selector) {
            case RuleSelector.ByIds ids -> heads.stream().filter(rule -> ids.contains(rule.id)).toList();
            case RuleSelector.ByTag tag -> {
                Regex regex = expression(tag.pattern(), place);
                yield regex == null
                        ? List.of()
                        : heads.stream().filter(rule -> rule.tags.stream().anyMatch(text -> found(regex, text))).toList();
            }
            case RuleSelector.ByMessage message -> {
                Regex regex = expression(message.pattern(), place);
                yield regex == null
                        ? List.of()
                        : heads.stream().filter(rule -> rule.message != null && found(regex, rule.message.source())).toList();
            }
        };
    }

    private static boolean found(Regex regex, String text) {
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        return regex.find(bytes, 0, bytes.length);
    }

    private void targets(Rule rule, List<Target> targets) {
        List<RuleTarget> included = new ArrayList<>(Arrays.asList(rule.targets));
        List<RuleTarget> excluded = new ArrayList<>(Arrays.asList(rule.exclusions));
        for (Target target : targets) {
            target(target).ifPresent(compiled -> {
                if (target.kind() == Target.Kind.EXCLUSION) {
                    excluded.add(compiled);
                } else {
                    included.add(compiled);
                }
            });
        }
        rule.targets = included.toArray(new RuleTarget[0]);
        rule.exclusions = excluded.toArray(new RuleTarget[0]);
    }

    Optional<RuleTarget> target(Target target) {
        Optional<Variable> variable = Variable.byName(target.variable()).filter(known -> known != Variable.RULE);
        if (variable.isEmpty()) {
            problem(target.place(), "the variable " + target.variable() + " is not supported",
                    "a variable that the engine knows");
            return Optional.empty();
        }
        boolean count = target.kind() == Target.Kind.COUNT;
        Variable known = variable.get();
        return switch (target.selector()) {
            case Target.All.ALL -> {
                if (known == Variable.XML && !count) {
                    problem(target.place(), "XML without an XPath", "XML:/* or XML://@*");
                }
                yield Optional.of(new RuleTarget(known, count, null, null));
            }
            case Target.Key key -> {
                if (!known.isCollection()) {
                    problem(target.place(), known + " has no members", known.name());
                } else if (known == Variable.XML && !key.name().equals("/*") && !key.name().equals("//@*")) {
                    problem(target.place(), "the XPath " + key.name() + " is not supported", "XML:/* or XML://@*");
                }
                yield Optional.of(new RuleTarget(known, count, key.name(), null));
            }
            case Target.Expression expression -> {
                if (!known.isCollection()) {
                    problem(target.place(), known + " has no members", known.name());
                }
                // Names are matched case-insensitively, as everywhere else.
                Regex regex = expression("(?i)" + expression.pattern(), target.place());
                yield regex == null ? Optional.empty() : Optional.of(new RuleTarget(known, count, null, regex));
            }
        };
    }

    private @Nullable Regex expression(String pattern, SourcePlace place) {
        return switch (Regex.compile(pattern, budget)) {
            case Regex regex -> regex;
            case RegexRefusal refusal -> {
                problem(place, "the expression " + pattern + " has " + refusal.what(), "an expression without it");
                yield null;
            }
        };
    }

    private @Nullable Operator operator(OperatorCall call) {
        // Data files of the same name may differ by folder.
        String key = call.name().toLowerCase(Locale.ROOT) + " " + call.argument() + " "
                + (call.name().toLowerCase(Locale.ROOT).contains("f") ? call.place().file() : "");
        Operator known = knownOperators.get(key);
        if (known != null) {
            return known;
        }
        return switch (operators.apply(call.place(), budget).create(call.name(), call.argument())) {
            case OperatorResult.Created created -> {
                knownOperators.put(key, created.operator());
                yield created.operator();
            }
            case OperatorResult.Refused refused -> {
                problem(call.place(), refused.message(), refused.expected());
                yield null;
            }
        };
    }

    Optional<Macro> macro(String text, SourcePlace place) {
        Optional<String> unknown = Macro.unknownIn(text);
        if (unknown.isPresent()) {
            problem(place, "unknown variable in the macro %{" + unknown.get() + "}", "a variable that the engine knows");
            return Optional.empty();
        }
        return Optional.of(Macro.of(text));
    }

    void pending(Rule rule, Pending removal) {
        pending.computeIfAbsent(rule, _ -> new ArrayList<>()).add(removal);
    }

    private void problem(SourcePlace place, String message, String expected) {
        problems.add(new SecLangProblem(place, message, expected));
    }

    Compiled finish(boolean whole) {
        if (openChain != null) {
            problem(openChain.place, "a chain without its next rule", "a SecRule after this one");
        }
        for (int i = 0; i < heads.size(); i++) {
            for (Rule link = heads.get(i); link != null; link = link.next) {
                link.index = i;
                link.id = heads.get(i).id;
            }
        }
        pending.forEach((rule, removals) -> {
            List<RuleAction> actions = new ArrayList<>(Arrays.asList(rule.actions));
            for (Pending removal : removals) {
                int[] rules = select(removal.selector(), rule.place).stream().mapToInt(selected -> selected.index).toArray();
                actions.add(removal.target() == null
                        ? new RuleAction.RemoveRules(rules)
                        : new RuleAction.RemoveTarget(rules, removal.target()));
            }
            rule.actions = actions.toArray(new RuleAction[0]);
        });
        Rule[][] phases = new Rule[6][];
        for (int phase = 0; phase <= 5; phase++) {
            int wanted = phase;
            phases[phase] = heads.stream().filter(rule -> rule.phase == wanted).toArray(Rule[]::new);
            resolveJumps(phases[phase], whole);
        }
        Map<String, Integer> views = new HashMap<>();
        Map<String, Integer> lists = new HashMap<>();
        shareViews(views, lists);
        CaptureReads.resolve(heads);
        return new Compiled(phases, heads.size(), views.size(), lists.size(), prefilter.build());
    }

    /// Numbers the distinct lists of targets, and their distinct pairs with transformations.
    private void shareViews(Map<String, Integer> views, Map<String, Integer> lists) {
        for (Rule head : heads) {
            for (Rule link = head; link != null; link = link.next) {
                boolean stable = !link.multiMatch && link.targets.length > 0;
                StringBuilder key = new StringBuilder();
                for (RuleTarget target : link.targets) {
                    stable &= !target.count && target.variable.isStable();
                    key.append(target).append('|');
                }
                for (RuleTarget exclusion : link.exclusions) {
                    key.append('!').append(exclusion).append('|');
                }
                for (Transformation transformation : link.transformations) {
                    link.touchedTraits |= transformation.touches();
                }
                if (stable) {
                    link.targetList = lists.computeIfAbsent(key.toString(), _ -> lists.size());
                    key.append(' ').append(Arrays.toString(link.transformations));
                    link.view = views.computeIfAbsent(key.toString(), _ -> views.size());
                }
            }
        }
    }

    private void resolveJumps(Rule[] rules, boolean whole) {
        for (int i = 0; i < rules.length; i++) {
            Rule rule = rules[i];
            if (rule.skip > 0) {
                rule.goesOnWith = Math.min(rules.length, i + 1 + rule.skip);
            }
            if (rule.skipAfter == null) {
                continue;
            }
            int marker = Integer.MAX_VALUE;
            for (MarkerAt candidate : markers) {
                if (candidate.label().equals(rule.skipAfter) && candidate.sequence() > rule.sequence) {
                    marker = candidate.sequence();
                    break;
                }
            }
            if (marker == Integer.MAX_VALUE) {
                if (!whole) {
                    continue;
                }
                problem(rule.place, "skipAfter:" + rule.skipAfter + " leads nowhere", "a SecMarker of this name further down");
                continue;
            }
            int next = i + 1;
            while (next < rules.length && rules[next].sequence < marker) {
                next++;
            }
            rule.goesOnWith = next;
        }
    }
}
