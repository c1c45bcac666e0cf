package io.jigress.proxy.exchange;

import io.jigress.config.PathRules;
import io.jigress.proxy.compile.CompiledHost;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.compile.StreamTable;
import io.jigress.proxy.http.PathFault;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.http.TargetRanges;
import io.jigress.proxy.route.HostRoutes;
import io.jigress.proxy.route.RouteTable;
import io.jigress.proxy.tls.TlsListener;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// What the connections of one listener share: its current routes, and its settings for requests. For several threads.
public final class Frontend {

    /// Events for connections of clients, fired as user events of their channels.
    public enum Event {
        /// Some listener drains. A connection of a draining listener that carries no request closes when none comes for a while.
        DRAINING
    }

    private final String name;
    private final Object identity;
    private final int port;
    private final ClientSettings settings;
    private final TrustedProxies proxies;
    private volatile ErrorPage errorPage;
    private volatile RouteTable<CompiledHost, CompiledRoute> routes = RouteTable.empty();
    private volatile StreamTable streams = StreamTable.EMPTY;
    private volatile @Nullable TlsListener tls;
    /// Shared with what is detached.
    private final AtomicBoolean draining;

    public Frontend(String name, int port, ClientSettings settings, TrustedProxies proxies, ErrorPage errorPage) {
        this(name, new Object(), port, settings, proxies, errorPage, new AtomicBoolean());
    }

    private Frontend(String name, Object identity, int port, ClientSettings settings, TrustedProxies proxies,
            ErrorPage errorPage, AtomicBoolean draining) {
        this.draining = draining;
        this.name = name;
        this.identity = identity;
        this.port = port;
        this.settings = settings;
        this.proxies = proxies;
        this.errorPage = errorPage;
    }

    public String name() {
        return name;
    }

    /// Identifies the listener and holds no routes, so that pooled objects may keep it.
    Object identity() {
        return identity;
    }

    /// The same without routes, for a connection that has become a tunnel: it may outlast the listener by days.
    public Frontend detached() {
        return new Frontend(name, identity, port, settings, proxies, errorPage, draining);
    }

    /// The port by which clients know the listener.
    public int port() {
        return port;
    }

    public ClientSettings settings() {
        return settings;
    }

    public TrustedProxies proxies() {
        return proxies;
    }

    public ErrorPage errorPage() {
        return errorPage;
    }

    public void errorPage(ErrorPage now) {
        errorPage = now;
    }

    public RouteTable<CompiledHost, CompiledRoute> routes() {
        return routes;
    }

    /// Used by every request that begins from now on.
    public void routes(RouteTable<CompiledHost, CompiledRoute> now) {
        routes = now;
    }

    /// The routes of connections that carry no HTTP.
    public StreamTable streams() {
        return streams;
    }

    /// Used by every connection that begins from now on.
    public void streams(StreamTable now) {
        streams = now;
    }

    /// What terminates TLS; null where the listener has none.
    public @Nullable TlsListener tls() {
        return tls;
    }

    /// Used by every handshake that begins from now on. A listener cannot change between TLS and cleartext.
    public void tls(@Nullable TlsListener now) {
        tls = now;
    }

    /// Brings the path of a request into its normal form, by the rules of the most specific host pattern that the request fits; by the
    /// default ones when it fits none.
    ///
    /// @return why the path is refused; null when it is not
    public static @Nullable PathFault normalisePath(ReceivedRequest head, RouteTable<CompiledHost, CompiledRoute> routes) {
        TargetRanges ranges = head.ranges();
        if (ranges.isPlain()) {
            return null;
        }
        HostRoutes<CompiledHost, CompiledRoute> host = routes.mostSpecific(head.fields().bytes(), ranges.hostFrom(),
                ranges.hostTo());
        return ranges.normalisePath(host == null ? PathRules.DEFAULT : host.attachment().source().paths());
    }

    /// Whether connections are told to close after the exchange they carry. Once it is, it stays so.
    public boolean draining() {
        return draining.get();
    }

    public void drain() {
        draining.set(true);
    }
}
