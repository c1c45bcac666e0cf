package io.jigress.proxy.listen;

import io.jigress.config.Listener;
import io.jigress.config.Traffic;
import io.jigress.proxy.compile.CompiledHost;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.compile.CompiledStream;
import io.jigress.proxy.compile.StreamTable;
import io.jigress.proxy.exchange.ClientSettings;
import io.jigress.proxy.exchange.ErrorPage;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.TrustedProxies;
import io.jigress.proxy.http1.HeadPools;
import io.jigress.proxy.http2.Http2Pools;
import io.jigress.proxy.http2.Http2Settings;
import io.jigress.proxy.route.RouteTable;
import io.jigress.proxy.stream.StreamContext;
import io.jigress.proxy.tls.Handshakes;
import io.jigress.proxy.tls.TlsListener;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens and closes listeners according to the configuration; connections survive all changes except those of their own listener.
/// For the applying thread.
public final class ListenerManager {
    private static final Logger log = LoggerFactory.getLogger(ListenerManager.class);
    /// How long [#close()] waits for connections to close.
    private static final long CLOSE_SECONDS = 1;

    private record Open(Frontend frontend, ListeningSockets sockets) {}

    private final Transport transport;
    private final EventLoopGroup group;
    private final Map<EventLoop, ExchangeContext> contexts;
    private final HeadPools heads;
    private final Http2Pools http2Pools;
    private final Handshakes handshakes;
    private final Map<EventLoop, StreamContext> streamContexts = new LinkedHashMap<>();
    private final UdpListeners udp;
    private final ClientSettings settings;
    private final Http2Settings http2;
    private final TrustedProxies proxies;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Map<String, Open> open = new LinkedHashMap<>();
    /// While the listeners drain: the offers of their sockets to a gateway that starts.
    private final List<Handover.Offer> offers = new ArrayList<>();
    private ErrorPage errorPage;
    private boolean draining;

    /// @param group of the loops, used in turn
    /// @param contexts in the order of the loops
    public ListenerManager(Transport transport, EventLoopGroup group, Map<EventLoop, ExchangeContext> contexts,
            HeadPools heads, ClientSettings settings, Http2Settings http2, TrustedProxies proxies, ErrorPage errorPage) {
        this.transport = transport;
        this.group = group;
        this.contexts = contexts;
        this.heads = heads;
        this.http2Pools = new Http2Pools(contexts.size());
        contexts.forEach((loop, context) -> streamContexts.put(loop, new StreamContext(context)));
        this.udp = new UdpListeners(streamContexts.values(), transport, settings.connections().udp());
        this.handshakes = new Handshakes(settings.handshakes().underWay(), System::nanoTime);
        this.settings = settings;
        this.http2 = http2;
        this.proxies = proxies;
        this.errorPage = errorPage;
    }

    /// Opens a listener, unless it is open (then the use of the PROXY protocol is updated) or all of them drain; returns the error, or null.
    ///
    /// @param tls null for a listener in the clear
    public @Nullable OpenFailure open(Listener listener, RouteTable<CompiledHost, CompiledRoute> routes, StreamTable streamRoutes,
            @Nullable TlsListener tls) {
        Open before = open.get(listener.name());
        if (before != null) {
            before.frontend.proxyProtocol(listener.proxyProtocol());
        }
        if (draining || before != null || udp.isOpen(listener.name())) {
            return null;
        }
        InetSocketAddress address = listener.address().isEmpty()
                ? new InetSocketAddress(listener.port())
                : new InetSocketAddress(InetAddress.ofLiteral(listener.address()), listener.port());
        try {
            if (listener.traffic() instanceof Traffic.Udp) {
                udp.open(listener, address, streamRoutes.route());
                log.info("listening on {}", listener.name());
                return null;
            }
            ListenerPipeline pipeline = new ListenerPipeline(contexts, heads, http2Pools, http2, handshakes,
                    streamContexts, listener.traffic() instanceof Traffic.Tcp, connections,
                    settings.connections().clients());
            ListeningSockets sockets = ListeningSockets.open(transport, List.copyOf(contexts.keySet()), group, address, pipeline);
            Frontend frontend = new Frontend(listener.name(),
                    listener.publicPort() == 0 ? sockets.address().getPort() : listener.publicPort(), settings, proxies,
                    errorPage);
            frontend.routes(routes);
            frontend.streams(streamRoutes);
            frontend.tls(tls);
            frontend.proxyProtocol(listener.proxyProtocol());
            pipeline.serve(frontend);
            sockets.accept();
            open.put(listener.name(), new Open(frontend, sockets));
            log.info("listening on {}", listener.name());
            return null;
        } catch (IOException e) {
            return new OpenFailure("cannot listen on " + (listener.address().isEmpty() ? "port " : listener.address() + " port ")
                    + listener.port() + ": " + reason(e), isAddressMissing(e));
        } catch (RuntimeException e) {
            // When no file descriptor is left, Netty throws instead of failing a promise.
            log.error("listener {} could not be opened", listener.name(), e);
            return new OpenFailure("cannot listen on port " + listener.port() + ": " + e, false);
        }
    }

