package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.ListenerSet;
import io.jigress.control.translate.GatewayPlan.GatewayView;
import io.jigress.control.translate.GatewayPlan.ListenerView;
import io.jigress.control.translate.GatewayPlan.Refusal;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// ListenerSets: a change causes a new plan of the Gateways; the status reports the outcome.
final class ListenerSetProcessor implements KindProcessor {
    private final TranslationIndex index;
    private final PendingWork pendingWork;
    private final ListenerStatus listeners;

    ListenerSetProcessor(TranslationIndex index, PendingWork pendingWork, ListenerStatus listeners) {
        this.index = index;
        this.pendingWork = pendingWork;
        this.listeners = listeners;
    }

    @Override
    public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
        boolean moved = before != null && after != null
                && (before.created() != after.created() || !before.source().equals(after.source()));
        if (index.listenerSets.put(key, after) || moved) {
            pendingWork.gateways();
        }
    }

    @Override
    public void report(ResourceKey key, Reports reports) {
        Table.Entry<ListenerSet> entry = index.listenerSets.entry(key);
        GatewayView view = index.plan.gateways().get(key);
        if (entry == null || view == null) {
            reports.problems(key, List.of());
            reports.status(key, null);
            return;
        }
        List<Problem> problems = Stream.concat(entry.problems().stream(), view.problems().stream()).toList();
        reports.problems(key, problems);
        reports.status(key, view.ours() ? status(view, entry.generation()) : null);
    }

    private Json status(GatewayView view, long generation) {
        Refusal refusal = view.refusal();
        if (refusal != null) {
            return Json.object().put("conditions", Json.array(List.of(
                    Conditions.condition("Accepted", false, refusal.reason(), refusal.message(), generation),
                    Conditions.condition("Programmed", false, refusal.programmedReason(), refusal.message(), generation))))
                    .build();
        }
        int all = view.listeners().size();
        long open = view.listeners().stream().filter(ListenerView::programmed).count();
        String some = (all - open) + " of " + all + " listeners are not accepted";
        Json accepted = open > 0 && open == all
                ? Conditions.condition("Accepted", true, "Accepted", "All listeners are accepted", generation)
                : Conditions.condition("Accepted", open > 0, "ListenersNotValid", some, generation);
        Json programmed = open > 0
                ? Conditions.condition("Programmed", true, "Programmed", "Listeners are in the configuration", generation)
                : Conditions.condition("Programmed", false, "ListenersNotValid", some, generation);
        return Json.object().put("conditions", Json.array(List.of(accepted, programmed)))
                .put("listeners", Json.array(view.listeners().stream().map(l -> listeners.of(l, generation)).toList())).build();
    }
}
