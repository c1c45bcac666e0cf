package io.jigress.control.translate;

import io.jigress.config.PathMatch;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Canary;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.Ingress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The Ingresses that are canaries, by the host and path of the Ingress whose requests they get a part of.
final class CanaryIngresses {
    private final Map<Place, TreeMap<String, Member>> members = new HashMap<>();
    private final Map<ResourceKey, Set<Place>> places = new HashMap<>();
    /// Ingresses that a canary gets requests of.
    private final Map<ResourceKey, Set<ResourceKey>> bases = new HashMap<>();

    /// Within a namespace of a cluster: an Ingress gets no requests of other namespaces.
    record Place(String cluster, String namespace, String host, PathMatch path) {
        static Place of(ResourceKey key, String host, PathMatch path) {
            return new Place(key.cluster(), key.namespace(), host, path);
        }
    }

    /// A path of a canary.
    record Member(Resource resource, Ingress ingress, Canary canary, Ingress.Path path) {}

    /// @param affected gets the places whose canaries have changed
    void changed(ResourceKey key, @Nullable Resource after, Consumer<Place> affected) {
        Set<Place> touched = new HashSet<>();
        Set<Place> before = places.remove(key);
        if (before != null) {
            touched.addAll(before);
            before.forEach(place -> members.computeIfPresent(place, (_, all) -> {
                all.values().removeIf(member -> member.resource.key().equals(key));
                return all.isEmpty() ? null : all;
            }));
        }
        if (after == null) {
            bases.remove(key);
        }
        if (after != null && Ingress.mayBeCanary(after)) {
            Ingress ingress = Ingress.read(Document.open(after));
            Canary canary = ingress.canary();
            if (canary != null) {
                Set<Place> own = new HashSet<>();
                for (Ingress.Rule rule : ingress.rules()) {
                    for (Ingress.Path path : rule.paths()) {
                        Place place = Place.of(key, rule.host(), path.match());
                        own.add(place);
                        // The older one first.
                        members.computeIfAbsent(place, _ -> new TreeMap<>())
                                .put("%020d %s".formatted(after.created(), key.name()), new Member(after, ingress, canary, path));
                    }
                }
                places.put(key, own);
                touched.addAll(own);
            }
        }
        touched.forEach(affected);
    }

    /// The canaries of a path of an Ingress, the oldest first.
    List<Member> at(ResourceKey base, String host, PathMatch path) {
        if (members.isEmpty()) {
            return List.of();
        }
        TreeMap<String, Member> found = members.get(Place.of(base, host, path));
        return found == null ? List.of() : new ArrayList<>(found.values());
    }

    /// Records of which canaries an Ingress has parts; returns all canaries for which that has changed.
    List<ResourceKey> merged(ResourceKey base, Set<ResourceKey> canaries) {
        List<ResourceKey> changed = new ArrayList<>();
        if (bases.isEmpty() && canaries.isEmpty()) {
            return changed;
        }
        bases.forEach((canary, all) -> {
            if (!canaries.contains(canary) && all.remove(base)) {
                changed.add(canary);
            }
        });
        for (ResourceKey canary : canaries) {
            if (bases.computeIfAbsent(canary, _ -> new HashSet<>()).add(base)) {
                changed.add(canary);
            }
        }
        return changed;
    }

    /// Whether it is a valid canary without another Ingress.
    boolean lacksBase(ResourceKey key) {
        return places.containsKey(key) && !hasBase(key);
    }

    /// Whether a canary gets requests of any Ingress.
    boolean hasBase(ResourceKey canary) {
        Set<ResourceKey> found = bases.get(canary);
        return found != null && !found.isEmpty();
    }
}