    /// Closes a listener: no more connections, no further requests on open ones.
    public void close(String name) {
        Open closed = open.remove(name);
        if (closed != null) {
            log.info("closing {}: no Gateway or Ingress asks for it any more", name);
            closed.frontend.drain();
            closed.sockets.closeWhenAccepted();
            tellConnections();
        } else if (udp.close(name)) {
            log.info("closed {}: no Gateway asks for it any more", name);
        }
    }

    /// The route of a UDP listener has changed; no effect on one that is not open.
    public void udpRoute(String name, @Nullable CompiledStream now) {
        udp.route(name, now);
    }

    /// Replaces the error page, for open and for later listeners.
    public void errorPage(ErrorPage now) {
        errorPage = now;
        open.values().forEach(each -> each.frontend.errorPage(now));
    }

    public @Nullable Frontend frontend(String name) {
        Open known = open.get(name);
        return known == null ? null : known.frontend;
    }

    /// The port that a listener is bound to; -1 when it is not open.
    public int port(String name) {
        Open known = open.get(name);
        return known == null ? udp.port(name) : known.sockets.address().getPort();
    }

    public List<String> names() {
        List<String> names = new ArrayList<>(open.keySet());
        names.addAll(udp.names());
        return names;
    }

    /// From now on every response closes its connection, and a gateway that starts may take over the ports.
    public void drain() {
        draining = true;
        offers.addAll(udp.offer());
        for (Open each : open.values()) {
            try {
                each.sockets.offer().ifPresent(offers::add);
            } catch (IOException e) {
                log.warn("no other gateway can take over {}: {}", each.sockets.address(), e.getMessage());
            }
            each.frontend.drain();
        }
    }

    /// Stops accepting, and ends all UDP sessions. Connections without a request are closed when none arrives within the quiet interval.
    ///
    /// @return when all connections are closed
    public Future<?> stopAccepting() {
        offers.forEach(Handover.Offer::close);
        udp.close();
        open.values().forEach(each -> each.sockets.closeWhenAccepted());
        tellConnections();
        return connections.newCloseFuture();
    }

    /// On each loop after the tasks that are already queued, so that connections which were just assigned to it are included.
    private void tellConnections() {
        List<Future<?>> told = new ArrayList<>();
        for (EventLoop loop : contexts.keySet()) {
            told.add(loop.submit(() -> connections.stream().filter(connection -> connection.eventLoop() == loop)
                    .forEach(connection -> connection.pipeline().fireUserEventTriggered(Frontend.Event.DRAINING))));
        }
        told.forEach(Future::awaitUninterruptibly);
    }

    /// Closes all sockets and connections at once.
    public void close() {
        offers.forEach(Handover.Offer::close);
        udp.close();
        open.values().forEach(each -> each.sockets.close());
        connections.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    }

    /// Connections of clients that are open now.
    public ChannelGroup connections() {
        return connections;
    }

    /// EADDRNOTAVAIL, in the wording of the transports and of the JDK.
    private static boolean isAddressMissing(IOException e) {
        return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("assign requested address");
    }

    private static String reason(IOException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("in use")) {
            return "the port is taken by another process";
        }
        if (isAddressMissing(e)) {
            return "no network interface of this machine has the address";
        }
        return message.contains("ermission denied") ? "permission denied (ports below 1024 need privileges)" : message;
    }
}
