package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.config.PersistentMap;
import io.jigress.control.GatewayService;
import io.jigress.control.Problem;
import io.jigress.control.ResourceKey;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The problems and statuses of all objects, and the Services of Gateways.
final class Reports {
    private PersistentMap<ResourceKey, Json> statuses = PersistentMap.empty();
    private PersistentMap<ResourceKey, List<Problem>> problems = PersistentMap.empty();
    private PersistentMap<ResourceKey, GatewayService> services = PersistentMap.empty();

    PersistentMap<ResourceKey, Json> statuses() {
        return statuses;
    }

    PersistentMap<ResourceKey, List<Problem>> problems() {
        return problems;
    }

    void status(ResourceKey key, @Nullable Json status) {
        statuses = status == null ? statuses.without(key) : statuses.with(key, status);
    }

    PersistentMap<ResourceKey, GatewayService> services() {
        return services;
    }

    void service(ResourceKey gateway, @Nullable GatewayService service) {
        services = service == null ? services.without(gateway) : services.with(gateway, service);
    }

    void problems(ResourceKey key, List<Problem> list) {
        problems = list.isEmpty() ? problems.without(key) : problems.with(key, list);
    }

    void addProblem(ResourceKey key, Problem problem) {
        List<Problem> before = problems.get(key);
        problems(key, before == null ? List.of(problem) : Stream.concat(before.stream(), Stream.of(problem)).toList());
    }
}
