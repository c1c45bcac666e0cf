package io.jigress.control.translate;

import io.jigress.api.NearestName;
import io.jigress.control.Problem;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.GatewayClass;
import io.jigress.control.kinds.HostPattern;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.TrafficSettings;
import io.jigress.control.translate.GatewayPlan.GatewayView;
import io.jigress.control.translate.GatewayPlan.ListenerView;
import io.jigress.control.translate.SocketPlan.Owner;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Deals out sockets and hosts to Gateways: the older Gateway first, within a Gateway the earlier listener.
final class GatewayPlanner {
    private static final Comparator<Table.Entry<Gateway>> AGE = Comparator
            .comparingLong((Table.Entry<Gateway> e) -> e.resource().created())
            .thenComparing(Table.Entry::key);

    private final Facts facts;
    private final TranslationSettings settings;

    /// One listener while sockets are dealt out.
    private record Bid(String section, Gateway.Listener listener, List<String> sockets, @Nullable String conflict) {}

    private static final class Socket {
        final String address;
        final int port;
        final Map<String, String> sectionByHost = new TreeMap<>();

        Socket(String address, int port) {
            this.address = address;
            this.port = port;
        }
    }

    GatewayPlanner(Facts facts, TranslationSettings settings) {
        this.facts = facts;
        this.settings = settings;
    }

    /// @param ingresses whether there are Ingresses to be served
    GatewayPlan plan(boolean ingresses) {
        List<Table.Entry<Gateway>> ours = new ArrayList<>();
        Map<ResourceKey, GatewayView> views = new HashMap<>();
        facts.gateways.forEach((key, entry) -> {
            List<Problem> problems = new ArrayList<>();
            if (ours(entry, problems)) {
                ours.add(entry);
            } else {
                views.put(key, new GatewayView(false, List.of(), List.of(), List.copyOf(problems)));
            }
        });
        ours.sort(AGE);

        Map<String, Socket> sockets = new HashMap<>();
        Map<ResourceKey, List<Bid>> bids = new LinkedHashMap<>();
        Map<ResourceKey, List<String>> addresses = addresses(ours);
        for (Table.Entry<Gateway> entry : ours) {
            bids.put(entry.key(), deal(entry, addresses.getOrDefault(entry.key(), List.of()), sockets));
        }
        Map<String, Owner> owners = new HashMap<>();
        for (Table.Entry<Gateway> entry : ours) {
            List<ListenerView> listeners = new ArrayList<>();
            for (Bid bid : bids.getOrDefault(entry.key(), List.of())) {
                ListenerView listener = view(entry, bid, sockets);
                listeners.add(listener);
                owners.put(bid.section, new Owner(bid.section, listener.filters(), listener.closed(), listener.settings()));
            }
            views.put(entry.key(), new GatewayView(true, List.copyOf(listeners), addresses.getOrDefault(entry.key(), List.of()),
                    problems(entry, listeners)));
        }
        if (ingresses || ours.isEmpty()) {
            sockets.computeIfAbsent(settings.ingressSocket(),
                    _ -> new Socket(settings.sharedAddress(), settings.httpPort())).sectionByHost
                    .putIfAbsent(HostPattern.ANY,
                            IngressProcessor.SECTION);
            owners.put(IngressProcessor.SECTION, Owner.of(IngressProcessor.SECTION));
        }
        return new GatewayPlan(views, socketPlans(sockets, owners));
    }

