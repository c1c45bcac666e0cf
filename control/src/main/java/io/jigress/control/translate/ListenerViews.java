package io.jigress.control.translate;

import io.jigress.config.ProxyProtocolInput;
import io.jigress.config.TlsSettings;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.HostPattern;
import io.jigress.control.kinds.ListenerTls;
import io.jigress.control.kinds.Plugin;
import io.jigress.control.kinds.TrafficSettings;
import io.jigress.control.translate.GatewayPlan.Conflict;
import io.jigress.control.translate.GatewayPlan.ListenerView;
import io.jigress.control.translate.GatewayPlan.ServiceView;
import io.jigress.control.translate.SocketAssignment.Bid;
import io.jigress.control.translate.SocketPlan.Owner;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Completes listeners that got their sockets: filters, settings of policies, certificates; and reports their problems.
final class ListenerViews {
    private final TranslationIndex index;
    private final SocketAssignment sockets;
    private final ListenerCertificates lookups;
    private final Map<String, Owner> owners = new HashMap<>();
    private final Map<String, TlsSettings> tls = new HashMap<>();

    ListenerViews(TranslationIndex index, SocketAssignment sockets, ListenerCertificates lookups) {
        this.index = index;
        this.sockets = sockets;
        this.lookups = lookups;
        FilterStack all = new FilterStack().add(index.filters.at(Plugin.ALL_TRAFFIC, ""));
        owners.put(IngressProcessor.SECTION,
                new Owner(IngressProcessor.SECTION, all.specs(), all.closed(), TrafficSettings.NONE));
    }

    /// The settings of each section for its hosts.
    Map<String, Owner> owners() {
        return owners;
    }

    /// How each section terminates TLS, where it does.
    Map<String, TlsSettings> tls() {
        return tls;
    }

    /// The listeners of a Gateway, or those that a ListenerSet adds to it.
    List<ListenerView> of(Table.Entry<Gateway> gateway, ResourceKey owner, ListenerCertificates.@Nullable Own own,
            List<Bid> bids) {
        List<ListenerView> listeners = new ArrayList<>();
        for (Bid bid : bids) {
            ListenerView listener = view(gateway, owner, own, bid);
            listeners.add(listener);
            owners.put(bid.section(),
                    new Owner(bid.section(), listener.filters(), listener.closed(), listener.settings()));
            if (listener.tls() != null) {
                tls.put(bid.section(), listener.tls().settings());
            }
        }
        return List.copyOf(listeners);
    }

    private ListenerView view(Table.Entry<Gateway> entry, ResourceKey owner, ListenerCertificates.@Nullable Own own, Bid bid) {
        ResourceKey gateway = entry.key();
        Gateway.Listener listener = bid.listener();
        Map<String, List<String>> narrower = new HashMap<>();
        boolean joined = false;
        for (String socket : bid.sockets()) {
            SocketDraft there = sockets.socket(socket);
            joined |= there != null && !bid.section().equals(there.sectionByHost.get(listener.host()));
            List<String> hosts = there == null
                    ? List.of()
                    : there.sectionByHost.keySet().stream()
                            .filter(h -> !h.equals(listener.host()) && HostPattern.covers(listener.host(), h)).toList();
            if (!hosts.isEmpty()) {
                narrower.put(socket, hosts);
            }
        }
        boolean ownSection = owner.equals(gateway);
        List<PluginFilter> attached = ownSection ? index.filters.at(gateway, listener.name()) : List.of();
        FilterStack filters = listener.isStream() ? protecting(attached) : filters(entry, attached);
        TrafficSettings traffic = (ownSection ? index.settings(gateway, listener.name()) : TrafficSettings.NONE)
                .over(index.settings(gateway, ""));
        ListenerTls wanted = listener.tls();
        ListenerCertificates.View terminated = wanted == null || !listener.valid()
                ? null
                : lookups.view(owner, gateway, bid.section(), listener, wanted, entry.value().frontend());
        return new ListenerView(bid.section(), listener, bid.conflict(), bid.collision(), terminated, bid.sockets(),
                Map.copyOf(narrower), joined, filters.specs(), traffic, own == null ? null : own.certificate(),
                filters.closedBy());
    }

