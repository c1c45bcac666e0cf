package io.jigress.control.translate;

import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.TargetRef;
import java.util.List;

/// Where the `targetRefs` of Plugins and TrafficPolicies lead.
final class Targets {
    private final Facts facts;
    private final Agenda agenda;

    Targets(Facts facts, Agenda agenda) {
        this.facts = facts;
        this.agenda = agenda;
    }

    /// Puts the targets on the agenda, and the reports of all that is attached to them, since these may be in conflict.
    <T> void touch(List<TargetRef> targets, Attachments<T> attachments) {
        for (TargetRef target : targets) {
            switch (target.key().kind()) {
                case "Gateway" -> agenda.gateways();
                case "HTTPRoute", "Ingress" -> agenda.route(target.key());
                default -> agenda.touch(target.key());
            }
            attachments.at(target.key()).forEach(attached -> agenda.report(attached.owner()));
        }
    }

    /// An object came into being or is gone: those that point to it may have something else to say.
    void existence(ResourceKey key) {
        facts.filters.at(key).forEach(attached -> agenda.report(attached.owner()));
        facts.traffic.at(key).forEach(attached -> agenda.report(attached.owner()));
    }

    void requireExisting(TargetRef target, Findings findings) {
        if (!facts.resources.contains(target.key())) {
            findings.warning(target.path(), "names " + target.key() + ", which does not exist", "an object of this namespace");
        }
    }

    static String show(TargetRef target) {
        return target.section().isEmpty() ? target.key().toString() : target.key() + " " + target.section();
    }
}
