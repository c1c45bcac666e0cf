package io.jigress.sentinel.rule;

import io.jigress.api.HeaderName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a refused request is answered.
///
/// @param status 0 for the status of the kind of rule
/// @param body null for an error in the gateway's own form
public record Fallback(int status, @Nullable String body, List<Map.Entry<HeaderName, String>> headers) {
    public Fallback {
        headers = List.copyOf(headers);
    }
}