    private boolean ours(Table.Entry<Gateway> entry, List<Problem> problems) {
        String name = entry.value().className();
        GatewayClass gatewayClass = facts.gatewayClasses.get(Kinds.gatewayClass(name));
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
                    "is \"" + name + "\", which does not exist" + NearestName.hint(name, classes()),
                    Kinds.CLASS + ", or the name of a GatewayClass");
        }
        problems.addAll(findings.list());
        return false;
    }

    private Set<String> classes() {
        Set<String> names = new TreeSet<>(Set.of(Kinds.CLASS));
        facts.gatewayClasses.forEach((key, _) -> names.add(key.name()));
        return names;
    }

    private Map<ResourceKey, List<String>> addresses(List<Table.Entry<Gateway>> gateways) {
        Map<ResourceKey, List<String>> addresses = new HashMap<>();
        int taken = 0;
        for (Table.Entry<Gateway> entry : gateways) {
            Gateway gateway = entry.value();
            if (!gateway.addresses().isEmpty() || gateway.badAddress()) {
                addresses.put(entry.key(), gateway.addresses());
            } else if (taken < settings.gatewayAddresses().size()) {
                addresses.put(entry.key(), List.of(settings.gatewayAddresses().get(taken++)));
            } else {
                addresses.put(entry.key(), List.of(settings.sharedAddress()));
            }
        }
        return addresses;
    }

    /// A listener gets its sockets if its host is free on all of them.
    private static List<Bid> deal(Table.Entry<Gateway> entry, List<String> addresses, Map<String, Socket> sockets) {
        List<Bid> bids = new ArrayList<>();
        for (Gateway.Listener listener : entry.value().listeners()) {
            String section = "gateway/" + entry.key().namespace() + "/" + entry.key().name() + "/" + listener.name();
            if (!listener.valid()) {
                bids.add(new Bid(section, listener, List.of(), null));
                continue;
            }
            String conflict = null;
            for (String address : addresses) {
                Socket socket = sockets.get(SocketPlan.name(address, listener.port()));
                String holder = socket == null ? null : socket.sectionByHost.get(listener.host());
                conflict = conflict == null ? holder : conflict;
            }
            List<String> names = new ArrayList<>();
            for (String address : conflict == null ? addresses : List.<String>of()) {
                String name = SocketPlan.name(address, listener.port());
                sockets.computeIfAbsent(name, _ -> new Socket(address, listener.port())).sectionByHost.put(listener.host(),
                        section);
                names.add(name);
            }
            bids.add(new Bid(section, listener, List.copyOf(names), conflict));
        }
        return bids;
    }

    private ListenerView view(Table.Entry<Gateway> entry, Bid bid, Map<String, Socket> sockets) {
        ResourceKey gateway = entry.key();
        String name = bid.listener.name();
        Map<String, List<String>> narrower = new HashMap<>();
        for (String socket : bid.sockets) {
            Socket there = sockets.get(socket);
            List<String> hosts = there == null
                    ? List.of()
                    : there.sectionByHost.keySet().stream()
                            .filter(h -> !h.equals(bid.listener.host()) && HostPattern.covers(bid.listener.host(), h)).toList();
            if (!hosts.isEmpty()) {
                narrower.put(socket, hosts);
            }
        }
        FilterStack filters = new FilterStack().add(facts.filters.at(gateway, name)).add(facts.filters.at(gateway, ""))
                .strays(facts.filters.elsewhere(gateway,
                        entry.value().listeners().stream().map(Gateway.Listener::name).toList()));
        TrafficSettings traffic = facts.settings(gateway, name).over(facts.settings(gateway, ""));
        return new ListenerView(bid.section, bid.listener, bid.conflict, bid.sockets, Map.copyOf(narrower), filters.specs(),
                traffic, filters.closedBy());
    }

    private List<Problem> problems(Table.Entry<Gateway> entry, List<ListenerView> listeners) {
        Findings findings = new Findings(entry.resource(), List.of());
        for (ListenerView view : listeners) {
            if (view.open()) {
                FilterStack.explain(findings, view.listener().path(), view.closedBy());
            }
            if (view.conflict() != null) {
                findings.error(view.listener().path(),
                        "asks for port " + view.listener().port() + " and host " + view.listener().host()
                                + ", which the listener " + view.conflict() + " has",
                        "a port and host of its own");
            }
        }
        return findings.list();
    }

    private static Map<String, SocketPlan> socketPlans(Map<String, Socket> sockets, Map<String, Owner> owners) {
        Map<String, SocketPlan> plans = new HashMap<>();
        sockets.forEach((name, socket) -> {
            SortedMap<String, Owner> byHost = new TreeMap<>();
            socket.sectionByHost.forEach(
                    (host, section) -> byHost.put(host, owners.getOrDefault(section, Owner.of(section))));
            plans.put(name, new SocketPlan(name, socket.address, socket.port, byHost));
        });
        return plans;
    }
}
