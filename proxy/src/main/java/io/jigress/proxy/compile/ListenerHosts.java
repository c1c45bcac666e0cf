package io.jigress.proxy.compile;

import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.config.VirtualHost;
import org.jspecify.annotations.Nullable;

/// The virtual hosts of a listener, and what their versions have in common.
final class ListenerHosts {
    private ListenerHosts() {}

    static PersistentMap<String, VirtualHost> of(@Nullable Listener listener) {
        return listener == null ? PersistentMap.empty() : listener.traffic().hosts();
    }

    /// Whether two versions of a host differ at most in their routes and path rules, so that equal routes need not be compiled again.
    static boolean alike(VirtualHost old, VirtualHost now) {
        return old.section().equals(now.section()) && old.onMiss() == now.onMiss() && old.filters().equals(now.filters());
    }
}
