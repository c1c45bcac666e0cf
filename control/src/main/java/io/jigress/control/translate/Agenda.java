package io.jigress.control.translate;

import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The work that is left in the translation under way.
final class Agenda {
    private final Uses uses;
    private Set<ResourceKey> routes = new LinkedHashSet<>();
    private Set<ResourceKey> reports = new LinkedHashSet<>();
    private boolean gateways;

    Agenda(Uses uses) {
        this.uses = uses;
    }

    /// A route object is to be translated (again), or taken away if it is gone.
    void route(ResourceKey key) {
        routes.add(key);
    }

    /// All objects that looked this object up are to be translated again.
    void touch(ResourceKey key) {
        uses.forEachUser(key, routes::add);
    }

    /// The Gateways are to be planned again.
    void gateways() {
        gateways = true;
    }

    /// The problems and the status of an object are to be made again.
    void report(ResourceKey key) {
        reports.add(key);
    }

    boolean takeGateways() {
        boolean taken = gateways;
        gateways = false;
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
