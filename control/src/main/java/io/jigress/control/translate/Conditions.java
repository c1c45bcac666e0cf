package io.jigress.control.translate;

import io.jigress.api.Json;

/// Creates conditions of Kubernetes statuses, without times, which the component that stores the status adds.
final class Conditions {
    private Conditions() {}

    /// @param generation of the observed object; left out when 0
    static Json condition(String type, boolean status, String reason, String message, long generation) {
        Json.Builder condition = Json.object().put("type", type).put("status", status ? "True" : "False").put("reason", reason)
                .put("message", message);
        if (generation > 0) {
            condition.put("observedGeneration", generation);
        }
        return condition.build();
    }
}
