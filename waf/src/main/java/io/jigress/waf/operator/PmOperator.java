package io.jigress.waf.operator;

import io.jigress.waf.model.MacroScope;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// `@pm` and `@pmFromFile`: any of many phrases.
final class PmOperator implements Operator {
    private final AhoCorasick automaton;
    private final Set<String> phrases;

    PmOperator(List<String> phrases) {
        automaton = new AhoCorasick(phrases);
        this.phrases = phrases.stream().map(phrase -> phrase.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public boolean matches(byte[] bytes, int from, int to, MacroScope scope) {
        return automaton.occurs(bytes, from, to);
    }

    @Override
    public boolean captures() {
        return true;
    }

    @Override
    public void capture(byte[] bytes, int from, int to, Captures captures) {
        automaton.search(bytes, from, to, (string, end) -> {
            captures.group(0, bytes, end - automaton.length(string), end);
            return true;
        });
    }

    @Override
    public Set<String> requiredLiterals() {
        return phrases;
    }
}
