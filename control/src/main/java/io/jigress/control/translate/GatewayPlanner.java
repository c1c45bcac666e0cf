package io.jigress.control.translate;

import io.jigress.api.NearestName;
import io.jigress.config.TlsSettings;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.Section;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.GatewayClass;
import io.jigress.control.kinds.HostPattern;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.ListenerSet;
import io.jigress.control.kinds.ListenerTls;
import io.jigress.control.kinds.TrafficSettings;
import io.jigress.control.translate.GatewayPlan.Conflict;
import io.jigress.control.translate.GatewayPlan.GatewayView;
import io.jigress.control.translate.GatewayPlan.ListenerView;
import io.jigress.control.translate.GatewayPlan.ServiceView;
import io.jigress.control.translate.SocketPlan.Owner;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

    /// A listener during the assignment.
    private record Bid(String section, Gateway.Listener listener, List<String> sockets, @Nullable Conflict conflict,
            @Nullable String collision) {}

    private static final class Socket {
        final String address;
        final int port;
        final int publicPort;
        final boolean https;
        /// Its first owner.
        final String place;
        final Map<String, String> sectionByHost = new TreeMap<>();
        /// By host, the sections of namesakes in other clusters that share it.
        final Map<String, List<String>> joined = new HashMap<>();

        Socket(String address, int port, int publicPort, boolean https, String place) {
            this.address = address;
            this.port = port;
            this.publicPort = publicPort;
            this.https = https;
            this.place = place;
        }

        void take(String host, String section) {
            if (sectionByHost.putIfAbsent(host, section) != null) {
                joined.computeIfAbsent(host, _ -> new ArrayList<>()).add(section);
            }
        }

        /// The section that already owns a host, so that a Gateway cannot have it, or null. Over TLS a host has one listener: its certificates and its
        /// verification of clients apply to all requests of the host.
        @Nullable String rival(ResourceKey asking, String host) {
            String first = sectionByHost.get(host);
            return first == null
                    ? null
                    : Stream.concat(Stream.of(first), joined.getOrDefault(host, List.of()).stream())
                            .filter(holder -> https || !joins(asking, holder)).findFirst().orElse(null);
        }
    }

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

        Map<String, Socket> sockets = new HashMap<>();
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
            bids.put(entry.key(), deal(new Asking(entry, entry.value().listeners(), ports, closed), here, sockets));
            for (Table.Entry<ListenerSet> set : sets.of(entry.key())) {
                bids.put(set.key(), deal(new Asking(set, set.value().listeners(), ports, closed), here, sockets));
            }
        }
        Map<String, Owner> owners = new HashMap<>();
        Map<String, TlsSettings> tls = new HashMap<>();
        ListenerCertificates lookups = new ListenerCertificates(index, certificates);
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
                List<ListenerView> listeners = views(entry, set.key(), own, bids, sockets, owners, lookups);
                all.addAll(listeners);
                attached += listeners.stream().anyMatch(ListenerView::programmed) ? 1 : 0;
                views.put(set.key(),
                        new GatewayView(true, listeners, here, 0, null, null, null, problems(set.resource(), listeners)));
            }
            List<ListenerView> listeners = views(entry, entry.key(), own, bids, sockets, owners, lookups);
            all.addAll(listeners);
            views.put(entry.key(),
                    new GatewayView(true, listeners, here, attached, null, own, service,
                            gatewayProblems(entry.resource(), listeners, all, own, service)));
            for (ListenerView view : all) {
                if (view.tls() != null) {
                    tls.put(view.section(), view.tls().settings());
                }
            }
        }
        String ingressCollision = null;
        if (ingresses || ours.isEmpty()) {
            ingressCollision = ingressSocket(settings.httpPort(), false, "the setting ports.http", sockets);
        }
        String ingressTlsCollision = null;
        if (ingressTls) {
            ingressTlsCollision = ingressSocket(settings.httpsPort(), true, "the setting ports.https", sockets);
        }
        owners.put(IngressProcessor.SECTION, Owner.of(IngressProcessor.SECTION));
        Set<ResourceKey> looked = new HashSet<>(lookups.lookups());
        wanted.forEach((key, each) -> looked.add(GatewayServices.key(key, each.gateway().value().className())));
        return new GatewayPlan(views, socketPlans(sockets, owners, tls), Set.copyOf(looked),
                ingressCollision,
                ingressTlsCollision);
    }

    /// What the Services of Gateways must have, the older Gateway first; empty where Gateways have none.
    private Map<ResourceKey, GatewayServices.Wanted> wanted(List<Table.Entry<Gateway>> gateways,
            Map<ResourceKey, List<String>> addresses, ListenerSetChoice sets) {
        Map<ResourceKey, GatewayServices.Wanted> wanted = new LinkedHashMap<>();
        for (Table.Entry<Gateway> entry : services.on() ? gateways : List.<Table.Entry<Gateway>>of()) {
            SortedMap<Integer, String> ports = new TreeMap<>();
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

    private static void ports(List<Gateway.Listener> listeners, SortedMap<Integer, String> ports) {
        listeners.stream().filter(Gateway.Listener::valid)
                .forEach(listener -> ports.putIfAbsent(listener.port(), listener.tls() == null ? "http" : "https"));
    }

    /// Opens a socket for Ingresses.
    ///
    /// @return what keeps it closed, or null
    private @Nullable String ingressSocket(int port, boolean https, String place, Map<String, Socket> sockets) {
        String collision = collision(settings.sharedAddress(), port, sockets);
        if (collision != null) {
            return collision;
        }
        Socket socket = sockets.computeIfAbsent(SocketPlan.name(settings.sharedAddress(), port),
                _ -> new Socket(settings.sharedAddress(), port, port, https, place));
        if (socket.https != https) {
            return socket.place + " has it for " + (socket.https ? "HTTPS" : "HTTP");
        }
        socket.sectionByHost.putIfAbsent(HostPattern.ANY, IngressProcessor.SECTION);
        return null;
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

    /// An owner of listeners: a Gateway or a ListenerSet.
    ///
    /// @param targets the ports of sockets by those of listeners, where they differ
    /// @param closed whether nothing of it is opened
    private record Asking(Table.Entry<?> entry, List<Gateway.Listener> listeners, Map<Integer, Integer> targets,
            boolean closed) {
        int port(Gateway.Listener listener) {
            return targets.getOrDefault(listener.port(), listener.port());
        }
    }

    /// A listener gets its sockets only if its host is free on all of them.
    private List<Bid> deal(Asking asking, List<String> addresses, Map<String, Socket> sockets) {
        List<Bid> bids = new ArrayList<>();
        Table.Entry<?> entry = asking.entry;
        for (Gateway.Listener listener : asking.listeners) {
            String section = new Section(entry.key(), listener.name()).text();
            if (!listener.valid() || asking.closed) {
                bids.add(new Bid(section, listener, List.of(),
                        asking.closed ? null : otherProtocol(listener, asking.port(listener), addresses, sockets),
                        null));
                continue;
            }
            Conflict conflict = null;
            String collision = null;
            boolean https = listener.tls() != null;
            int port = asking.port(listener);
            for (String address : addresses) {
                collision = collision == null ? collision(address, port, sockets) : collision;
                Socket socket = sockets.get(SocketPlan.name(address, port));
                if (conflict == null && socket != null && socket.https != https) {
                    conflict = protocolConflict(socket);
                }
                String holder = socket == null ? null : socket.rival(entry.key(), listener.host());
                if (conflict == null && holder != null) {
                    conflict = new Conflict("HostnameConflict", "Its port and host are those of " + shown(section, holder),
                            holder);
                }
            }
            List<String> names = new ArrayList<>();
            for (String address : conflict == null && collision == null ? addresses : List.<String>of()) {
                String name = SocketPlan.name(address, port);
                sockets.computeIfAbsent(name,
                        _ -> new Socket(address, port, listener.port(), https, listener.path() + " of " + place(entry)))
                        .take(listener.host(), section);
                names.add(name);
            }
            bids.add(new Bid(section, listener, List.copyOf(names), conflict, collision));
        }
        return bids;
    }

    /// Whether a listener shares its host with another one: Gateways of one name in several clusters are one to their clients. Within a cluster
    /// each host has one listener.
    private static boolean joins(ResourceKey asking, String holder) {
        Section there = Section.parse(holder);
        return there != null && !there.owner().cluster().equals(asking.cluster())
                && there.owner().in(asking.cluster()).equals(asking);
    }

    private static @Nullable Conflict otherProtocol(Gateway.Listener listener, int port, List<String> addresses,
            Map<String, Socket> sockets) {
        return addresses.stream().map(address -> sockets.get(SocketPlan.name(address, port))).filter(Objects::nonNull)
                .filter(socket -> listener.excludes(socket.https)).map(GatewayPlanner::protocolConflict)
                .min(Comparator.comparing(Conflict::holder)).orElse(null);
    }

    private static Conflict protocolConflict(Socket socket) {
        return new Conflict("ProtocolConflict", "Its port is that of a listener of protocol " + (socket.https ? "HTTPS" : "HTTP"),
                socket.sectionByHost.values().stream().min(Comparator.naturalOrder()).orElse(""));
    }

    /// The other listener of a conflict, as far as the owner may know it.
    private static String shown(String section, String holder) {
        Section asking = Section.parse(section);
        Section other = Section.parse(holder);
        return asking != null && other != null && asking.owner().isInNamespaceOf(other.owner()) ? holder : "another listener";
    }

    /// What else in this process listens on the port, on an address that excludes this one; null when nothing does.
    private @Nullable String collision(String address, int port, Map<String, Socket> sockets) {
        for (TranslationSettings.Reserved reserved : settings.reserved()) {
            if (reserved.port() == port && SocketPlan.collide(reserved.address(), address)) {
                return "the setting " + reserved.setting() + " has " + socket(reserved.address(), port);
            }
        }
        return sockets.values().stream()
                .filter(socket -> socket.port == port && !socket.address.equals(address)
                        && SocketPlan.collide(socket.address, address))
                .map(socket -> socket.place + " has " + socket(socket.address, port)).min(Comparator.naturalOrder())
                .orElse(null);
    }

    private static String socket(String address, int port) {
        return address.isEmpty() ? "port " + port + " of all addresses" : SocketPlan.name(address, port);
    }

    private static String place(Table.Entry<?> entry) {
        return entry.key() + " (" + entry.resource().source() + ")";
    }

    /// The listeners of a Gateway, or those that a ListenerSet adds to it.
    private List<ListenerView> views(Table.Entry<Gateway> gateway, ResourceKey owner, ListenerCertificates.@Nullable Own own,
            Map<ResourceKey, List<Bid>> bids,
            Map<String, Socket> sockets, Map<String, Owner> owners, ListenerCertificates lookups) {
        List<ListenerView> listeners = new ArrayList<>();
        for (Bid bid : bids.getOrDefault(owner, List.of())) {
            ListenerView listener = view(gateway, owner, own, bid, sockets, lookups);
            listeners.add(listener);
            owners.put(bid.section, new Owner(bid.section, listener.filters(), listener.closed(), listener.settings()));
        }
        return List.copyOf(listeners);
    }

    private ListenerView view(Table.Entry<Gateway> entry, ResourceKey owner, ListenerCertificates.@Nullable Own own, Bid bid,
            Map<String, Socket> sockets, ListenerCertificates lookups) {
        ResourceKey gateway = entry.key();
        String name = bid.listener.name();
        Map<String, List<String>> narrower = new HashMap<>();
        boolean joined = false;
        for (String socket : bid.sockets) {
            Socket there = sockets.get(socket);
            joined |= there != null && !bid.section.equals(there.sectionByHost.get(bid.listener.host()));
            List<String> hosts = there == null
                    ? List.of()
                    : there.sectionByHost.keySet().stream()
                            .filter(h -> !h.equals(bid.listener.host()) && HostPattern.covers(bid.listener.host(), h)).toList();
            if (!hosts.isEmpty()) {
                narrower.put(socket, hosts);
            }
        }
        FilterStack filters = new FilterStack().add(owner.equals(gateway) ? index.filters.at(gateway, name) : List.of())
                .add(index.filters.at(gateway, ""))
                .strays(index.filters.elsewhere(gateway,
                        entry.value().listeners().stream().map(Gateway.Listener::name).toList()));
        TrafficSettings traffic = (owner.equals(gateway) ? index.settings(gateway, name) : TrafficSettings.NONE)
                .over(index.settings(gateway, ""));
        ListenerTls wanted = bid.listener.tls();
        ListenerCertificates.View tls = wanted == null || !bid.listener.valid()
                ? null
                : lookups.view(owner, gateway, bid.section, bid.listener, wanted, entry.value().frontend());
        return new ListenerView(bid.section, bid.listener, bid.conflict, bid.collision, tls, bid.sockets, Map.copyOf(narrower),
                joined,
                filters.specs(),
                traffic, own == null ? null : own.certificate(), filters.closedBy());
    }

    /// @param all also those of its ListenerSets
    private static List<Problem> gatewayProblems(Resource gateway, List<ListenerView> listeners, List<ListenerView> all,
            ListenerCertificates.@Nullable Own own, @Nullable ServiceView service) {
        Findings findings = new Findings(gateway, problems(gateway, listeners));
        if (service != null && service.foreign() != null) {
            findings.error("metadata.name", "is \"" + gateway.key().name() + "\", and " + service.foreign()
                    + " exists, which Jigress has not made, so that the Gateway gets no Service",
                    "another name, or no such Service");
        }
        if (own != null) {
            own.faults().forEach(
                    fault -> findings.add(fault.path(), fault.what(), fault.expected(), fault.severity(), fault.missing()));
        }
        for (ListenerView view : all) {
            if (view.tls() != null) {
                view.tls().ofGateway().forEach(
                        fault -> findings.add(fault.path(), fault.what(), fault.expected(), fault.severity(), fault.missing()));
            }
        }
        return findings.list();
    }

    private static List<Problem> problems(Resource owner, List<ListenerView> listeners) {
        Findings findings = new Findings(owner, List.of());
        for (ListenerView view : listeners) {
            Conflict conflict = view.conflict();
            if (view.tls() != null) {
                view.tls().faults().forEach(
                        fault -> findings.add(fault.path(), fault.what(), fault.expected(), fault.severity(), fault.missing()));
            }
            if (view.open()) {
                FilterStack.explain(findings, view.listener().path(), view.closedBy());
            }
            if (view.collision() != null) {
                findings.error(view.listener().path() + ".port",
                        "is " + view.listener().port() + ", which is not opened here: " + view.collision(),
                        "another port, or addresses that differ");
            } else if (conflict != null) {
                boolean host = conflict.reason().equals("HostnameConflict");
                findings.error(view.listener().path(),
                        "asks for port " + view.listener().port()
                                + (host ? " and host " + view.listener().host() : " and protocol " + view.listener().protocol())
                                + ", which the listener " + conflict.holder() + " has"
                                + (host ? "" : conflict.message().endsWith("HTTPS") ? " for HTTPS" : " for HTTP"),
                        host ? "a port and host of its own" : "a port of its own");
            }
        }
        return findings.list();
    }

    private static Map<String, SocketPlan> socketPlans(Map<String, Socket> sockets, Map<String, Owner> owners,
            Map<String, TlsSettings> tls) {
        Map<String, SocketPlan> plans = new HashMap<>();
        sockets.forEach((name, socket) -> {
            SortedMap<String, Owner> byHost = new TreeMap<>();
            socket.sectionByHost.forEach(
                    (host, section) -> byHost.put(host, owners.getOrDefault(section, Owner.of(section))));
            SortedMap<String, TlsSettings> settings = new TreeMap<>();
            if (socket.https) {
                socket.sectionByHost.forEach((host, section) -> {
                    TlsSettings own = tls.get(section);
                    if (own != null) {
                        settings.put(host, own);
                    }
                });
            }
            plans.put(name, new SocketPlan(name, socket.address, socket.port, socket.publicPort, byHost,
                    socket.https ? settings : null));
        });
        return plans;
    }
}
