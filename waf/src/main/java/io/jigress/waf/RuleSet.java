package io.jigress.waf;

import io.jigress.waf.seclang.SecLangProblem;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Compiled rules, shared by all transactions and threads.
public final class RuleSet implements RuleSetResult {
    private final RuleSettings settings;
    private final WafLimits limits;
    private final Rule[][] phases;
    private final int ruleCount;
    private final Prefilter prefilter;
    private final CollectionMemory collections;
    private final List<SecLangProblem> notices;
    private final LongSupplier nowMillis;

    RuleSet(RuleSettings settings, WafLimits limits, Rule[][] phases, int ruleCount, Prefilter prefilter,
            CollectionMemory collections, List<SecLangProblem> notices, LongSupplier nowMillis) {
        this.settings = settings;
        this.limits = limits;
        this.phases = phases;
        this.ruleCount = ruleCount;
        this.prefilter = prefilter;
        this.collections = collections;
        this.notices = List.copyOf(notices);
        this.nowMillis = nowMillis;
    }

    /// Begins the judgement of one request and its response. Not to be shared by threads; [Transaction#reset] makes it new.
    public Transaction begin() {
        return new Transaction(this);
    }

    public RuleSettings settings() {
        return settings;
    }

    public WafLimits limits() {
        return limits;
    }

    /// Rules and chains.
    public int ruleCount() {
        return ruleCount;
    }

    /// Directives that have no effect here, each with the reason.
    public List<SecLangProblem> notices() {
        return notices;
    }

    /// Where the rule of an id stands.
    public Optional<String> placeOf(long id) {
        for (Rule[] phase : phases) {
            for (Rule rule : phase) {
                if (rule.id == id) {
                    return Optional.of(rule.place.toString());
                }
            }
        }
        return Optional.empty();
    }

    long nowMillis() {
        return nowMillis.getAsLong();
    }

    Rule[] phase(int phase) {
        return phases[phase];
    }

    Prefilter prefilter() {
        return prefilter;
    }

    CollectionMemory collections() {
        return collections;
    }
}
