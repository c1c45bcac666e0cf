package io.jigress.proxy.listen;

import io.jigress.config.Listener;
import io.jigress.proxy.ProxySettings;
import io.jigress.proxy.compile.CompiledHost;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.TrustedProxies;
import io.jigress.proxy.route.RouteTable;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Opens and closes listening sockets as the configuration says; connections outlive the change of anything but their own listener.
/// For the applying thread.
public final class ListenerManager {
    private static final int BACKLOG = 4096;
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 256 * 1024);

    private record Open(Frontend frontend, List<Channel> sockets, int port) {}

    private final Transport transport;
    private final Map<EventLoop, ExchangeContext> contexts;
    private final ProxySettings settings;
    private final TrustedProxies proxies;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Map<String, Open> open = new LinkedHashMap<>();

    /// @param contexts in the order of the loops
    public ListenerManager(Transport transport, Map<EventLoop, ExchangeContext> contexts, ProxySettings settings) {
        this.transport = transport;
        this.contexts = contexts;
        this.settings = settings;
        this.proxies = new TrustedProxies(settings.trustedProxies());
    }

    /// Opens a listener; what went wrong, in words, or null.
    public @Nullable String open(Listener listener, RouteTable<CompiledHost, CompiledRoute> routes) {
        if (open.containsKey(listener.name())) {
            return null;
        }
        InetSocketAddress address = listener.address().isEmpty()
                ? new InetSocketAddress(listener.port())
                : new InetSocketAddress(InetAddress.ofLiteral(listener.address()), listener.port());
        List<Channel> sockets = new ArrayList<>();
        try {
            if (address.getPort() != 0) {
                probe(address);
            }
            Frontend frontend = null;
            for (EventLoop loop : contexts.keySet()) {
                if (frontend == null) {
                    int port = address.getPort() != 0 ? address.getPort() : free(address);
                    address = new InetSocketAddress(address.getAddress(), port);
                    frontend = new Frontend(listener.name(), port, settings, proxies);
                    frontend.routes(routes);
                }
                sockets.add(bind(loop, address, frontend));
                if (!transport.reusePort()) {
                    break;
                }
            }
            if (frontend != null) {
                open.put(listener.name(), new Open(frontend, sockets, address.getPort()));
            }
            return null;
        } catch (IOException | RuntimeException e) {
            sockets.forEach(Channel::close);
            return "cannot listen on " + (listener.address().isEmpty() ? "port " : listener.address() + " port ")
                    + listener.port() + ": " + reason(e);
        }
    }

    /// Stops accepting and closes the connections of a listener.
    public void close(String name) {
        Open closed = open.remove(name);
        if (closed != null) {
            closed.sockets.forEach(socket -> socket.close().syncUninterruptibly());
            closed.frontend.drain();
        }
    }

    public @Nullable Frontend frontend(String name) {
        Open known = open.get(name);
        return known == null ? null : known.frontend;
    }

    /// The port that a listener is bound to; -1 when it is not open.
    public int port(String name) {
        Open known = open.get(name);
        return known == null ? -1 : known.port;
    }

    public List<String> names() {
        return List.copyOf(open.keySet());
    }

    /// Every response from now on tells its connection to close.
    public void drain() {
        open.values().forEach(each -> each.frontend.drain());
    }

    /// Accepts no more; connections go on.
    public void stopAccepting() {
        open.values().forEach(each -> each.sockets.forEach(socket -> socket.close().syncUninterruptibly()));
    }

    /// Connections of clients that are open now.
    public ChannelGroup connections() {
        return connections;
    }

    private Channel bind(EventLoop loop, InetSocketAddress address, Frontend frontend) {
        ServerChannelRecvByteBufAllocator accepting = new ServerChannelRecvByteBufAllocator();
        accepting.maxMessagesPerRead(1024);
        accepting.respectMaybeMoreData(false);
        ServerBootstrap bootstrap = new ServerBootstrap().group(loop, loop).channel(transport.server())
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                // Without this, epoll accepts one connection per turn of the loop, and of 1,000 that come at once some wait for seconds.
                .option(ChannelOption.RECVBUF_ALLOCATOR, accepting)
                // Not the adaptive allocator: it makes an object for each slice and two for each copy.
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.TCP_NODELAY, true).childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(new ListenerPipeline(frontend, contexts, connections));
        if (transport.reusePort()) {
            bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
        }
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        Throwable cause = bound.cause();
        if (cause != null) {
            throw new IllegalStateException(cause.getMessage(), cause);
        }
        return bound.channel();
    }

    /// Fails when somebody else has the port: with SO_REUSEPORT two processes would share it in silence.
    private static void probe(InetSocketAddress address) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(address);
        }
    }

    private static int free(InetSocketAddress address) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(address);
            return probe.getLocalPort();
        }
    }

    private static String reason(Exception e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("in use")) {
            return "the port is taken by another process";
        }
        return message.contains("ermission denied") ? "permission denied (ports below 1024 need privileges)" : message;
    }
}
