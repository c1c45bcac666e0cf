package io.jigress.control.translate;

import io.jigress.config.FilterSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The Plugins that hold for one place, gathered from the nearest to the farthest: of equal filters the nearest and then the oldest
/// counts.
final class FilterStack {
    private final Set<String> names = new HashSet<>();
    private final List<FilterSpec> specs = new ArrayList<>();
    private boolean closed;

    /// @param plugins the older first
    FilterStack add(List<PluginFilter> plugins) {
        for (PluginFilter plugin : plugins) {
            if (!names.add(plugin.filter())) {
                continue;
            }
            if (plugin.spec() != null) {
                specs.add(plugin.spec());
            } else {
                closed |= plugin.protects();
            }
        }
        return this;
    }

    List<FilterSpec> specs() {
        return List.copyOf(specs);
    }

    /// Whether a protecting filter is broken.
    boolean closed() {
        return closed;
    }
}