    private FilterStack filters(Table.Entry<Gateway> gateway, List<PluginFilter> attached) {
        return new FilterStack().add(attached).add(index.filters.at(gateway.key(), ""))
                .add(index.filters.at(Plugin.ALL_TRAFFIC, ""))
                .strays(index.filters.elsewhere(gateway.key(),
                        gateway.value().listeners().stream().map(Gateway.Listener::name).toList()));
    }

    /// Filters do not run for streams. A Plugin that protects and names such a listener closes it.
    private static FilterStack protecting(List<PluginFilter> attached) {
        return new FilterStack().add(attached.stream().filter(PluginFilter::protects).map(PluginFilter::broken).toList());
    }

    /// @param all also those of its ListenerSets
    static List<Problem> gatewayProblems(Resource gateway, List<ListenerView> listeners, List<ListenerView> all,
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

    static List<Problem> problems(Resource owner, List<ListenerView> listeners) {
        Findings findings = new Findings(owner, List.of());
        for (ListenerView view : listeners) {
            Conflict conflict = view.conflict();
            if (view.tls() != null) {
                view.tls().faults().forEach(
                        fault -> findings.add(fault.path(), fault.what(), fault.expected(), fault.severity(), fault.missing()));
            }
            if (view.open() && !view.isStream()) {
                FilterStack.explain(findings, view.listener().path(), view.closedBy());
            } else if (view.open() && view.closedBy() != null) {
                findings.error(view.listener().path(), "is closed to all traffic: " + view.closedBy()
                        + ", which protects, names it, and filters do not run on a listener of protocol "
                        + view.listener().protocol(), "a listener of protocol HTTP or HTTPS as the target of the Plugin");
            }
            if (view.collision() != null) {
                findings.error(view.listener().path() + ".port",
                        "is " + view.listener().port() + ", which is not opened here: " + view.collision(),
                        "another port, or addresses that differ");
            } else if (conflict != null) {
                boolean host = conflict.isOfHost();
                findings.error(view.listener().path(),
                        "asks for port " + view.listener().port()
                                + (host ? " and host " + view.listener().host() : " and protocol " + view.listener().protocol())
                                + ", which the listener " + conflict.holder() + " has"
                                + (host ? "" : " for " + conflict.protocol()),
                        host ? "a port and host of its own" : "a port of its own");
            }
        }
        return findings.list();
    }

    /// That listeners of one port do not agree about headers of the PROXY protocol: to be asked when all listeners are known.
    List<Problem> proxyProtocol(Resource owner, List<ListenerView> listeners) {
        Findings findings = new Findings(owner, List.of());
        for (ListenerView view : listeners) {
            SocketDraft socket = view.sockets().isEmpty() ? null : sockets.socket(view.sockets().getFirst());
            String decides = socket == null ? null : SocketAssignment.decides(socket, owners);
            ProxyProtocolInput used = decides == null ? null : SocketAssignment.accept(decides, owners);
            ProxyProtocolInput own = SocketAssignment.accept(view.section(), owners);
            if (decides != null && used != null && used != (own == null ? ProxyProtocolInput.OFF : own)) {
                findings.warning(view.listener().path() + ".port",
                        "is " + view.listener().port() + ", where " + SocketAssignment.shown(view.section(), decides)
                                + " sets proxyProtocol.accept: " + word(used) + " for all connections, though "
                                + (own == null
                                        ? "no policy sets it for this listener"
                                        : "the policies of this listener set " + word(own)),
                        "proxyProtocol.accept equal for the listeners of a port");
            }
        }
        return findings.list();
    }

    private static String word(ProxyProtocolInput input) {
        return switch (input) {
            case OFF -> "None";
            case OPTIONAL -> "Optional";
            case REQUIRED -> "Required";
        };
    }
}
