package io.jigress.proxy.upstream;

import io.jigress.api.UpstreamProtocol;
import io.jigress.config.Cluster;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import java.util.HashMap;
import java.util.Map;

/// The clusters in use, by their configuration: equal configuration, same [Upstream]; same reference to endpoints, same endpoints,
/// so that an edit of limits knows them at once. For several threads.
public final class Upstreams implements AutoCloseable {
    private final EndpointDirectory directory;
    private final DnsDirectory dns;
    private final Map<String, UpstreamProtocol> protocols;
    private final Destinations destinations = new Destinations();
    private final Map<Cluster, Upstream> upstreams = new HashMap<>();
    private final Map<Source, WatchedEndpoints> sources = new HashMap<>();

    private record Source(EndpointRef ref, String protocol) {}

    /// @param protocols by [UpstreamProtocol#name]
    public Upstreams(EndpointDirectory directory, DnsDirectory dns, Map<String, UpstreamProtocol> protocols) {
        this.directory = directory;
        this.dns = dns;
        this.protocols = Map.copyOf(protocols);
    }

    /// Whether a protocol of this name can be used.
    public boolean speaks(String protocol) {
        return protocols.containsKey(protocol);
    }

    /// Each call needs one [#release].
    ///
    /// @throws IllegalArgumentException when the cluster's protocol is not known
    public synchronized Upstream acquire(Cluster cluster) {
        Upstream upstream = upstreams.get(cluster);
        if (upstream == null) {
            WatchedEndpoints endpoints = watch(new Source(cluster.endpoints(), cluster.protocol()));
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
        if (--endpoints.users == 0) {
            sources.remove(new Source(cluster.endpoints(), cluster.protocol()));
            endpoints.close();
        }
    }

    /// Follows endpoints no more: nothing that waits for them hears anything from now on.
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
        UpstreamProtocol protocol = protocols.get(source.protocol());
        if (protocol == null) {
            throw new IllegalArgumentException(
                    "protocol: " + source.protocol() + " (expected: one of " + protocols.keySet() + ")");
        }
        WatchedEndpoints endpoints = new WatchedEndpoints(protocol, destinations);
        switch (source.ref()) {
            case EndpointRef.Fixed fixed -> endpoints.update(new Endpoints(fixed.endpoints(), true));
            case EndpointRef.Dns name -> endpoints.source(dns.watch(name, endpoints::update));
            case EndpointRef.Named named -> endpoints.source(directory.watch(named, endpoints::update));
        }
        sources.put(source, endpoints);
        return endpoints;
    }

    /// How many clusters are in use.
    public synchronized int size() {
        return upstreams.size();
    }
}
