package io.jigress.waf;

import io.jigress.waf.model.FieldName;
import io.jigress.waf.model.Macro;
import io.jigress.waf.model.Variable;
import io.jigress.waf.operator.Operator;
import io.jigress.waf.regex.CaptureMatcher;
import io.jigress.waf.transform.Transformation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Evaluates a rule and its chain, runs their actions, and records the match.
final class RuleEvaluator {
    static final FieldName[] GROUPS = IntStream.range(0, 10).mapToObj(group -> FieldName.of(Integer.toString(group)))
            .toArray(FieldName[]::new);

    private final Values values;
    private final DerivedValues derived;
    private final Views views;
    private final ActionRunner actions;
    private final Prefilter prefilter;
    private final int recordedMatches;
    private final Candidates candidates = new Candidates();
    private final Groups groups = new Groups();
    private final List<RuleMatch> matches = new ArrayList<>();
    private int highestSeverity = 255;
    private long lastHit;

    RuleEvaluator(Values values, DerivedValues derived, Views views, ActionRunner actions, Prefilter prefilter,
            int recordedMatches) {
        this.values = values;
        this.derived = derived;
        this.views = views;
        this.actions = actions;
        this.prefilter = prefilter;
        this.recordedMatches = recordedMatches;
    }

    void reset() {
        matches.clear();
        groups.matcher.trim();
        highestSeverity = 255;
    }

    List<RuleMatch> matches() {
        return matches;
    }

    boolean chainMatches(Rule head, int phase) {
        values.matched.clear();
        for (Rule link = head; link != null; link = link.next) {
            if (!matches(head, link, phase)) {
                return false;
            }
        }
        if (head.severity >= 0 && head.severity < highestSeverity) {
            highestSeverity = head.severity;
            values.setNumber(Variable.HIGHEST_SEVERITY, head.severity);
        }
        if (head.next != null) {
            record(head, phase);
        }
        return true;
    }

    private boolean matches(Rule head, Rule rule, int phase) {
        values.rule = head;
        if (rule.targets.length == 0) {
            // SecAction, which examines no value.
            actions.run(rule.actions);
            if (head.next == null) {
                record(head, phase);
            }
            return true;
        }
        int removed = actions.removedFrom(head);
        if (rule.view >= 0) {
            return viewMatches(head, rule, phase, removed);
        }
        candidates.clear();
        for (RuleTarget target : rule.targets) {
            values.collect(target, rule.exclusions, actions.removedTargets(), removed, candidates);
        }
        boolean any = false;
        int last = -1;
        for (int i = 0; i < candidates.size; i++) {
            int value = rule.multiMatch ? firstMatch(rule, candidates.values[i]) : onlyMatch(rule, candidates.values[i]);
            if (value >= 0) {
                matched(head, rule, phase, candidates, i, value, !any);
                any = true;
                last = value;
            }
        }
        captureLast(rule, last);
        return any;
    }

    /// @param removed how many targets a `ctl` action has removed; few values match, so that only these are compared with them
    private boolean viewMatches(Rule head, Rule rule, int phase, int removed) {
        View view = views.of(rule);
        boolean filtered = rule.prefilter >= 0 && !rule.negated;
        if (view.maxLength < rule.minLength || filtered && !view.canMatch(rule.prefilter)) {
            return false;
        }
        long hit = hits(view, rule, filtered);
        if (hit == 0) {
            return false;
        }
        boolean any = false;
        int last = -1;
        Candidates candidates = view.source.candidates;
        for (int i = 0; i < candidates.size; i++) {
            int slot = view.source.slots[i];
            int value = view.transformed[slot];
            // The argument of an operator with macros may change with each match.
            if (view.hits[slot] == hit && (!rule.operatorVaries || test(rule, value)) && (removed == 0
                    || !values.isRemoved(candidates, i, actions.removedTargets(), removed))) {
                matched(head, rule, phase, candidates, i, value, !any);
                any = true;
                last = value;
            }
        }
        captureLast(rule, last);
        return any;
    }

