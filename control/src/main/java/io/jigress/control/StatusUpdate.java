package io.jigress.control;

import io.jigress.api.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The present status of an object.
///
/// @param status in Kubernetes' form, without the times of its conditions; null when the gateway has no status for the object (any more)
/// @param problems its problems
/// @param service of a Gateway: what it should have, and what is to be removed; null for neither
public record StatusUpdate(ResourceKey resource, @Nullable Json status, List<Problem> problems,
        @Nullable GatewayService service) {

    /// One without a Service.
    public StatusUpdate(ResourceKey resource, @Nullable Json status, List<Problem> problems) {
        this(resource, status, problems, null);
    }
}
