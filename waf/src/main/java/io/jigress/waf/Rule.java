package io.jigress.waf;

import io.jigress.waf.model.Macro;
import io.jigress.waf.operator.Operator;
import io.jigress.waf.seclang.SourcePlace;
import io.jigress.waf.transform.Transformation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A compiled rule, or a rule of a chain. Filled by [RuleCompiler], only read afterwards.
final class Rule {
    enum Decision {
        NONE, DENY, DROP, REDIRECT, ALLOW, ALLOW_PHASE, ALLOW_REQUEST
    }

    /// Of which of the values that match the groups are found: only those that something reads.
    enum Capture {
        NEVER, FIRST, LAST, EACH
    }

    final SourcePlace place;
    long id;
    /// The index of a chain's first rule among all rules.
    int index;
    /// The index of the rule among all directives.
    int sequence;
    int phase = 2;

    RuleTarget[] targets = new RuleTarget[0];
    RuleTarget[] exclusions = new RuleTarget[0];
    Transformation[] transformations = new Transformation[0];
    /// The traits of values that the transformations may change.
    int touchedTraits;
    @Nullable Operator operator;
    boolean negated;
    /// The bit of the operator in the prefilter's result, -1 when it always runs.
    int prefilter = -1;
    /// The prefilter alone decides whether a value matches.
    boolean filterDecides;
    /// The length of the shortest value that can match; 0 when the operator is negated.
    int minLength;
    /// Rules with the same targets and transformations share this number; -1 where the values can change within a phase.
    int view = -1;
    /// Rules with the same targets share this number, if they have a view.
    int targetList = -1;
    boolean capture;
    /// The groups that the macros of the operator's argument read, as in [Macro#groups].
    int operatorReads;
    /// The operator's argument has a macro, so that its result may change within a phase.
    boolean operatorVaries;
    Capture captures = Capture.NEVER;
    /// The highest group that is read.
    int lastGroup;
    boolean multiMatch;

    RuleAction[] actions = new RuleAction[0];
    Decision decision = Decision.NONE;
    int status = 403;
    @Nullable Macro location;
    boolean log = true;
    boolean audit = true;
    @Nullable Macro message;
    @Nullable Macro data;
    int severity = -1;
    List<String> tags = List.of();

    boolean startsChain;
    @Nullable Rule next;
    int skip;
    @Nullable String skipAfter;
    /// The index in the phase of the rule at which evaluation continues after a match; -1 for the next one.
    int goesOnWith = -1;

    Rule(SourcePlace place) {
        this.place = place;
    }

    @Override
    public String toString() {
        return "rule " + id + " (" + place + ")";
    }
}
