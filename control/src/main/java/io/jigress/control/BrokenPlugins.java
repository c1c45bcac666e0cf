package io.jigress.control;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.PersistentMap;
import io.jigress.control.Reconciler.Live;
import io.jigress.control.kinds.Plugin;
import java.util.ArrayList;
import java.util.List;

/// Reports the Plugins that do not work in the data plane, as a condition of theirs: `Working` is False while a plugin cannot be loaded or is in quarantine, and
/// absent otherwise.
public final class BrokenPlugins {
    private static final String WORKING = "Working";

    private BrokenPlugins() {}

    /// The live state, with the condition in the statuses of these Plugins.
    ///
    /// @param faults of the data plane; those of other objects are ignored
    public static Live in(Live live, List<Problem> faults) {
        Translation translation = live.translation();
        PersistentMap<ResourceKey, Json> statuses = translation.statuses();
        for (Problem fault : faults) {
            ResourceKey key = fault.resource();
            boolean isPlugin = Plugin.KINDS.contains(key.kind()) || key.kind().equals(Plugin.WASM_PLUGIN);
            if (isPlugin && statuses.get(key) instanceof Json.Obj status) {
                statuses = statuses.with(key, with(status, fault.what()));
            }
        }
        return statuses == translation.statuses()
                ? live
                : new Live(live.resources(), new Translation(translation.revision(), translation.config(), statuses,
                        translation.problems(), translation.services()), live.sourceProblems(), live.failures(), live.timing());
    }

    private static Json with(Json.Obj status, String why) {
        List<Json> conditions = new ArrayList<>();
        Json generation = null;
        for (JsonReader condition : JsonReader.of("", status).objects("conditions")) {
            if (!condition.text("type", "").equals(WORKING)) {
                conditions.add(condition.json());
                generation = condition.json().members().get("observedGeneration");
            }
        }
        Json.Builder working = Json.object().put("type", WORKING).put("status", "False").put("reason", "NotWorking").put(
                "message",
                why);
        if (generation != null) {
            working.put("observedGeneration", generation);
        }
        conditions.add(working.build());
        Json.Builder changed = Json.object();
        status.members().forEach((name, value) -> {
            if (!name.equals("conditions")) {
                changed.put(name, value);
            }
        });
        return changed.put("conditions", Json.array(conditions)).build();
    }
}
