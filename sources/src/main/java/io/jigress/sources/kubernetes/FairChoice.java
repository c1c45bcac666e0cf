package io.jigress.sources.kubernetes;

import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Chooses objects where only a limited number can be read: the namespaces take turns, so that the references of one namespace never displace the only
/// ones of another, and within a namespace those that are read already stay.
final class FairChoice {
    private record Ranked(int rank, boolean known, ResourceKey key) {}

    private FairChoice() {}

    /// All objects, those to be chosen first.
    static List<ResourceKey> order(Collection<ResourceKey> wanted, Predicate<ResourceKey> known) {
        List<ResourceKey> sorted = new ArrayList<>(wanted);
        Comparator<ResourceKey> knownFirst = Comparator.comparing(key -> !known.test(key));
        sorted.sort(knownFirst.thenComparing(Comparator.naturalOrder()));
        Map<String, Integer> counts = new HashMap<>();
        List<Ranked> ranked = new ArrayList<>(sorted.size());
        for (ResourceKey key : sorted) {
            ranked.add(new Ranked(counts.merge(key.namespace(), 1, Integer::sum), known.test(key), key));
        }
        ranked.sort(Comparator.comparingInt(Ranked::rank).thenComparing(each -> !each.known).thenComparing(Ranked::key));
        return ranked.stream().map(Ranked::key).toList();
    }
}
