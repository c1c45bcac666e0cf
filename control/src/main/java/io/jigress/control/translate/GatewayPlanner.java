package io.jigress.control.translate;

import io.jigress.api.NearestName;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.GatewayClass;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.ListenerProtocol;
import io.jigress.control.kinds.ListenerSet;
import io.jigress.control.kinds.ListenerTls;
import io.jigress.control.translate.GatewayPlan.GatewayView;
import io.jigress.control.translate.GatewayPlan.ListenerView;
import io.jigress.control.translate.GatewayPlan.ServiceView;
import io.jigress.control.translate.SocketAssignment.Asking;
import io.jigress.control.translate.SocketAssignment.Bid;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// Assigns sockets and hosts to Gateways: the older Gateway first, within a Gateway the earlier listener, then those of its ListenerSets, the
/// older first.
final class GatewayPlanner {
    private static final Comparator<Table.Entry<Gateway>> AGE = Comparator
            .comparingLong((Table.Entry<Gateway> e) -> e.resource().created())
            .thenComparing(Table.Entry::key);

    private final TranslationIndex index;
    private final TranslationSettings settings;
    private final AddressPool pool;
    private final GatewayServices services;
    private final Certificates certificates;

    GatewayPlanner(TranslationIndex index, TranslationSettings settings, Certificates certificates) {
        this.index = index;
        this.settings = settings;
        this.certificates = certificates;
        this.pool = new AddressPool(settings.gatewayAddresses(), settings.sharedAddress());
        this.services = new GatewayServices(index, settings);
    }

    AddressPool pool() {
        return pool;
    }

    /// @param ingresses whether there are Ingresses to serve
    /// @param ingressTls whether some of them have `tls`
    GatewayPlan plan(boolean ingresses, boolean ingressTls) {
        List<Table.Entry<Gateway>> ours = new ArrayList<>();
        Map<ResourceKey, GatewayView> views = new HashMap<>();
        index.gateways.forEach((key, entry) -> {
            List<Problem> problems = new ArrayList<>();
            if (ours(entry, problems)) {
                ours.add(entry);
            } else {
                // The Service stays while the class does not exist: it may be mistyped, or be replaced.
                boolean taken = index.gatewayClasses.get(Kinds.gatewayClass(key, entry.value().className())) != null;
                views.put(key, GatewayView.foreign(taken ? services.lost(key) : null, problems));
            }
        });
        ours.sort(AGE);

        SocketAssignment sockets = new SocketAssignment(settings);
        Map<ResourceKey, List<Bid>> bids = new LinkedHashMap<>();
        Map<ResourceKey, List<String>> addresses = addresses(ours);
        ListenerSetChoice sets = new ListenerSetChoice(index, ours);
        views.putAll(sets.left());
        Map<ResourceKey, GatewayServices.Wanted> wanted = wanted(ours, addresses, sets);
        Map<ResourceKey, Map<Integer, Integer>> targets = services.targets(List.copyOf(wanted.values()));
        for (Table.Entry<Gateway> entry : ours) {
            List<String> here = addresses.getOrDefault(entry.key(), List.of());
            boolean closed = entry.value().badParameters();
            Map<Integer, Integer> ports = targets.getOrDefault(entry.key(), Map.of());
            bids.put(entry.key(), sockets.deal(new Asking(entry, entry.value().listeners(), ports, closed), here));
            for (Table.Entry<ListenerSet> set : sets.of(entry.key())) {
                bids.put(set.key(), sockets.deal(new Asking(set, set.value().listeners(), ports, closed), here));
            }
        }
        ListenerCertificates lookups = new ListenerCertificates(index, certificates);
        ListenerViews listenerViews = new ListenerViews(index, sockets, lookups);
        for (Table.Entry<Gateway> entry : ours) {
            List<String> here = addresses.getOrDefault(entry.key(), List.of());
            ListenerTls.Ref ref = entry.value().own();
            ListenerCertificates.Own own = ref == null ? null : lookups.own(entry.key(), ref);
            GatewayServices.Wanted asked = wanted.get(entry.key());
            ServiceView service = asked == null
                    ? null
                    : services.view(asked, targets.getOrDefault(entry.key(), Map.of()));
            int attached = 0;
            List<ListenerView> all = new ArrayList<>();
            for (Table.Entry<ListenerSet> set : sets.of(entry.key())) {
                List<ListenerView> listeners = listenerViews.of(entry, set.key(), own, bids.getOrDefault(set.key(), List.of()));
                all.addAll(listeners);
                attached += listeners.stream().anyMatch(ListenerView::programmed) ? 1 : 0;
                views.put(set.key(), new GatewayView(true, listeners, here, 0, null, null, null,
                        ListenerViews.problems(set.resource(), listeners)));
            }
            List<ListenerView> listeners = listenerViews.of(entry, entry.key(), own, bids.getOrDefault(entry.key(), List.of()));
            all.addAll(listeners);
            views.put(entry.key(), new GatewayView(true, listeners, here, attached, null, own, service,
                    ListenerViews.gatewayProblems(entry.resource(), listeners, all, own, service)));
        }
        for (Table.Entry<Gateway> entry : ours) {
            warn(entry.key(), entry.resource(), listenerViews, views);
            sets.of(entry.key()).forEach(set -> warn(set.key(), set.resource(), listenerViews, views));
        }
        String ingressCollision = ingresses || ours.isEmpty()
                ? sockets.ingresses(settings.httpPort(), ListenerProtocol.HTTP, "the setting ports.http")
                : null;
        String ingressTlsCollision = ingressTls
                ? sockets.ingresses(settings.httpsPort(), ListenerProtocol.HTTPS, "the setting ports.https")
                : null;
        Set<ResourceKey> looked = new HashSet<>(lookups.lookups());
        wanted.forEach((key, each) -> looked.add(GatewayServices.key(key, each.gateway().value().className())));
        return new GatewayPlan(views, sockets.plans(listenerViews.owners(), listenerViews.tls()), Set.copyOf(looked),
                ingressCollision, ingressTlsCollision);
    }

