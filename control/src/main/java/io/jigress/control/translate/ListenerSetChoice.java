package io.jigress.control.translate;

import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.ListenerSet;
import io.jigress.control.kinds.Namespace;
import io.jigress.control.translate.GatewayPlan.GatewayView;
import io.jigress.control.translate.GatewayPlan.Refusal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Determines which ListenerSets add listeners to which Gateways, and why others do not.
final class ListenerSetChoice {
    private static final Comparator<Table.Entry<ListenerSet>> AGE = Comparator
            .comparingLong((Table.Entry<ListenerSet> e) -> e.resource().created())
            .thenComparing(e -> e.key().namespace() + "/" + e.key().name());

    private final TranslationIndex index;
    private final Map<ResourceKey, List<Table.Entry<ListenerSet>>> byGateway = new HashMap<>();
    private final Map<ResourceKey, GatewayView> left = new HashMap<>();

    /// @param gateways of our classes
    ListenerSetChoice(TranslationIndex index, List<Table.Entry<Gateway>> gateways) {
        this.index = index;
        Map<ResourceKey, Gateway> ours = new HashMap<>();
        gateways.forEach(entry -> ours.put(entry.key(), entry.value()));
        index.listenerSets.forEach((_, set) -> choose(set, ours.get(set.value().parent())));
        byGateway.values().forEach(sets -> sets.sort(AGE));
    }

    /// The sets of a Gateway, in the order of precedence.
    List<Table.Entry<ListenerSet>> of(ResourceKey gateway) {
        return byGateway.getOrDefault(gateway, List.of());
    }

    /// The sets that add no listeners.
    Map<ResourceKey, GatewayView> left() {
        return left;
    }

    private void choose(Table.Entry<ListenerSet> set, @Nullable Gateway gateway) {
        ResourceKey parent = set.value().parent();
        if (gateway == null) {
            left.put(set.key(), GatewayView.foreign(null, strange(set, parent)));
            return;
        }
        Refusal refusal = refusal(set.key(), parent, gateway);
        if (refusal == null) {
            byGateway.computeIfAbsent(parent, _ -> new ArrayList<>()).add(set);
            return;
        }
        Findings findings = new Findings(set.resource(), List.of());
        findings.error("spec.parentRef", "does not accept the listeners: " + refusal.message(),
                "a Gateway whose allowedListeners permit namespace " + set.key().namespace());
        left.put(set.key(), new GatewayView(true, List.of(), List.of(), 0, refusal, null, null, findings.list()));
    }

    private List<Problem> strange(Table.Entry<ListenerSet> set, ResourceKey parent) {
        Findings findings = new Findings(set.resource(), List.of());
        if (parent.name().isEmpty() || !Kinds.is(parent, Kinds.GATEWAY_API, "Gateway")) {
            return List.of();
        }
        if (index.gateways.get(parent) == null) {
            findings.add("spec.parentRef.name", "is \"" + parent.name() + "\", and there is no " + parent,
                    "the name of a Gateway",
                    Severity.ERROR, parent);
        } else {
            findings.warning("spec.parentRef.name", "is \"" + parent.name() + "\", a Gateway that is not served here",
                    "a Gateway of class " + Kinds.CLASS);
        }
        return findings.list();
    }

    private @Nullable Refusal refusal(ResourceKey set, ResourceKey parent, Gateway gateway) {
        Gateway.AllowedSets allowed = gateway.listenerSets();
        if (allowed == null || !allows(allowed, set, parent)) {
            return new Refusal("NotAllowed", "NotAllowed", "allowedListeners of the Gateway does not permit it");
        }
        return gateway.badParameters()
                ? new Refusal("ParentNotAccepted", "ParentNotProgrammed", "the Gateway is not accepted")
                : null;
    }

    private boolean allows(Gateway.AllowedSets allowed, ResourceKey set, ResourceKey parent) {
        return switch (allowed.from()) {
            case ALL -> true;
            case SAME -> set.isInNamespaceOf(parent);
            case NONE -> false;
            case SELECTOR -> {
                Namespace known = index.namespaces.get(Kinds.namespace(set, set.namespace()));
                Namespace there = known == null ? Namespace.named(set.namespace()) : known;
                yield there.valid() && allowed.selector().fits(there.labels());
            }
        };
    }
}
