package io.jigress.control;

import io.jigress.api.Json;

/// The status an object should show now (`status` in Kubernetes' form).
public record StatusUpdate(ResourceKey resource, Json status) {}
