package io.jigress.app.admin;

import io.jigress.api.Json;
import io.jigress.config.GatewayConfig;
import io.jigress.control.Reconciler.Live;
import io.jigress.proxy.Gateway;
import io.jigress.sources.state.LastGoodState;
import org.jspecify.annotations.Nullable;

/// The endpoint `/memory`: the memory of the data plane, and the size of its configuration.
public final class MemoryView {
    private MemoryView() {}

    /// @param state null when the last good state is not kept
    public static Json of(Gateway gateway, Live live, @Nullable LastGoodState state) {
        Json.Builder memory = gateway.memory().put("configuration", configuration(live, gateway.filtersInUse()));
        if (state != null) {
            memory.put("lastGoodState", Json.object().put("fileBytes", state.size()).build());
        }
        return memory.build();
    }

    private static Json configuration(Live live, int filters) {
        long[] sourceBytes = new long[1];
        live.resources().resources().forEach((_, resource) -> sourceBytes[0] += resource.json().length);
        GatewayConfig config = live.translation().config();
        int[] hosts = new int[1];
        int[] routes = new int[1];
        config.listeners().forEach((_, listener) -> {
            hosts[0] += listener.traffic().hosts().size();
            listener.traffic().hosts().forEach((_, host) -> routes[0] += host.routes().size());
        });
        return Json.object().put("revision", live.resources().revision())
                .put("resources", live.resources().resources().size())
                .put("resourceBytes", sourceBytes[0])
                .put("listeners", config.listeners().size())
                .put("hosts", hosts[0])
                .put("routes", routes[0])
                .put("clusters", config.clusters().size())
                .put("filters", filters)
                .put("problems", live.problems().size())
                .build();
    }
}
