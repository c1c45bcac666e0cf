package io.jigress.control.translate;

import io.jigress.config.ProxyProtocolInput;
import io.jigress.config.TlsSettings;
import io.jigress.control.Section;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.HostPattern;
import io.jigress.control.kinds.ListenerProtocol;
import io.jigress.control.translate.GatewayPlan.Conflict;
import io.jigress.control.translate.SocketPlan.Owner;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Assigns sockets and hosts to listeners, in the order in which they are asked for.
final class SocketAssignment {
    private final TranslationSettings settings;
    private final Map<String, SocketDraft> sockets = new HashMap<>();
    private final Map<String, StreamSection> streams = new HashMap<>();

    /// An owner of listeners: a Gateway or a ListenerSet.
    ///
    /// @param targets the ports of sockets by those of listeners, where they differ
    /// @param closed whether nothing of it is opened
    record Asking(Table.Entry<?> entry, List<Gateway.Listener> listeners, Map<Integer, Integer> targets, boolean closed) {
        int port(Gateway.Listener listener) {
            return targets.getOrDefault(listener.port(), listener.port());
        }
    }

    /// What a listener got.
    ///
    /// @param sockets their names; empty when it cannot be opened
    /// @param conflict with a listener that takes precedence, or null
    /// @param collision what else in this process uses its port, as part of a message, or null
    record Bid(String section, Gateway.Listener listener, List<String> sockets, @Nullable Conflict conflict,
            @Nullable String collision) {}

    SocketAssignment(TranslationSettings settings) {
        this.settings = settings;
    }

    @Nullable SocketDraft socket(String name) {
        return sockets.get(name);
    }

    /// A listener gets its sockets only if its host is free on all of them.
    List<Bid> deal(Asking asking, List<String> addresses) {
        List<Bid> bids = new ArrayList<>();
        for (Gateway.Listener listener : asking.listeners) {
            String section = new Section(asking.entry.key(), listener.name()).text();
            ListenerProtocol protocol = listener.carries();
            bids.add(listener.valid() && !asking.closed && protocol != null
                    ? deal(asking, listener, section, protocol, addresses)
                    : new Bid(section, listener, List.of(), null, null));
        }
        return bids;
    }

    private Bid deal(Asking asking, Gateway.Listener listener, String section, ListenerProtocol protocol,
            List<String> addresses) {
        SocketKind kind = SocketKind.of(protocol);
        Conflict conflict = null;
        String collision = null;
        int port = asking.port(listener);
        for (String address : addresses) {
            collision = collision == null ? collision(address, port, kind) : collision;
            SocketDraft socket = sockets.get(SocketPlan.name(address, port, kind));
            if (conflict == null && socket != null) {
                conflict = conflict(asking, listener, section, kind, socket);
            }
        }
        List<String> names = new ArrayList<>();
        for (String address : conflict == null && collision == null ? addresses : List.<String>of()) {
            String name = SocketPlan.name(address, port, kind);
            sockets.computeIfAbsent(name, _ -> new SocketDraft(address, port, listener.port(), kind, listener.protocol(),
                    listener.path() + " of " + asking.entry.key() + " (" + asking.entry.resource().source() + ")"))
                    .take(listener.host(), section);
            names.add(name);
        }
        if (!names.isEmpty() && protocol.isStream()) {
            streams.put(section, new StreamSection(section, listener.tls() != null));
        }
        return new Bid(section, listener, List.copyOf(names), conflict, collision);
    }

    private static @Nullable Conflict conflict(Asking asking, Gateway.Listener listener, String section, SocketKind kind,
            SocketDraft socket) {
        if (socket.kind != kind) {
            return new Conflict("ProtocolConflict", "Its port is that of a listener of protocol " + socket.protocol,
                    socket.sectionByHost.values().stream().min(Comparator.naturalOrder()).orElse(""), socket.protocol);
        }
        String holder = socket.rival(asking.entry.key(), listener.host());
        if (holder == null) {
            return null;
        }
        return kind.hasHosts()
                ? new Conflict("HostnameConflict", "Its port and host are those of " + shown(section, holder), holder,
                        socket.protocol)
                : new Conflict("ProtocolConflict", "Its port is that of " + shown(section, holder)
                        + ", and a port has one listener of protocol " + socket.protocol, holder, socket.protocol);
    }

