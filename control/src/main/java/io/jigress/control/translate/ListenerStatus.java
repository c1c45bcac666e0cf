package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.translate.GatewayPlan.Conflict;
import io.jigress.control.translate.GatewayPlan.ListenerView;
import java.util.ArrayList;
import java.util.List;

/// Creates the status of a listener of a Gateway or a ListenerSet.
final class ListenerStatus {
    private final AttachedRoutes attachedRoutes;

    ListenerStatus(AttachedRoutes attachedRoutes) {
        this.attachedRoutes = attachedRoutes;
    }

    Json of(ListenerView view, long generation) {
        Gateway.Listener listener = view.listener();
        List<Json> conditions = new ArrayList<>();
        boolean unsupported = !listener.protocol().isEmpty() && listener.carries() == null;
        Conflict conflict = view.conflict();
        if (view.open() && !view.accepted()) {
            conditions.add(Conditions.condition("Accepted", false, "NoValidCACertificate",
                    "Clients cannot be verified: " + tlsMessage(view), generation));
        } else if (view.open()) {
            conditions.add(Conditions.condition("Accepted", true, "Accepted", "The listener is accepted", generation));
        } else if (conflict != null) {
            conditions.add(Conditions.condition("Accepted", false, conflict.reason(), conflict.message(), generation));
        } else if (view.collision() != null) {
            conditions.add(Conditions.condition("Accepted", false, "PortUnavailable", view.collision(), generation));
        } else if (unsupported) {
            conditions.add(Conditions.condition("Accepted", false, "UnsupportedProtocol",
                    "Protocol " + listener.protocol() + " is not supported",
                    generation));
        } else if (listener.valid()) {
            conditions.add(Conditions.condition("Accepted", false, "Invalid", "The Gateway is not accepted", generation));
        } else {
            conditions.add(Conditions.condition("Accepted", false, "Invalid", "A field is invalid", generation));
        }
        conditions.add(view.open() && !view.programmed()
                ? Conditions.condition("Programmed", false, "Invalid", "TLS handshakes are refused: " + tlsMessage(view),
                        generation)
                : view.open()
                        ? Conditions.condition("Programmed", true, "Programmed", "The listener is in the configuration",
                                generation)
                : Conditions.condition("Programmed", false, conflict == null ? "Invalid" : conflict.reason(),
                        "The listener is not accepted", generation));
        String unresolved = view.tls() == null ? null : view.tls().reason();
        conditions.add(listener.allowed().kindsValid() && unresolved != null
                ? Conditions.condition("ResolvedRefs", false, unresolved, tlsMessage(view), generation)
                : listener.allowed().kindsValid()
                        ? Conditions.condition("ResolvedRefs", true, "ResolvedRefs", "All references are resolved", generation)
                : Conditions.condition("ResolvedRefs", false, "InvalidRouteKinds",
                        "allowedRoutes names a kind that cannot attach here", generation));
        conditions.add(conflict != null
                ? Conditions.condition("Conflicted", true, conflict.reason(), conflict.message(), generation)
                : Conditions.condition("Conflicted", false, "NoConflicts", "No other listener has its port and host",
                        generation));
        return Json.object().put("name", listener.name()).put("attachedRoutes", attachedRoutes.count(view.section()))
                .put("supportedKinds", Json.array(unsupported ? List.of() : kinds(listener.allowed())))
                .put("conditions", Json.array(conditions)).build();
    }

    private static List<Json> kinds(Gateway.AllowedRoutes allowed) {
        return allowed.kinds().stream().sorted()
                .map(kind -> (Json) Json.object().put("group", Kinds.GATEWAY_API).put("kind", kind.text()).build()).toList();
    }

    private static String tlsMessage(ListenerView view) {
        return view.tls() == null || view.tls().message().isEmpty() ? "a field of the Gateway is wrong" : view.tls().message();
    }
}