    /// Stamps the slots whose values match; returns the stamp, or 0 when none does.
    private long hits(View view, Rule rule, boolean filtered) {
        long stamp = ++lastHit;
        boolean any = false;
        int count = filtered ? view.markedCount : view.source.count;
        for (int i = 0; i < count; i++) {
            int slot = filtered ? view.marked[i] : i;
            if (rule.operatorVaries || test(rule, view.transformed[slot])) {
                view.hits[slot] = stamp;
                any = true;
            }
        }
        return any ? stamp : 0;
    }

    private int onlyMatch(Rule rule, int value) {
        int transformed = derived.transformed(value, rule.transformations);
        return test(rule, transformed) ? transformed : -1;
    }

    private int firstMatch(Rule rule, int value) {
        if (test(rule, value)) {
            return value;
        }
        int current = value;
        for (Transformation transformation : rule.transformations) {
            int next = derived.transformed(current, transformation);
            if (next != current && test(rule, next)) {
                return next;
            }
            current = next;
        }
        return -1;
    }

    private boolean test(Rule rule, int value) {
        Operator operator = rule.operator;
        if (operator == null) {
            return true;
        }
        if (values.store.length(value) < rule.minLength) {
            return false;
        }
        boolean matches = (rule.prefilter < 0 || derived.canMatch(value, rule.prefilter))
                && (rule.filterDecides
                        || operator.matches(values.store.bytes, values.store.from[value], values.store.to[value], values));
        return matches != rule.negated;
    }

    private void matched(Rule head, Rule rule, int phase, Candidates from, int candidate, int value, boolean first) {
        values.matched(from.variables[candidate], from.names[candidate], from.fields[candidate], value);
        if (rule.captures == Rule.Capture.EACH || rule.captures == Rule.Capture.FIRST && first && isRecorded(head)) {
            capture(rule, value);
        }
        actions.run(rule.actions);
        if (first && head.next == null) {
            record(head, phase);
        }
    }

    private void captureLast(Rule rule, int value) {
        if (value >= 0 && rule.captures == Rule.Capture.LAST) {
            capture(rule, value);
        }
    }

    private void capture(Rule rule, int value) {
        Operator operator = rule.operator;
        if (operator != null) {
            groups.any = false;
            groups.last = rule.lastGroup;
            byte[] bytes = values.store.bytes;
            if (rule.filterDecides) {
                prefilter.capture(rule.prefilter, bytes, values.store.from[value], values.store.to[value], groups);
            } else {
                operator.capture(bytes, values.store.from[value], values.store.to[value], groups);
            }
        }
    }

    /// Stores the groups of a match in TX:0 to TX:9.
    private final class Groups implements Operator.Captures {
        private final CaptureMatcher matcher = new CaptureMatcher();
        private boolean any;
        private int last;

        @Override
        public CaptureMatcher matcher() {
            return matcher;
        }

        @Override
        public int last() {
            return last;
        }

        @Override
        public void group(int index, byte[] bytes, int from, int to) {
            if (!any) {
                any = true;
                for (FieldName group : GROUPS) {
                    values.tx.remove(group);
                }
            }
            values.tx.set(GROUPS[index], values.store.add(bytes, from, to));
        }
    }

    private boolean isRecorded(Rule head) {
        return head.log && matches.size() < recordedMatches;
    }

    private void record(Rule head, int phase) {
        if (!isRecorded(head)) {
            return;
        }
        matches.add(new RuleMatch(head.id, phase, expanded(head.message), expanded(head.data),
                values.matchedValue < 0 ? "" : values.matchedVariableName(), head.severity, head.tags));
    }

    private String expanded(@Nullable Macro macro) {
        return macro == null ? "" : new String(macro.expand(values), StandardCharsets.ISO_8859_1);
    }
}
