package io.jigress.control.translate;

import io.jigress.control.ResourceKey;
import io.jigress.control.Section;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A socket while sockets and hosts are assigned to listeners.
final class SocketDraft {
    final String address;
    final int port;
    final int publicPort;
    final SocketKind kind;
    /// That of its first owner, for messages.
    final String protocol;
    /// Its first owner, for messages.
    final String place;
    /// Its owners by host pattern.
    final Map<String, String> sectionByHost = new TreeMap<>();
    /// Its owners in their order: the first one takes precedence.
    final Set<String> sections = new LinkedHashSet<>();
    /// Whether it serves Ingresses.
    boolean ingresses;
    /// By host, the sections of namesakes in other clusters that share it.
    private final Map<String, List<String>> joined = new HashMap<>();

    SocketDraft(String address, int port, int publicPort, SocketKind kind, String protocol, String place) {
        this.address = address;
        this.port = port;
        this.publicPort = publicPort;
        this.kind = kind;
        this.protocol = protocol;
        this.place = place;
    }

    void take(String host, String section) {
        sections.add(section);
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
                        .filter(holder -> kind == SocketKind.TLS || !joins(asking, holder)).findFirst().orElse(null);
    }

    /// Whether a listener shares its host with another one: Gateways of one name in several clusters are one to their clients. Within a cluster
    /// each host has one listener.
    private static boolean joins(ResourceKey asking, String holder) {
        Section there = Section.parse(holder);
        return there != null && !there.owner().cluster().equals(asking.cluster())
                && there.owner().in(asking.cluster()).equals(asking);
    }
}
