package io.jigress.proxy;

import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Listener;
import io.jigress.config.LoadBalancing;
import io.jigress.config.PersistentMap;
import io.jigress.config.ProxyProtocolInput;
import io.jigress.config.StreamOptions;
import io.jigress.config.StreamRoute;
import io.jigress.config.TlsSettings;
import io.jigress.config.TlsStreams;
import io.jigress.config.Traffic;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A gateway whose listener carries no HTTP: TCP or TLS. It has one event loop.
final class StreamGateway extends LoggedGateway<StreamGateway> {
    private ProxyProtocolInput proxyProtocol = ProxyProtocolInput.OFF;

    StreamGateway(String transport) {
        this(ProxySettings.DEFAULT.withTransport(transport));
    }

    StreamGateway(ProxySettings settings) {
        this(settings, (name, _) -> {
            throw new AssertionError(name);
        });
    }

    StreamGateway(ProxySettings settings, EndpointDirectory directory) {
        super(settings.withEventLoops(1), directory);
    }

    @Override
    StreamGateway self() {
        return this;
    }

    static Cluster cluster(String name, InetSocketAddress... endpoints) {
        return GatewayUnderTest.cluster(name, "tcp", Json.Obj.EMPTY, ConnectionLimits.DEFAULT, endpoints);
    }

    /// With the endpoints that a directory has under its name.
    static Cluster cluster(String name, EndpointRef endpoints) {
        return new Cluster(name, "Backend test/" + name, "tcp", Json.Obj.EMPTY, endpoints, LoadBalancing.ROUND_ROBIN,
                ConnectionLimits.DEFAULT);
    }

    static StreamRoute route(String cluster) {
        return route(cluster, StreamOptions.DEFAULT);
    }

    static StreamRoute route(String cluster, StreamOptions options) {
        return new StreamRoute("all", "TCPRoute test/" + cluster, List.of(new StreamRoute.WeightedCluster(cluster, 1)), options);
    }

    static PersistentMap<String, StreamRoute> routes(String pattern, String cluster) {
        return PersistentMap.<String, StreamRoute>empty().with(pattern, route(cluster));
    }

    /// Whether connections to the listener begin with a header of the PROXY protocol; to be called before the listener is added.
    StreamGateway proxyProtocol(ProxyProtocolInput input) {
        proxyProtocol = input;
        return this;
    }

    /// The TCP listener has this route; null for none.
    StreamGateway tcp(@Nullable StreamRoute route) {
        return with(new Listener(LISTENER, "127.0.0.1", 0, 0, new Traffic.Tcp(route), proxyProtocol));
    }

    /// The listener is one of TLS.
    StreamGateway tls(PersistentMap<String, TlsSettings> tls, PersistentMap<String, TlsStreams> streams, Traffic.Http http) {
        return with(new Listener(LISTENER, "127.0.0.1", 0, 0, new Traffic.Tls(http.hosts(), tls, streams), proxyProtocol));
    }

    /// A connection whose reads fail after ten seconds.
    Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
        socket.setSoTimeout(10_000);
        socket.setTcpNoDelay(true);
        return socket;
    }

    /// Waits until so many streams of a cluster's route are open.
    void awaitOpen(String cluster, String protocol, int count) {
        awaitMetric("jigress_stream_sessions_open{route=\"TCPRoute test/" + cluster + "\",protocol=\"" + protocol + "\"}", count);
    }
}
