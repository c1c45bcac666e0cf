package io.jigress.control.translate;

import io.jigress.api.NearestName;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.HttpRoute;
import io.jigress.control.kinds.Plugin;
import io.jigress.control.kinds.TargetRef;
import java.util.List;

/// The targets of the `targetRefs` of Plugins and TrafficPolicies.
final class Targets {
    private final TranslationIndex index;
    private final PendingWork pendingWork;

    Targets(TranslationIndex index, PendingWork pendingWork) {
        this.index = index;
        this.pendingWork = pendingWork;
    }

    /// Adds the targets to the pending work, and the reports of everything attached to them, since these may conflict.
    <T> void touch(List<TargetRef> targets, Attachments<T> attachments) {
        for (TargetRef target : targets) {
            switch (target.key().kind()) {
                case "Gateway" -> pendingWork.gateways();
                case "HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute", "Ingress" -> pendingWork.route(target.key());
                default -> pendingWork.touch(target.key());
            }
            attachments.at(target.key()).forEach(attached -> pendingWork.report(attached.owner()));
        }
    }

    /// An object was created, changed or removed: the problems of objects that refer to it may change.
    void changed(ResourceKey key) {
        index.filters.at(key).forEach(attached -> pendingWork.report(attached.owner()));
        index.traffic.at(key).forEach(attached -> pendingWork.report(attached.owner()));
    }

    boolean exists(TargetRef target) {
        return target.key().equals(Plugin.ALL_TRAFFIC) || index.resources.get(target.key()) != null;
    }

    /// Reports a target, or a part of one, that does not exist.
    ///
    /// @param closes whether the target is closed where a part of it does not exist
    void requireExisting(TargetRef target, Severity severity, boolean closes, Findings findings) {
        if (target.key().equals(Plugin.ALL_TRAFFIC)) {
            return;
        }
        Resource resource = index.resources.get(target.key());
        if (resource == null) {
            findings.add(target.path() + ".name", "is \"" + target.key().name() + "\", and there is no " + target.key(),
                    "an object of this namespace", severity, target.key());
            return;
        }
        List<String> sections = target.section().isEmpty() ? List.of() : sections(resource);
        if (!target.section().isEmpty() && !sections.contains(target.section())) {
            findings.add(target.path() + ".sectionName",
                    "is \"" + target.section() + "\", which " + target.key() + " does not have, so that "
                            + (closes ? "all of it answers 503" : "it has no effect there")
                            + NearestName.hint(target.section(), sections),
                    sections.isEmpty() ? "none: it has no part with a name" : "one of " + String.join(", ", sections), severity);
        }
    }

    private List<String> sections(Resource resource) {
        Gateway gateway = index.gateways.get(resource.key());
        return gateway == null
                ? HttpRoute.ruleNames(resource)
                : gateway.listeners().stream().map(Gateway.Listener::name).toList();
    }

    static String show(TargetRef target) {
        return target.section().isEmpty() ? target.key().toString() : target.key() + " " + target.section();
    }
}
