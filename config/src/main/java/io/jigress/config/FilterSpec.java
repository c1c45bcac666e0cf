package io.jigress.config;

import io.jigress.api.FilterPhase;
import io.jigress.api.Json;

/// A filter by name, with its configuration.
///
/// @param name the kind of filter (`cors`)
/// @param scope whose state it shares: filters of equal name, scope and config are one (a Plugin object's key, or a route's id)
/// @param config already checked by the [FilterCatalog]
/// @param origin the object that asked for it (`Plugin default/limit`)
public record FilterSpec(String name, String scope, FilterPhase phase, int priority, Json config, String origin) {}
