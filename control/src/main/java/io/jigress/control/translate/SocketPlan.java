package io.jigress.control.translate;

import io.jigress.config.FilterSpec;
import io.jigress.config.ProxyProtocolInput;
import io.jigress.config.TlsSettings;
import io.jigress.control.kinds.HostPattern;
import io.jigress.control.kinds.TrafficSettings;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One socket and the owners of its hosts.
///
/// @param name `address:port`, for UDP `address:port/udp`
/// @param publicPort the port of the Gateways' listeners, which clients know
/// @param owners the listeners that carry HTTP, by their host patterns; without `*` when none owns all hosts
/// @param tls how TLS is terminated, by host pattern
/// @param proxyProtocol whether connections begin with a header of the PROXY protocol
/// @param streams the listeners that carry no HTTP, by their host patterns: for TCP and UDP `*`
record SocketPlan(String name, String address, int port, int publicPort, SocketKind kind, ProxyProtocolInput proxyProtocol,
        SortedMap<String, Owner> owners,
        SortedMap<String, TlsSettings> tls, SortedMap<String, StreamSection> streams) {

    /// The section of hosts without an owner. Routes are placed by listeners, so it is not used for them.
    private static final Owner NO_OWNER = Owner.of("");

    /// @param filters run for every request of the section
    /// @param closed whether a protecting filter is invalid, so that nothing may pass
    /// @param settings of policies for its routes
    record Owner(String section, List<FilterSpec> filters, boolean closed, TrafficSettings settings) {
        static Owner of(String section) {
            return new Owner(section, List.of(), false, TrafficSettings.NONE);
        }
    }

    /// Whether two sockets of one port cannot be open at the same time: one of them is for all addresses, or both are for the same.
    static boolean collide(String one, String other) {
        return one.equals(other) || isAny(one) || isAny(other);
    }

    private static boolean isAny(String address) {
        return address.isEmpty() || address.equals("0.0.0.0") || address.equals("::");
    }

    static String name(String address, int port) {
        return (address.indexOf(':') >= 0 ? "[" + address + "]" : address) + ":" + port;
    }

    static String name(String address, int port, SocketKind kind) {
        return name(address, port) + (kind == SocketKind.UDP ? "/udp" : "");
    }

    /// Whether a host pattern has a virtual host even without routes. On a port that HTTPS shares with listeners without HTTP, theirs are among them: a
    /// request for such a host is for another listener than that of its connection (RFC 9110, 7.4).
    boolean hasHost(String pattern) {
        return owners.containsKey(pattern) || !owners.isEmpty() && streams.containsKey(pattern);
    }

    /// Those for which [#hasHost] is true.
    void forEachHost(Consumer<String> action) {
        owners.keySet().forEach(action);
        if (!owners.isEmpty()) {
            streams.keySet().forEach(action);
        }
    }

    /// The listener with the most specific pattern that covers a host pattern.
    Owner owner(String host) {
        for (@Nullable String pattern = host; pattern != null; pattern = HostPattern.wider(pattern)) {
            Owner owner = owners.get(pattern);
            if (owner != null) {
                return owner;
            }
            StreamSection stream = streams.get(pattern);
            if (stream != null) {
                return Owner.of(stream.section());
            }
        }
        return NO_OWNER;
    }
}
