package io.jigress.control.translate;

import io.jigress.api.IpLiteral;
import io.jigress.api.Json;
import io.jigress.config.ClientCertificates;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.translate.GatewayPlan.GatewayView;
import io.jigress.control.translate.GatewayPlan.ListenerView;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Gateways: a change causes a new plan; the status reports the outcome.
final class GatewayProcessor implements KindProcessor {
    private final TranslationIndex index;
    private final PendingWork pendingWork;
    private final ListenerStatus listeners;

    GatewayProcessor(TranslationIndex index, PendingWork pendingWork, ListenerStatus listeners) {
        this.index = index;
        this.pendingWork = pendingWork;
        this.listeners = listeners;
    }

    @Override
    public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
        // Kept since the plan depends on the age of Gateways and reports problems with their file.
        boolean moved = before != null && after != null
                && (before.created() != after.created() || !before.source().equals(after.source()));
        if (index.gateways.put(key, after) || moved) {
            pendingWork.gateways();
        }
    }

    @Override
    public void report(ResourceKey key, Reports reports) {
        Table.Entry<Gateway> entry = index.gateways.entry(key);
        GatewayView view = index.plan.gateways().get(key);
        if (entry == null || view == null) {
            reports.problems(key, List.of());
            reports.status(key, null);
            reports.service(key, null);
            return;
        }
        List<Problem> problems = Stream.concat(entry.problems().stream(), view.problems().stream()).toList();
        reports.problems(key, problems);
        reports.status(key, view.ours() ? status(entry, view) : null);
        reports.service(key, view.service() == null ? null : view.service().wanted());
    }

    private static boolean isInsecure(ListenerView view) {
        return view.tls() != null && view.tls().settings().clients().mode() == ClientCertificates.Mode.UNVERIFIED;
    }

    private Json status(Table.Entry<Gateway> entry, GatewayView view) {
        long generation = entry.generation();
        List<Json> addresses = new ArrayList<>();
        boolean unassigned = view.service() != null && view.service().addresses().isEmpty();
        for (String address : view.service() == null ? view.addresses() : view.service().addresses()) {
            addresses.add(
                    Json.object().put("type", address.isEmpty() || IpLiteral.parse(address) != null ? "IPAddress" : "Hostname")
                            .put("value", address.isEmpty() ? "0.0.0.0" : address).build());
        }
        long open = view.listeners().stream().filter(ListenerView::accepted).count();
        List<Json> conditions = new ArrayList<>();
        if (entry.value().badParameters()) {
            conditions
                    .add(Conditions.condition("Accepted", false, "InvalidParameters", "Gateways take no parameters", generation));
        } else if (entry.value().badAddress()) {
            conditions.add(Conditions.condition("Accepted", false, "UnsupportedAddress", "An address cannot be listened on",
                    generation));
        } else if (open > 0 && open == view.listeners().size()) {
            conditions.add(Conditions.condition("Accepted", true, "Accepted", "All listeners are accepted", generation));
        } else {
            conditions
                    .add(Conditions.condition("Accepted", open > 0, "ListenersNotValid", (view.listeners().size() - open) + " of "
                            + view.listeners().size() + " listeners are not accepted", generation));
        }
        conditions.add(open > 0 && unassigned
                ? Conditions.condition("Programmed", false, "AddressNotAssigned", "The Service of the Gateway has no address yet",
                        generation)
                : open > 0
                        ? Conditions.condition("Programmed", true, "Programmed", "Listeners are in the configuration", generation)
                : Conditions.condition("Programmed", false, "Invalid", "No listener is in the configuration", generation));
        ListenerCertificates.Own own = view.own();
        if (own != null) {
            conditions.add(own.reason() == null
                    ? Conditions.condition("ResolvedRefs", true, "ResolvedRefs", "All references are resolved", generation)
                    : Conditions.condition("ResolvedRefs", false, own.reason(), own.message(), generation));
        }
        if (view.listeners().stream().anyMatch(GatewayProcessor::isInsecure)) {
            conditions.add(Conditions.condition("InsecureFrontendValidationMode", true, "ConfigurationChanged",
                    "Clients without a valid certificate are let through", generation));
        }
        Json.Builder status = Json.object().put("addresses", Json.array(addresses)).put("conditions", Json.array(conditions));
        if (view.sets() > 0) {
            status.put("attachedListenerSets", view.sets());
        }
        return status.put("listeners", Json.array(view.listeners().stream().map(l -> listeners.of(l, generation)).toList()))
                .build();
    }
}
