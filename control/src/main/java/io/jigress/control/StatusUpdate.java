package io.jigress.control;

import io.jigress.api.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an object should show now.
///
/// @param status in Kubernetes' form, without the times of its conditions; null when the gateway has nothing to say about the object (any more)
/// @param problems what is wrong with it
public record StatusUpdate(ResourceKey resource, @Nullable Json status, List<Problem> problems) {}
