package io.jigress.waf;

import io.jigress.waf.seclang.SecLangProblem;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Compiled rules, shared by all transactions and threads.
public final class RuleSet implements RuleSetResult {
    private final RuleSettings settings;
    private final WafLimits limits;
    private final RuleCompiler.Compiled compiled;
    private final CollectionMemory collections;
    private final List<SecLangProblem> notices;
    private final LongSupplier nowMillis;

    RuleSet(RuleSettings settings, WafLimits limits, RuleCompiler.Compiled compiled, CollectionMemory collections,
            List<SecLangProblem> notices, LongSupplier nowMillis) {
        this.settings = settings;
        this.limits = limits;
        this.compiled = compiled;
        this.collections = collections;
        this.notices = List.copyOf(notices);
        this.nowMillis = nowMillis;
    }

    /// Begins the evaluation of one request and its response. Not to be shared by threads; [Transaction#reset] prepares it for the next one.
    public Transaction begin() {
        return new Transaction(this);
    }

    /// The same rules, with the collections that another set has kept, such as IP. If the two differ in `SecCollectionTimeout`, the collections begin anew.
    public RuleSet continuing(RuleSet before) {
        return settings.collectionTimeout() == before.settings.collectionTimeout()
                ? new RuleSet(settings, limits, compiled, before.collections, notices, nowMillis)
                : this;
    }

    public RuleSettings settings() {
        return settings;
    }

    public WafLimits limits() {
        return limits;
    }

    /// The number of rules and chains.
    public int ruleCount() {
        return compiled.count();
    }

    /// Directives without effect in this engine, each with the reason.
    public List<SecLangProblem> notices() {
        return notices;
    }

    /// The place of the rule with an id.
    public Optional<String> placeOf(long id) {
        for (Rule[] phase : compiled.phases()) {
            for (Rule rule : phase) {
                if (rule.id == id) {
                    return Optional.of(rule.place.toString());
                }
            }
        }
        return Optional.empty();
    }

    /// The number of distinct pairs of targets and transformations.
    int views() {
        return compiled.views();
    }

    /// The number of distinct lists of targets.
    int targetLists() {
        return compiled.targetLists();
    }

    long nowMillis() {
        return nowMillis.getAsLong();
    }

    Rule[] phase(int phase) {
        return compiled.phases()[phase];
    }

    Prefilter prefilter() {
        return compiled.prefilter();
    }

    CollectionMemory collections() {
        return collections;
    }
}
