package io.jigress.proxy.upstream;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.UpstreamProtocol;
import io.jigress.config.Cluster;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import io.jigress.config.ProxyProtocolOutput;
import io.jigress.config.UpstreamTls;
import io.jigress.proxy.tls.TlsEngine;
import io.jigress.proxy.tls.UpstreamContexts;
import io.jigress.proxy.tls.UpstreamHandshakes;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The clusters in use, by their configuration. Equal configurations share an [Upstream], and equal references share their endpoints,
/// so that a change of limits has them at once. For several threads.
public final class Upstreams implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Upstreams.class);

    private final EndpointDirectory directory;
    private final WatchedEndpoints.Clock clock;
    private final DnsDirectory dns;
    private final Map<String, UpstreamProtocol> protocols = new TreeMap<>();
    private final Destinations destinations = new Destinations();
    private final UpstreamContexts contexts;
    private final UpstreamHandshakes handshakes = new UpstreamHandshakes(System::nanoTime);
    private final EjectionLog ejections = new EjectionLog();
    private final Map<Cluster, Upstream> upstreams = new HashMap<>();
    private final Map<Source, WatchedEndpoints> sources = new HashMap<>();

    private record Source(EndpointRef ref, @Nullable UpstreamTransport transport, UpstreamProtocol protocol,
            ProxyProtocolOutput header) {}

    /// With BoringSSL where this machine has it.
    ///
    /// @param protocols of different names
    public Upstreams(EndpointDirectory directory, DnsDirectory dns, List<UpstreamProtocol> protocols) {
        this(directory, dns, protocols, TlsEngine.choose("auto"));
    }

    /// @param protocols of different names
    /// @param engine of TLS to endpoints
    public Upstreams(EndpointDirectory directory, DnsDirectory dns, List<UpstreamProtocol> protocols, TlsEngine engine) {
        this(directory, dns, protocols, engine, WatchedEndpoints.Clock.SYSTEM);
    }

    Upstreams(EndpointDirectory directory, DnsDirectory dns, List<UpstreamProtocol> protocols, TlsEngine engine,
            WatchedEndpoints.Clock clock) {
        this.clock = clock;
        this.directory = directory;
        this.dns = dns;
        this.contexts = new UpstreamContexts(engine);
        protocols.forEach(protocol -> {
            UpstreamProtocol other = this.protocols.put(protocol.name(), protocol);
            if (other != null) {
                throw new IllegalArgumentException(
                        "two upstream protocols are called " + protocol.name() + ": " + other.getClass()
                                + " and " + protocol.getClass());
            }
        });
    }

    /// Why a cluster's endpoints cannot be spoken to, for people; null when they can.
    public @Nullable String fault(Cluster cluster) {
        UpstreamProtocol protocol = protocols.get(cluster.protocol());
        if (protocol == null) {
            return "the upstream protocol \"" + cluster.protocol() + "\" is not spoken (expected: one of " + protocols.keySet()
                    + ")";
        }
        JsonReader config = config(cluster);
        try {
            protocol.configured(config);
        } catch (RuntimeException | LinkageError e) {
            LOG.error("the upstream protocol {} failed to read the configuration of {}", cluster.protocol(), cluster.origin(), e);
            return "the upstream protocol \"" + cluster.protocol() + "\" failed to read its configuration: " + e;
        }
        if (cluster.protocol().equals("udp") && cluster.endpoints().whole() instanceof EndpointRef.Proxied) {
            return "datagrams cannot be sent through an HTTP proxy";
        }
        if (config.failed()) {
            return "the upstream protocol \"" + cluster.protocol() + "\": " + config.issues();
        }
        return cluster.tls() == null ? null : fault(cluster.tls());
    }

    private @Nullable String fault(UpstreamTls tls) {
        for (String name : tls.alpn()) {
            if (protocols.values().stream().noneMatch(protocol -> protocol.alpn().equals(name))) {
                return "no upstream protocol is called \"" + name + "\" in ALPN";
            }
        }
        try {
            contexts.of(tls);
            return null;
        } catch (GeneralSecurityException | SSLException | IllegalArgumentException e) {
            return "TLS to its endpoints, which " + tls.origin() + " asks for, cannot be set up: " + e.getMessage();
        }
    }

    private UpstreamProtocol configured(Cluster cluster) {
        UpstreamProtocol protocol = protocols.get(cluster.protocol());
        String fault = fault(cluster);
        if (protocol == null || fault != null) {
            throw new IllegalArgumentException(fault);
        }
        return protocol.configured(config(cluster));
    }

    private Source source(Cluster cluster) {
        UpstreamProtocol usual = configured(cluster);
        return new Source(cluster.endpoints(), cluster.tls() == null ? null : transport(cluster.tls(), usual), usual,
                cluster.proxyProtocol());
    }

    private UpstreamTransport transport(UpstreamTls tls, UpstreamProtocol usual) {
        Map<String, UpstreamProtocol> offered = new HashMap<>();
        for (String name : tls.alpn()) {
            offered.put(name, usual.alpn().equals(name) ? usual : called(name));
        }
        // HTTP/2 over TLS must be negotiated (RFC 9113, section 3.2).
        boolean mustChoose = usual.alpn().equals("h2") && offered.containsKey("h2");
        try {
            return new UpstreamTransport(contexts.of(tls), offered, mustChoose ? null : usual, handshakes);
        } catch (GeneralSecurityException | SSLException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private UpstreamProtocol called(String name) {
        return protocols.values().stream().filter(protocol -> protocol.alpn().equals(name)).findFirst().orElseThrow();
    }

    private static JsonReader config(Cluster cluster) {
        return JsonReader.of("config", cluster.protocolConfig());
    }

    /// Each call needs one [#release].
    ///
    /// @throws IllegalArgumentException when the cluster has a [#fault]
    public synchronized Upstream acquire(Cluster cluster) {
        Upstream upstream = upstreams.get(cluster);
        if (upstream == null) {
            WatchedEndpoints endpoints = watch(source(cluster));
            endpoints.users++;
            upstream = new Upstream(cluster, endpoints);
            upstreams.put(cluster, upstream);
        }
        upstream.users++;
        return upstream;
    }

    public synchronized void release(Upstream upstream) {
        if (--upstream.users > 0) {
            return;
        }
        Cluster cluster = upstream.cluster();
        upstreams.remove(cluster);
        WatchedEndpoints endpoints = upstream.watched();
        endpoints.forget(upstream);
        endpoints.release(upstream.outliers(), cluster);
        if (--endpoints.users == 0) {
            sources.remove(new Source(cluster.endpoints(), endpoints.transport(), endpoints.protocol(), endpoints.header()));
            endpoints.close();
        }
    }

    /// Stops watching endpoints: callbacks that wait for them are not called any more.
    @Override
    public synchronized void close() {
        sources.values().forEach(WatchedEndpoints::close);
        sources.clear();
        upstreams.clear();
    }

    private WatchedEndpoints watch(Source source) {
        WatchedEndpoints known = sources.get(source);
        if (known != null) {
            return known;
        }
        WatchedEndpoints endpoints = new WatchedEndpoints(source.transport(), source.protocol(), source.header(), destinations,
                ejections, clock);
        follow(source.ref(), endpoints, endpoints::update);
        sources.put(source, endpoints);
        return endpoints;
    }

    private void follow(EndpointRef ref, WatchedEndpoints endpoints, Consumer<Endpoints> listener) {
        switch (ref) {
            case EndpointRef.Fixed fixed -> listener.accept(new Endpoints(fixed.endpoints(), true));
            case EndpointRef.Dns name -> endpoints.source(dns.watch(name, listener));
            case EndpointRef.Named named -> endpoints.source(directory.watch(named, listener));
            case EndpointRef.Proxied proxied ->
                follow(proxied.proxy(), endpoints, proxies -> listener.accept(proxied.select(proxies)));
            case EndpointRef.Zone zone -> follow(zone.of(), endpoints, all -> listener.accept(zone.select(all)));
            case EndpointRef.Tagged tagged -> follow(tagged.of(), endpoints, all -> listener.accept(tagged.select(all)));
            case EndpointRef.Subset subset -> follow(subset.of(), endpoints, all -> listener.accept(subset.select(all)));
        }
    }

    /// How many endpoints are ejected of each cluster that has such ones, by its origin.
    public Map<String, Integer> ejected() {
        List<Upstream> all;
        synchronized (this) {
            all = List.copyOf(upstreams.values());
        }
        Map<String, Integer> ejected = new TreeMap<>();
        Set<OutlierDetector> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Upstream upstream : all) {
            int out = upstream.outliers().out();
            // An edit of limits may have made two upstreams of it for a while.
            if (out > 0 && seen.add(upstream.outliers())) {
                ejected.merge(upstream.cluster().origin(), out, Integer::sum);
            }
        }
        return ejected;
    }

    /// Every endpoint that is ejected, probed or failing, for people: `[{cluster, origin, address, state, since, until, reason,
    /// ejections}]`.
    ///
    /// @param now on the clock of the loops, @param wall the same moment
    public List<Json> unhealthy(long now, Instant wall) {
        List<Upstream> all;
        synchronized (this) {
            all = List.copyOf(upstreams.values());
        }
        List<Json> unhealthy = new ArrayList<>();
        Set<OutlierDetector> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Upstream upstream : all) {
            if (!upstream.outliers().quiet() && seen.add(upstream.outliers())) {
                for (UpstreamEndpoint endpoint : upstream.endpoints().entries()) {
                    EndpointHealth health = upstream.health(endpoint, now, wall);
                    if (health.state() != EndpointHealth.State.HEALTHY) {
                        unhealthy.add(health.describe(Json.object().put("cluster", upstream.cluster().name())
                                .put("origin", upstream.cluster().origin()).put("address", endpoint.text())).build());
                    }
                }
            }
        }
        return unhealthy;
    }

    /// How many clusters are in use.
    public synchronized int size() {
        return upstreams.size();
    }
}
