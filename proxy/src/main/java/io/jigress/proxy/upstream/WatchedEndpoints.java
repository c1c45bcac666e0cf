package io.jigress.proxy.upstream;

import io.jigress.api.UpstreamProtocol;
import io.jigress.config.Cluster;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.Endpoints;
import io.jigress.config.OutlierDetection;
import io.jigress.config.ProxyProtocolOutput;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches the endpoints of one reference. Clusters that differ only in limits share one. For several threads.
final class WatchedEndpoints {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedEndpoints.class);

    private final @Nullable UpstreamTransport transport;
    private final UpstreamProtocol protocol;
    private final ProxyProtocolOutput header;
    private final Destinations destinations;
    private final EjectionLog log;
    private final Clock clock;
    private final Map<Rule, OutlierDetector> detectors = new HashMap<>();
    /// The callback for the next change, by subscriber.
    private final Map<Object, Runnable> awaited = new HashMap<>();
    private volatile EndpointSet present = EndpointSet.UNKNOWN;
    private EndpointDirectory.@Nullable Watch watch;
    private boolean closed;
    /// Upstreams that use it; [Upstreams] counts.
    int users;

    /// Clusters whose configuration differs in other things share a detector: an edit of limits keeps ejections.
    private record Rule(String cluster, OutlierDetection outliers) {
        static Rule of(Cluster cluster) {
            return new Rule(cluster.name(), cluster.outliers());
        }
    }

    /// The times by which the age of endpoints is known.
    ///
    /// @param nanos the clock of the loops, @param millis since 1970
    record Clock(LongSupplier nanos, LongSupplier millis) {
        static final Clock SYSTEM = new Clock(System::nanoTime, System::currentTimeMillis);
    }

    /// Without the PROXY protocol.
    WatchedEndpoints(@Nullable UpstreamTransport transport, UpstreamProtocol protocol, Destinations destinations,
            EjectionLog log) {
        this(transport, protocol, ProxyProtocolOutput.NONE, destinations, log, Clock.SYSTEM);
    }

    WatchedEndpoints(@Nullable UpstreamTransport transport, UpstreamProtocol protocol, ProxyProtocolOutput header,
            Destinations destinations, EjectionLog log, Clock clock) {
        this.clock = clock;
        this.header = header;
        this.transport = transport;
        this.protocol = protocol;
        this.destinations = destinations;
        this.log = log;
    }

    @Nullable UpstreamTransport transport() {
        return transport;
    }

    UpstreamProtocol protocol() {
        return protocol;
    }

    ProxyProtocolOutput header() {
        return header;
    }

    EndpointSet present() {
        return present;
    }

    /// Each call needs one [#release].
    synchronized OutlierDetector outliers(Cluster cluster) {
        OutlierDetector detector = detectors.computeIfAbsent(Rule.of(cluster),
                rule -> new OutlierDetector(cluster.origin(), rule.outliers(), log, present));
        detector.users++;
        return detector;
    }

    synchronized void release(OutlierDetector detector, Cluster cluster) {
        if (--detector.users == 0) {
            detectors.remove(Rule.of(cluster));
        }
    }

    synchronized void source(EndpointDirectory.Watch watch) {
        this.watch = watch;
    }

    void update(Endpoints endpoints) {
        List<Runnable> actions;
        synchronized (this) {
            if (closed || !endpoints.known()) {
                return;
            }
            replace(endpoints.endpoints(), true);
            actions = List.copyOf(awaited.values());
            awaited.clear();
        }
        actions.forEach(Runnable::run);
    }

    private void replace(List<Endpoint> endpoints, boolean known) {
        Map<Endpoint, UpstreamEndpoint> before = new HashMap<>();
        // An endpoint whose weight or labels change is not a new one.
        Map<Destination.Key, Long> since = new HashMap<>();
        present.entries().forEach(entry -> {
            before.put(entry.endpoint(), entry);
            since.merge(entry.destination().key(), entry.sinceNanos(), Math::min);
        });
        long now = clock.nanos.getAsLong();
        // Of the first list it is not known which are new.
        long unseen = present.known() ? now : EndpointSet.LONG_AGO;
        Map<Endpoint, UpstreamEndpoint> gone = new HashMap<>(before);
        List<UpstreamEndpoint> after = new ArrayList<>(endpoints.size());
        for (Endpoint endpoint : endpoints) {
            UpstreamEndpoint kept = gone.remove(endpoint);
            if (kept != null) {
                after.add(kept);
            } else if (!before.containsKey(endpoint)) {
                Destination.Key key = key(endpoint);
                if (key != null) {
                    UpstreamEndpoint made = new UpstreamEndpoint(destinations.retain(key), endpoint,
                            since.getOrDefault(key, unseen), now, clock.millis.getAsLong());
                    before.put(endpoint, made);
                    after.add(made);
                }
            }
        }
        present = new EndpointSet(after, known);
        gone.values().forEach(entry -> {
            entry.gone = true;
            destinations.release(entry.destination());
        });
        detectors.values().forEach(detector -> detector.endpoints(present));
    }

    private Destination.@Nullable Key key(Endpoint endpoint) {
        Endpoint.ForwardProxy proxy = endpoint.proxy();
        InetSocketAddress address = proxy == null
                ? address(endpoint.address(), endpoint.port())
                : address(proxy.address(), proxy.port());
        String authority = proxy == null ? null : authority(endpoint);
        return address == null ? null : new Destination.Key(address, authority, transport, protocol, header);
    }

    private static String authority(Endpoint endpoint) {
        String host = endpoint.address();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + endpoint.port();
    }

    private static @Nullable InetSocketAddress address(String text, int port) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
        if (bytes == null || port < 1 || port > 65_535) {
            LOG.warn("endpoint {}:{} is left out (expected: an IP address and a port)", text, port);
            return null;
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Runs the action once the endpoints are others than those seen, at once if they are already; on any thread. One action for
    /// each who asks: a later one takes its place.
    void whenOther(EndpointSet seen, Object by, Runnable action) {
        synchronized (this) {
            if (closed) {
                return;
            }
            if (present == seen) {
                awaited.put(by, action);
                return;
            }
        }
        action.run();
    }

    synchronized void forget(Object by) {
        awaited.remove(by);
    }

    void close() {
        EndpointDirectory.Watch open;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            open = watch;
            awaited.clear();
            // The set stays readable: a request may have taken the cluster a moment ago.
            present.entries().forEach(entry -> destinations.release(entry.destination()));
        }
        if (open != null) {
            open.close();
        }
    }
}
