package io.jigress.control.translate;

import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Plugin;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The remaining work of the current translation.
final class PendingWork {
    private final Uses uses;
    private Set<ResourceKey> routes = new LinkedHashSet<>();
    private Set<ResourceKey> reports = new LinkedHashSet<>();
    private boolean gateways;

    PendingWork(Uses uses) {
        this.uses = uses;
    }

    /// A route object must be translated (again), or removed if it does not exist any more.
    void route(ResourceKey key) {
        routes.add(key);
    }

    /// All objects that depend on this object must be translated again.
    void touch(ResourceKey key) {
        uses.forEachUser(key, routes::add);
    }

    /// The Gateways must be planned again.
    void gateways() {
        gateways = true;
    }

    /// The problems and the status of an object must be computed again.
    void report(ResourceKey key) {
        reports.add(key);
    }

    boolean takeGateways() {
        boolean taken = gateways;
        gateways = false;
        return taken;
    }

    /// Those of the Plugins among the routes to be translated. Listeners and routes depend on them.
    List<ResourceKey> takePlugins() {
        List<ResourceKey> taken = routes.stream().filter(key -> Plugin.is(key)).toList();
        taken.forEach(routes::remove);
        return taken;
    }

    List<ResourceKey> takeRoutes() {
        List<ResourceKey> taken = new ArrayList<>(routes);
        routes = new LinkedHashSet<>();
        return taken;
    }

    List<ResourceKey> takeReports() {
        List<ResourceKey> taken = new ArrayList<>(reports);
        reports = new LinkedHashSet<>();
        return taken;
    }
}
