package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.api.NearestName;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.Section;
import io.jigress.control.kinds.BackendTlsPolicy;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.ListenerProtocol;
import io.jigress.control.kinds.ListenerSet;
import io.jigress.control.kinds.Service;
import io.jigress.control.kinds.TargetRef;
import io.jigress.control.translate.GatewayPlan.GatewayView;
import io.jigress.control.translate.GatewayPlan.ListenerView;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// BackendTLSPolicies: a change affects the routes to their targets. Their statuses have an entry for each Gateway with routes to the
/// targets to which the policy applies.
final class BackendTlsPolicyProcessor implements KindProcessor {
    /// The limit of Gateway API for the list.
    private static final int MAX_ANCESTORS = 16;

    private final TranslationIndex index;
    private final PendingWork pendingWork;
    private final Uses routes;
    private final Assembly assembly;
    /// The policies that depend on a ConfigMap.
    private final Uses uses = new Uses();

    /// @param routes the routes that depend on an object
    BackendTlsPolicyProcessor(TranslationIndex index, PendingWork pendingWork, Uses routes, Assembly assembly) {
        this.index = index;
        this.pendingWork = pendingWork;
        this.routes = routes;
        this.assembly = assembly;
    }

    @Override
    public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
        BackendTls tls = index.backendTls;
        BackendTlsPolicy old = tls.policies.get(key);
        boolean aged = before != null && after != null && before.created() != after.created();
        if (!tls.policies.put(key, after) && !aged) {
            return;
        }
        tls.forget(key);
        if (old != null) {
            old.authorities().forEach(ref -> uses.remove(uses.node(ref.key()), key));
            tls.attachments.detach(key, old.targets());
            touch(old);
        }
        BackendTlsPolicy now = tls.policies.get(key);
        if (now != null && after != null) {
            now.authorities().forEach(ref -> uses.add(uses.node(ref.key()), key));
            tls.attachments.attach(after, key, BackendTls.targets(now));
            touch(now);
        }
    }

    private void touch(BackendTlsPolicy policy) {
        for (TargetRef target : policy.targets()) {
            pendingWork.touch(target.key());
            reportAttached(target.key());
        }
    }

    private void reportAttached(ResourceKey service) {
        index.backendTls.attachments.at(service).forEach(attached -> pendingWork.report(attached.owner()));
    }

    /// An object was created, changed or removed: it may be a ConfigMap that policies refer to, or their target.
    void objectChanged(ResourceKey key) {
        reportAttached(key);
        uses.forEachUser(key, policy -> {
            index.backendTls.forget(policy);
            pendingWork.report(policy);
            BackendTlsPolicy now = index.backendTls.policies.get(policy);
            if (now != null) {
                now.targets().forEach(target -> pendingWork.touch(target.key()));
            }
        });
    }

    /// A route has other backends, or is attached to other Gateways.
    void routeChanged(@Nullable Contribution before, @Nullable Contribution after) {
        if (index.backendTls.policies.size() == 0) {
            return;
        }
        for (Contribution each : new Contribution[] {before, after}) {
            if (each != null) {
                each.uses().forEach(node -> reportAttached(node.key));
            }
        }
    }

    /// The ConfigMaps that policies refer to.
    Set<ResourceKey> references() {
        Set<ResourceKey> keys = new TreeSet<>();
        index.backendTls.policies.forEach((_, entry) -> entry.value().authorities().stream()
                .filter(ref -> Kinds.is(ref.key(), Kinds.CORE, "ConfigMap")).forEach(ref -> keys.add(ref.key())));
        return keys;
    }

    @Override
    public void report(ResourceKey key, Reports reports) {
        Table.Entry<BackendTlsPolicy> entry = index.backendTls.policies.entry(key);
        BackendTls.View view = index.backendTls.view(key);
        if (entry == null || view == null) {
            reports.problems(key, List.of());
            reports.status(key, null);
            return;
        }
        Findings findings = new Findings(entry.resource(), entry.problems());
        view.faults()
                .forEach(fault -> findings.add(fault.path(), fault.what(), fault.expected(), fault.severity(), fault.missing()));
        List<TargetRef> targets = BackendTls.targets(entry.value());
        int conflicts = 0;
        for (TargetRef target : targets) {
            missing(target, findings);
            Attachments.Attached<ResourceKey> older = index.backendTls.attachments.before(key, target, _ -> true);
            if (older != null) {
                conflicts++;
                findings.warning(target.path(), "is also a target of " + older.owner() + ", which is older and wins",
                        "one BackendTLSPolicy per target");
            }
        }
        boolean conflicted = !targets.isEmpty() && conflicts == targets.size();
        reports.problems(key, findings.list());
        reports.status(key, status(entry, view, conflicted, ancestors(targets)));
    }

    private void missing(TargetRef target, Findings findings) {
        Service service = index.services.get(target.key());
        if (service == null) {
            findings.add(target.path() + ".name", "is \"" + target.key().name() + "\", and there is no " + target.key(),
                    "a Service of this namespace", Severity.WARNING, target.key());
        } else if (!target.section().isEmpty() && service.port(target.section(), false) == null) {
            List<String> names = service.ports(false).stream().map(Service.Port::name).filter(name -> !name.isEmpty()).toList();
            findings.add(target.path() + ".sectionName",
                    "is \"" + target.section() + "\", and " + target.key() + " has no port of this name, so that it has no effect"
                            + NearestName.hint(target.section(), names),
                    names.isEmpty() ? "none: its ports have no names" : "one of " + String.join(", ", names), Severity.ERROR);
        }
    }

    private static Json status(Table.Entry<BackendTlsPolicy> entry, BackendTls.View view, boolean conflicted,
            Set<ResourceKey> gateways) {
        long generation = entry.generation();
        Json accepted = !entry.value().valid()
                ? Conditions.condition("Accepted", false, "Invalid", "A field is invalid", generation)
                : view.tls() == null
                        ? Conditions.condition("Accepted", false, "NoValidCACertificate", "No CA certificate can be used",
                                generation)
                : conflicted
                        ? Conditions.condition("Accepted", false, "Conflicted", "An older policy has the same targets",
                                generation)
                : Conditions.condition("Accepted", true, "Accepted", "The policy is used", generation);
        Json resolved = view.unresolved() == null
                ? Conditions.condition("ResolvedRefs", true, "ResolvedRefs", "All references are resolved", generation)
                : Conditions.condition("ResolvedRefs", false, view.unresolved(), view.message(), generation);
        List<Json> ancestors = new ArrayList<>();
        gateways.stream().limit(MAX_ANCESTORS)
                .forEach(gateway -> ancestors.add(Json.object()
                        .put("ancestorRef",
                                Json.object().put("group", gateway.group()).put("kind", gateway.kind())
                                        .put("namespace", gateway.namespace()).put("name", gateway.name()).build())
                        .put("controllerName", Kinds.GATEWAY_CONTROLLER)
                        .put("conditions", Json.array(List.of(accepted, resolved))).build()));
        return Json.object().put("ancestors", Json.array(ancestors)).build();
    }

    /// The Gateways with routes to the targets, except those whose listeners pass on the clients' TLS or datagrams: there the policy does not
    /// apply.
    private Set<ResourceKey> ancestors(List<TargetRef> targets) {
        Set<ResourceKey> gateways = new TreeSet<>();
        for (TargetRef target : targets) {
            routes.forEachUser(target.key(), route -> {
                Contribution contribution = assembly.contribution(route);
                if (contribution != null) {
                    contribution.attached().forEach(section -> addGateway(section, gateways));
                }
            });
        }
        return gateways;
    }

    /// @param text of a section of a Gateway or ListenerSet
    private void addGateway(String text, Set<ResourceKey> gateways) {
        Section section = Section.parse(text);
        if (section != null && applies(section)) {
            ListenerSet set = index.listenerSets.get(section.owner());
            gateways.add(set == null ? section.owner() : set.parent());
        }
    }

    private boolean applies(Section section) {
        GatewayView view = index.plan.gateways().get(section.owner());
        if (view == null) {
            return false;
        }
        for (ListenerView listener : view.listeners()) {
            Gateway.Listener of = listener.listener();
            if (of.name().equals(section.listener())) {
                return !of.passthrough() && of.carries() != ListenerProtocol.UDP;
            }
        }
        return false;
    }
}
