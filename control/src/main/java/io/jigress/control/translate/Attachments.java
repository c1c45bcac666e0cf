package io.jigress.control.translate;

import io.jigress.config.PersistentMap;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.TargetRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The objects attached to a target by their `targetRefs`, the older first.
final class Attachments<T> {

    /// @param section empty for the whole target
    record Attached<T>(ResourceKey owner, long created, String section, T value) {}

    private PersistentMap<ResourceKey, List<Attached<T>>> byTarget = PersistentMap.empty();

    List<Attached<T>> at(ResourceKey target) {
        List<Attached<T>> attached = byTarget.get(target);
        return attached == null ? List.of() : attached;
    }

    /// The objects attached to one section or, for an empty one, to the whole target.
    List<T> at(ResourceKey target, String section) {
        List<Attached<T>> all = at(target);
        if (all.isEmpty()) {
            return List.of();
        }
        return all.stream().filter(a -> a.section.equals(section)).map(Attached::value).toList();
    }

    /// The objects attached to sections that do not exist.
    ///
    /// @param sections the existing ones
    List<T> elsewhere(ResourceKey target, Collection<String> sections) {
        List<Attached<T>> all = at(target);
        if (all.isEmpty()) {
            return List.of();
        }
        return all.stream().filter(a -> !a.section.isEmpty() && !sections.contains(a.section)).map(Attached::value).toList();
    }

    void attach(Resource owner, T value, List<TargetRef> targets) {
        for (TargetRef target : targets) {
            List<Attached<T>> next = new ArrayList<>(at(target.key()));
            Attached<T> attached = new Attached<>(owner.key(), owner.created(), target.section(), value);
            if (!next.contains(attached)) {
                next.add(attached);
            }
            next.sort(Comparator.comparingLong((Attached<T> a) -> a.created).thenComparing(Attached::owner)
                    .thenComparing(Attached::section));
            byTarget = byTarget.with(target.key(), List.copyOf(next));
        }
    }

    void detach(ResourceKey owner, List<TargetRef> targets) {
        for (TargetRef target : targets) {
            List<Attached<T>> next = at(target.key()).stream().filter(a -> !a.owner.equals(owner)).toList();
            byTarget = next.isEmpty() ? byTarget.without(target.key()) : byTarget.with(target.key(), next);
        }
    }

    /// The oldest attachment to the same section that takes precedence over this owner's and that `rival` accepts.
    @Nullable Attached<T> before(ResourceKey owner, TargetRef target, Predicate<T> rival) {
        for (Attached<T> attached : at(target.key())) {
            if (attached.owner.equals(owner)) {
                return null;
            }
            if (attached.section.equals(target.section()) && rival.test(attached.value)) {
                return attached;
            }
        }
        return null;
    }
}
