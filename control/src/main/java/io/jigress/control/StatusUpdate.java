package io.jigress.control;

import io.jigress.api.Json;
import org.jspecify.annotations.Nullable;

/// The status an object should show now.
///
/// @param status in Kubernetes' form, without the times of its conditions; null when the gateway has nothing to say about the object (any more)
public record StatusUpdate(ResourceKey resource, @Nullable Json status) {}
