package io.jigress.waf.operator;

import io.jigress.waf.model.MacroScope;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `@pm` and `@pmFromFile`: any of many phrases.
final class PmOperator implements Operator {
    private final Set<String> phrases;
    /// Created when it is first needed: in a rule set, the prefilter finds the phrases.
    private volatile @Nullable AhoCorasick automaton;

    PmOperator(List<String> phrases) {
        this.phrases = phrases.stream().map(AhoCorasick::folded).collect(Collectors.toUnmodifiableSet());
    }

    private AhoCorasick automaton() {
        AhoCorasick known = automaton;
        if (known == null) {
            known = new AhoCorasick(phrases);
            automaton = known;
        }
        return known;
    }

    @Override
    public boolean matches(byte[] bytes, int from, int to, MacroScope scope) {
        return automaton().occurs(bytes, from, to);
    }

    @Override
    public boolean captures() {
        return true;
    }

    @Override
    public void capture(byte[] bytes, int from, int to, Captures captures) {
        AhoCorasick known = automaton();
        known.search(bytes, from, to, (string, end) -> {
            captures.group(0, bytes, end - known.length(string), end);
            return true;
        });
    }

    @Override
    public boolean literalsDecide() {
        return true;
    }

    @Override
    public Set<String> requiredLiterals() {
        return phrases;
    }
}
