package io.jigress.control.translate;

import io.jigress.config.FilterSpec;
import org.jspecify.annotations.Nullable;

/// The result of a Plugin.
///
/// @param filter the filter's name
/// @param identity of the Plugins of one identity one runs
/// @param origin the Plugin, as in messages
/// @param spec null when the Plugin is invalid
/// @param protects whether its target must be closed when it is invalid
record PluginFilter(String filter, String identity, String origin, @Nullable FilterSpec spec, boolean protects) {

    /// The same for a target with an invalid reference.
    PluginFilter broken() {
        return new PluginFilter(filter, identity, origin, null, protects);
    }

    /// Whether it has any effect on its targets.
    boolean counts() {
        return spec != null || protects;
    }
}