    private static void warn(ResourceKey key, Resource owner, ListenerViews listeners, Map<ResourceKey, GatewayView> views) {
        views.computeIfPresent(key, (_, view) -> view.with(listeners.proxyProtocol(owner, view.listeners())));
    }

    /// What the Services of Gateways must have, the older Gateway first; empty where Gateways have none.
    private Map<ResourceKey, GatewayServices.Wanted> wanted(List<Table.Entry<Gateway>> gateways,
            Map<ResourceKey, List<String>> addresses, ListenerSetChoice sets) {
        Map<ResourceKey, GatewayServices.Wanted> wanted = new LinkedHashMap<>();
        for (Table.Entry<Gateway> entry : services.on() ? gateways : List.<Table.Entry<Gateway>>of()) {
            SortedMap<Integer, GatewayServices.Protocols> ports = new TreeMap<>();
            if (!entry.value().badParameters()) {
                ports(entry.value().listeners(), ports);
                sets.of(entry.key()).forEach(set -> ports(set.value().listeners(), ports));
            }
            List<String> here = addresses.getOrDefault(entry.key(), List.of());
            boolean shared = entry.value().addresses().isEmpty() && here.equals(List.of(settings.sharedAddress()));
            wanted.put(entry.key(), new GatewayServices.Wanted(entry, ports, shared ? List.of() : here));
        }
        return wanted;
    }

    private static void ports(List<Gateway.Listener> listeners, SortedMap<Integer, GatewayServices.Protocols> ports) {
        for (Gateway.Listener listener : listeners) {
            ListenerProtocol protocol = listener.carries();
            if (listener.valid() && protocol != null) {
                ports.merge(listener.port(), GatewayServices.Protocols.of(protocol), GatewayServices.Protocols::and);
            }
        }
    }

    private boolean ours(Table.Entry<Gateway> entry, List<Problem> problems) {
        String name = entry.value().className();
        GatewayClass gatewayClass = index.gatewayClasses.get(Kinds.gatewayClass(entry.key(), name));
        if (gatewayClass == null ? name.equals(Kinds.CLASS) : gatewayClass.ours()) {
            return true;
        }
        Findings findings = new Findings(entry.resource(), List.of());
        if (gatewayClass != null) {
            findings.warning("spec.gatewayClassName",
                    "is \"" + name + "\", which belongs to the controller " + gatewayClass.controller()
                            + ", so that the Gateway is ignored",
                    Kinds.CLASS);
        } else if (!name.isEmpty()) {
            findings.error("spec.gatewayClassName",
                    "is \"" + name + "\", which does not exist" + NearestName.hint(name, classes(entry.key())),
                    Kinds.CLASS + ", or the name of a GatewayClass");
        }
        problems.addAll(findings.list());
        return false;
    }

    private Set<String> classes(ResourceKey near) {
        Set<String> names = new TreeSet<>(Set.of(Kinds.CLASS));
        index.gatewayClasses.forEach((key, _) -> {
            if (key.cluster().equals(near.cluster())) {
                names.add(key.name());
            }
        });
        return names;
    }

    private Map<ResourceKey, List<String>> addresses(List<Table.Entry<Gateway>> gateways) {
        Map<ResourceKey, List<String>> addresses = new HashMap<>();
        Set<String> without = new LinkedHashSet<>();
        for (Table.Entry<Gateway> entry : gateways) {
            Gateway gateway = entry.value();
            if (!gateway.addresses().isEmpty() || gateway.badAddress()) {
                addresses.put(entry.key(), gateway.addresses());
            } else {
                without.add(name(entry.key()));
            }
        }
        Map<String, String> assigned = pool.assign(List.copyOf(without));
        gateways.forEach(entry -> addresses.computeIfAbsent(entry.key(),
                key -> List.of(assigned.getOrDefault(name(key), settings.sharedAddress()))));
        return addresses;
    }

    /// The name of a Gateway, the same in all clusters.
    private static String name(ResourceKey gateway) {
        return gateway.in("").path();
    }
}
