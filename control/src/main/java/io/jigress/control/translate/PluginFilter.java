package io.jigress.control.translate;

import io.jigress.config.FilterSpec;
import org.jspecify.annotations.Nullable;

/// What a Plugin came to.
///
/// @param filter the filter's name
/// @param spec null when the Plugin is broken
/// @param protects whether its target must be closed when it is broken
record PluginFilter(String filter, @Nullable FilterSpec spec, boolean protects) {}
