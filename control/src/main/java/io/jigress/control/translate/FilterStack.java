package io.jigress.control.translate;

import io.jigress.config.FilterSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The Plugins in effect at one place, collected from the nearest to the farthest: of several with the same identity the nearest and then the oldest
/// wins. An invalid one is left out, unless it protects: then the place is closed.
final class FilterStack {
    private final Set<String> identities = new HashSet<>();
    private final List<FilterSpec> specs = new ArrayList<>();
    private @Nullable String closedBy;

    /// The Plugins that a rule or a backendRef names itself: all of them run, in their order, also several of the same filter.
    FilterStack named(List<PluginFilter> plugins) {
        for (PluginFilter plugin : plugins) {
            if (plugin.counts()) {
                identities.add(plugin.identity());
                place(plugin);
            }
        }
        return this;
    }

    /// @param plugins the older first
    FilterStack add(List<PluginFilter> plugins) {
        for (PluginFilter plugin : plugins) {
            if (!plugin.counts() || !identities.add(plugin.identity())) {
                continue;
            }
            place(plugin);
        }
        return this;
    }

    private void place(PluginFilter plugin) {
        FilterSpec spec = plugin.spec();
        if (spec == null) {
            closedBy = closedBy == null ? plugin.origin() : closedBy;
        } else if (!specs.contains(spec)) {
            specs.add(spec);
        }
    }

    /// Plugins with a section that their target does not have: protecting ones close the target.
    FilterStack strays(List<PluginFilter> plugins) {
        return plugins.isEmpty() ? this : add(plugins.stream().map(PluginFilter::broken).toList());
    }

    List<FilterSpec> specs() {
        return List.copyOf(specs);
    }

    /// The filters, with those of a farther place that they do not replace.
    List<FilterSpec> over(List<FilterSpec> farther) {
        return farther.isEmpty()
                ? specs()
                : Stream.concat(specs.stream(), farther.stream().filter(f -> !identities.contains(f.identity()))).toList();
    }

    @Nullable String closedBy() {
        return closedBy;
    }

    boolean closed() {
        return closedBy != null;
    }

    /// Reports why a part of a route object is closed.
    void explain(Findings findings, String path) {
        explain(findings, path, closedBy);
    }

    static void explain(Findings findings, String path, @Nullable String closedBy) {
        if (closedBy != null) {
            findings.error(path, "answers 503, since it is protected by " + closedBy + ", which has errors",
                    "a Plugin without errors");
        }
    }
}
