package io.jigress.control.translate;

import io.jigress.config.PersistentMap;
import io.jigress.config.StreamRoute;
import io.jigress.config.TlsStreams;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.HostPattern;
import io.jigress.control.translate.Contribution.StreamClaim;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The routes of one socket that carry no HTTP. Of several for one host of a listener, the oldest is used (Gateway API, conflicts).
final class StreamTable {
    private static final Comparator<StreamClaim> ORDER = Comparator.comparingLong(StreamClaim::created)
            .thenComparing(claim -> claim.owner().namespace() + "/" + claim.owner().name()).thenComparing(StreamClaim::owner)
            .thenComparing(StreamClaim::section);

    private record Place(String listener, String host) {}

    private final Map<Place, NavigableSet<StreamClaim>> claims = new HashMap<>();
    /// By the listener's host pattern, then by the route's.
    private PersistentMap<String, PersistentMap<String, StreamRoute>> routes = PersistentMap.empty();
    private SortedMap<String, StreamSection> sections = new TreeMap<>();
    private PersistentMap<String, TlsStreams> streams = PersistentMap.empty();

    /// Of a socket with TLS, by the listeners' host patterns.
    PersistentMap<String, TlsStreams> streams() {
        return streams;
    }

    /// The listener of a socket without host names; empty for none.
    String section() {
        StreamSection section = sections.get(HostPattern.ANY);
        return section == null ? "" : section.section();
    }

    /// The route of a socket without host names; null for none.
    @Nullable StreamRoute only() {
        PersistentMap<String, StreamRoute> all = routes.get(HostPattern.ANY);
        return all == null ? null : all.get(HostPattern.ANY);
    }

    /// Applies a changed plan.
    void plan(SocketPlan next) {
        SortedMap<String, StreamSection> before = sections;
        sections = next.streams();
        before.keySet().forEach(this::settle);
        sections.keySet().forEach(this::settle);
    }

    /// @param disturbed is called with the owners of claims whose position among those of one host changed
    void add(StreamClaim claim, Consumer<ResourceKey> disturbed) {
        NavigableSet<StreamClaim> there = claims.computeIfAbsent(place(claim), _ -> new TreeSet<>(ORDER));
        there.remove(claim);
        there.add(claim);
        changed(claim, there, disturbed);
    }

    /// As [#add].
    void remove(StreamClaim claim, Consumer<ResourceKey> disturbed) {
        NavigableSet<StreamClaim> there = claims.get(place(claim));
        if (there != null) {
            there.remove(claim);
            changed(claim, there, disturbed);
        }
    }

    /// The claim that gets the connections in place of this one; this one where it gets them itself.
    StreamClaim winner(StreamClaim claim) {
        NavigableSet<StreamClaim> there = claims.get(place(claim));
        return there == null || there.isEmpty() ? claim : there.first();
    }

    private void changed(StreamClaim claim, NavigableSet<StreamClaim> there, Consumer<ResourceKey> disturbed) {
        there.forEach(other -> disturbed.accept(other.owner()));
        PersistentMap<String, StreamRoute> hosts = routes.get(claim.listener());
        hosts = hosts == null ? PersistentMap.empty() : hosts;
        if (there.isEmpty()) {
            claims.remove(place(claim));
            hosts = hosts.without(claim.host());
        } else if (!there.first().route().equals(hosts.get(claim.host()))) {
            hosts = hosts.with(claim.host(), there.first().route());
        }
        routes = hosts.isEmpty() ? routes.without(claim.listener()) : routes.with(claim.listener(), hosts);
        settle(claim.listener());
    }

    private void settle(String listener) {
        StreamSection section = sections.get(listener);
        if (section == null) {
            streams = streams.without(listener);
            return;
        }
        PersistentMap<String, StreamRoute> hosts = routes.get(listener);
        TlsStreams next = new TlsStreams(section.section(), section.terminated(), hosts == null ? PersistentMap.empty() : hosts);
        if (!next.equals(streams.get(listener))) {
            streams = streams.with(listener, next);
        }
    }

    private static Place place(StreamClaim claim) {
        return new Place(claim.listener(), claim.host());
    }
}
