package io.jigress.admin;

import io.jigress.api.Json;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/// `/healthz`, `/readyz`, `/metrics`, for probes and scrapers. They contain nothing confidential.
public final class HealthEndpoints {
    private HealthEndpoints() {}

    /// Whether new connections are accepted.
    ///
    /// @param state one of `starting`, `warming`, `ready`, `draining`
    public record Readiness(boolean ready, String state) {}

    /// @param metrics in Prometheus' text format, in pieces
    public static List<AdminEndpoint> of(Supplier<Readiness> readiness, Supplier<Iterator<String>> metrics) {
        return List.of(
                AdminEndpoint.get("/healthz", "200 while the process runs", Set.of(), _ -> AdminReply.json(state("alive"))),
                AdminEndpoint.get("/readyz", "200 while new connections are accepted, else 503", Set.of(), _ -> {
                    Readiness now = readiness.get();
                    return AdminReply.json(now.ready() ? 200 : 503, state(now.state()));
                }),
                // The charset is part of the format's media type: without it Prometheus falls back to an older parser.
                AdminEndpoint.get("/metrics", "counters and histograms, for Prometheus", Set.of(),
                        _ -> AdminReply.text("text/plain; version=0.0.4; charset=utf-8", metrics.get())));
    }

    private static Json state(String state) {
        return Json.object().put("state", state).build();
    }
}