    /// The other listener of a conflict, as far as the owner may know it.
    static String shown(String section, String holder) {
        Section asking = Section.parse(section);
        Section other = Section.parse(holder);
        return asking != null && other != null && asking.owner().isInNamespaceOf(other.owner()) ? holder : "another listener";
    }

    /// Opens a socket for Ingresses.
    ///
    /// @return what keeps it closed, or null
    @Nullable String ingresses(int port, ListenerProtocol protocol, String place) {
        SocketKind kind = SocketKind.of(protocol);
        String collision = collision(settings.sharedAddress(), port, kind);
        if (collision != null) {
            return collision;
        }
        SocketDraft socket = sockets.computeIfAbsent(SocketPlan.name(settings.sharedAddress(), port, kind),
                _ -> new SocketDraft(settings.sharedAddress(), port, port, kind, protocol.name(), place));
        if (socket.kind != kind) {
            return socket.place + " has it for " + socket.protocol;
        }
        socket.sectionByHost.putIfAbsent(HostPattern.ANY, IngressProcessor.SECTION);
        socket.ingresses = true;
        return null;
    }

    /// What else in this process listens on the port, on an address that excludes this one; null when nothing does.
    private @Nullable String collision(String address, int port, SocketKind kind) {
        boolean udp = kind == SocketKind.UDP;
        for (TranslationSettings.Reserved reserved : udp ? List.<TranslationSettings.Reserved>of() : settings.reserved()) {
            if (reserved.port() == port && SocketPlan.collide(reserved.address(), address)) {
                return "the setting " + reserved.setting() + " has " + shown(reserved.address(), port);
            }
        }
        return sockets.values().stream()
                .filter(socket -> socket.port == port && (socket.kind == SocketKind.UDP) == udp
                        && !socket.address.equals(address) && SocketPlan.collide(socket.address, address))
                .map(socket -> socket.place + " has " + shown(socket.address, port)).min(Comparator.naturalOrder())
                .orElse(null);
    }

    private static String shown(String address, int port) {
        return address.isEmpty() ? "port " + port + " of all addresses" : SocketPlan.name(address, port);
    }

    /// @param owners by section
    /// @param tls by section, how it terminates TLS
    Map<String, SocketPlan> plans(Map<String, Owner> owners, Map<String, TlsSettings> tls) {
        return sockets.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, each -> plan(each.getKey(), each.getValue(), owners, tls)));
    }

    private SocketPlan plan(String name, SocketDraft socket, Map<String, Owner> owners, Map<String, TlsSettings> tls) {
        SortedMap<String, Owner> byHost = new TreeMap<>();
        SortedMap<String, StreamSection> streamsByHost = new TreeMap<>();
        SortedMap<String, TlsSettings> tlsByHost = new TreeMap<>();
        socket.sectionByHost.forEach((host, section) -> {
            StreamSection stream = streams.get(section);
            if (stream == null) {
                byHost.put(host, owners.getOrDefault(section, Owner.of(section)));
            } else {
                streamsByHost.put(host, stream);
            }
            TlsSettings own = tls.get(section);
            if (own != null && socket.kind == SocketKind.TLS) {
                tlsByHost.put(host, own);
            }
        });
        return new SocketPlan(name, socket.address, socket.port, socket.publicPort, socket.kind, accepted(socket, owners), byHost,
                tlsByHost, streamsByHost);
    }

    private ProxyProtocolInput accepted(SocketDraft socket, Map<String, Owner> owners) {
        if (socket.kind == SocketKind.UDP) {
            return ProxyProtocolInput.OFF;
        }
        String decides = decides(socket, owners);
        ProxyProtocolInput accept = decides == null ? null : accept(decides, owners);
        return accept != null ? accept : socket.ingresses ? settings.ingressProxyProtocol() : ProxyProtocolInput.OFF;
    }

    /// A header of the PROXY protocol comes before anything that tells listeners of one port apart: the first listener whose policies say something decides.
    ///
    /// @return its section; null when no policy says something
    static @Nullable String decides(SocketDraft socket, Map<String, Owner> owners) {
        for (String section : socket.sections) {
            if (accept(section, owners) != null) {
                return section;
            }
        }
        return null;
    }

    /// What the policies of a listener say of headers of the PROXY protocol; null for nothing.
    static @Nullable ProxyProtocolInput accept(String section, Map<String, Owner> owners) {
        Owner owner = owners.get(section);
        return owner == null ? null : owner.settings().proxyProtocol().accept();
    }
}
