package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.ParentRef;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Creates the statuses of routes. Most are equal: 100,000 valid routes share a few trees.
final class RouteStatus {
    static final int CACHE_LIMIT = 1024;

    /// The latest statuses by their inputs.
    private final Map<Key, Json> cache = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Json> eldest) {
            return size() > CACHE_LIMIT;
        }
    };

    /// The outcome of a route's rules.
    ///
    /// @param resolvedReason of Gateway API's condition ResolvedRefs
    /// @param partial whether parts of the route were left out
    /// @param nothing whether no rule is left
    record Rules(boolean resolved, String resolvedReason, String resolvedMessage, boolean partial, boolean nothing) {
        static Rules resolved(boolean partial, boolean nothing) {
            return new Rules(true, "ResolvedRefs", "All references are resolved", partial, nothing);
        }
    }

    private record Key(List<RouteParents.Outcome> parents, Rules rules, long generation) {}

    Json of(List<RouteParents.Outcome> parents, Rules rules, long generation) {
        return cache.computeIfAbsent(new Key(List.copyOf(parents), rules, generation), RouteStatus::write);
    }

    private static Json write(Key key) {
        List<Json> parents = new ArrayList<>();
        for (RouteParents.Outcome outcome : key.parents) {
            parents.add(
                    Json.object().put("parentRef", parentRef(outcome.parent())).put("controllerName", Kinds.GATEWAY_CONTROLLER)
                            .put("conditions", Json.array(conditions(outcome, key.rules, key.generation))).build());
        }
        return Json.object().put("parents", Json.array(parents)).build();
    }

    private static List<Json> conditions(RouteParents.Outcome parent, Rules rules, long generation) {
        List<Json> conditions = new ArrayList<>();
        if (parent.accepted() && rules.nothing()) {
            conditions.add(Conditions.condition("Accepted", false, "UnsupportedValue", "No rule is valid", generation));
        } else {
            conditions.add(Conditions.condition("Accepted", parent.accepted(), parent.reason(), parent.message(), generation));
        }
        conditions.add(Conditions.condition("ResolvedRefs", rules.resolved(), rules.resolvedReason(), rules.resolvedMessage(),
                generation));
        if (rules.partial() && parent.accepted() && !rules.nothing()) {
            conditions.add(Conditions.condition("PartiallyInvalid", true, "UnsupportedValue",
                    "Parts of the route are invalid and left out", generation));
        }
        return conditions;
    }

    private static Json parentRef(ParentRef parent) {
        Json.Builder ref = Json.object().put("group", parent.key().group()).put("kind", parent.key().kind())
                .put("namespace", parent.key().namespace())
                .put("name", parent.key().name());
        if (!parent.section().isEmpty()) {
            ref.put("sectionName", parent.section());
        }
        if (parent.port() != 0) {
            ref.put("port", parent.port());
        }
        return ref.build();
    }
}
