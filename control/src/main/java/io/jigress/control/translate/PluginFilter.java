package io.jigress.control.translate;

import io.jigress.config.FilterSpec;
import org.jspecify.annotations.Nullable;

/// What a Plugin came to.
///
/// @param filter the filter's name
/// @param origin the Plugin, as messages show it
/// @param spec null when the Plugin is broken
/// @param protects whether its target must be closed when it is broken
record PluginFilter(String filter, String origin, @Nullable FilterSpec spec, boolean protects) {

    /// The same where a reference to the target is wrong.
    PluginFilter broken() {
        return new PluginFilter(filter, origin, null, protects);
    }

    /// Whether it does anything to its targets.
    boolean counts() {
        return spec != null || protects;
    }
}
