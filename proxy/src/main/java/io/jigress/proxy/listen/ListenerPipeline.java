package io.jigress.proxy.listen;

import io.jigress.config.ApplicationProtocol;
import io.jigress.config.PersistentMap;
import io.jigress.proxy.compile.CompiledStream;
import io.jigress.proxy.compile.StreamTable;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.HandshakeLimits;
import io.jigress.proxy.http1.HeadPools;
import io.jigress.proxy.http1.Http1ServerConnection;
import io.jigress.proxy.http2.Http2Pools;
import io.jigress.proxy.http2.Http2ServerConnection;
import io.jigress.proxy.http2.Http2Settings;
import io.jigress.proxy.listen.ConnectionOpening.Verdict;
import io.jigress.proxy.proxyprotocol.ConnectionAddresses;
import io.jigress.proxy.stream.StreamConnection;
import io.jigress.proxy.stream.StreamContext;
import io.jigress.proxy.stream.StreamOrigin;
import io.jigress.proxy.telemetry.HandshakeFailure;
import io.jigress.proxy.tls.ClientHello;
import io.jigress.proxy.tls.Handshakes;
import io.jigress.proxy.tls.ServerNames;
import io.jigress.proxy.tls.TlsChoice;
import io.jigress.proxy.tls.TlsConnection;
import io.jigress.proxy.tls.TlsListener;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All Netty handlers of a client's connection, of every protocol, in one place.
///
/// The first bytes decide: on a listener in the clear between HTTP/1 and HTTP/2. On one with TLS the server name of the ClientHello decides between
/// passthrough (a [StreamConnection]) and termination: there a [ConnectionOpening] makes way for the engine and a [HandshakeHandler], which makes way for a
/// [StreamConnection] or the version of HTTP that ALPN has chosen; HTTP/1 where the client does not use ALPN. A connection of a TCP listener is a
/// [StreamConnection] from the start. A header of the PROXY protocol is read before all that.
@Sharable
final class ListenerPipeline extends ChannelInitializer<Channel> {
    /// How long the preface of HTTP/2 is.
    private static final int PREFACE_BYTES = 24;
    /// Stands for the sections of HTTPS, which have no stream routes.
    private static final StreamTable.Section HTTPS = new StreamTable.Section("", true, PersistentMap.empty());

    private final Map<EventLoop, ExchangeContext> contexts;
    private final HeadPools heads;
    private final Http2Pools http2Pools;
    private final Http2Settings http2;
    private final Handshakes handshakes;
    private final Map<EventLoop, StreamContext> streamContexts;
    /// Whether the listener is one of TCP without TLS, whose bytes are not looked at.
    private final boolean tcp;
    private final ChannelGroup connections;
    private final int maxConnections;
    private final ProxyHeaderLog proxyHeaders = new ProxyHeaderLog(System::nanoTime);
    /// Set when the port is known, before the first connection is accepted.
    private @Nullable Frontend frontend;

    ListenerPipeline(Map<EventLoop, ExchangeContext> contexts, HeadPools heads, Http2Pools http2Pools, Http2Settings http2,
            Handshakes handshakes, Map<EventLoop, StreamContext> streamContexts, boolean tcp, ChannelGroup connections,
            int maxConnections) {
        this.streamContexts = streamContexts;
        this.tcp = tcp;
        this.contexts = contexts;
        this.heads = heads;
        this.http2Pools = http2Pools;
        this.http2 = http2;
        this.handshakes = handshakes;
        this.connections = connections;
        this.maxConnections = maxConnections;
    }

    void serve(Frontend frontend) {
        this.frontend = frontend;
    }

    @Override
    protected void initChannel(Channel channel) {
        ExchangeContext context = contexts.get(channel.eventLoop());
        Frontend serving = frontend;
        if (context == null || serving == null) {
            throw new IllegalStateException(context == null
                    ? "a connection on a loop of another gateway"
                    : "a connection before there is somebody to serve it");
        }
        // Loops that accept at the same time may exceed the limit by one each.
        if (connections.size() >= maxConnections) {
            context.loop().metrics().connectionsRefused++;
            channel.close();
            return;
        }
        connections.add(channel);
        ProxyHeaderReader header = ProxyHeaderReader.of(context, serving, channel, proxyHeaders);
        if (tcp && header == null) {
            context.loop().metrics().connectionsAccepted++;
            stream(serving, channel, StreamOrigin.tcp(channel), serving.streams().route(), null);
        } else if (tcp) {
            channel.pipeline().addLast(new ConnectionOpening(context, serving, channel, serving.settings().timeouts().head(),
                    PREFACE_BYTES, header, new TcpOpening(serving, channel)));
        } else if (serving.tls() == null) {
            channel.pipeline().addLast(new ConnectionOpening(context, serving, channel, serving.settings().timeouts().head(),
                    PREFACE_BYTES, header, (first, _, _) -> serve(first, context, serving, channel)));
        } else {
            HandshakeLimits limits = serving.settings().handshakes();
            channel.pipeline()
                    .addLast(new ConnectionOpening(context, serving, channel, limits.longest(), limits.helloBytes(), header,
                            new TlsOpening(context, serving, channel)));
        }
    }

    /// HTTP/2 with prior knowledge (RFC 9113, 3.3) where the client begins with its preface, else HTTP/1.
    private Verdict serve(FirstBytes first, ExchangeContext context, Frontend serving, Channel channel) {
        if (first == FirstBytes.HTTP2_PREFACE && http2.enabled()) {
            http2(context, serving, channel, null);
        } else {
            http1(context, serving, channel, null);
        }
        return Verdict.SERVE;
    }

    /// @param route null for none: the connection is closed
    /// @param tls null where the gateway does not terminate it
    private void stream(Frontend serving, Channel channel, StreamOrigin origin, @Nullable CompiledStream route,
            @Nullable TlsConnection tls) {
        StreamContext context = streamContexts.get(channel.eventLoop());
        if (route == null || context == null) {
            channel.pipeline().addLast(new Unserved(contexts.get(channel.eventLoop())));
            channel.close();
            return;
        }
        StreamConnection stream = new StreamConnection(context, serving, channel, origin, route, tls);
        channel.pipeline().addLast(stream);
        stream.begin(route);
    }

    private void http1(ExchangeContext context, Frontend serving, Channel channel, @Nullable TlsConnection tls) {
        Http1ServerConnection http = new Http1ServerConnection(context, heads.of(context.loop()), serving, channel, tls);
        channel.pipeline().addLast(http);
        http.begin();
    }

    private void http2(ExchangeContext context, Frontend serving, Channel channel, @Nullable TlsConnection tls) {
        Http2ServerConnection http = new Http2ServerConnection(context, http2Pools, http2.limits(), serving, channel, tls);
        channel.pipeline().addLast(http);
        http.begin();
    }

    /// The opening of a TCP connection that begins with a header of the PROXY protocol: its bytes are not looked at.
    private final class TcpOpening implements ConnectionOpening.Choice {
        private final Frontend serving;
        private final Channel channel;

        TcpOpening(Frontend serving, Channel channel) {
            this.serving = serving;
            this.channel = channel;
        }

        @Override
        public Verdict headerRead() {
            stream(serving, channel, StreamOrigin.tcp(channel), serving.streams().route(), null);
            return Verdict.SERVE;
        }

        @Override
        public Verdict choose(FirstBytes first, ByteBuf peek, long deadline) {
            throw new IllegalStateException("a TCP connection is served once its header was read");
        }
    }

    /// The opening of a connection on a listener with TLS.
    private final class TlsOpening implements ConnectionOpening.Choice {
        private final ExchangeContext context;
        private final Frontend serving;
        private final Channel channel;

        TlsOpening(ExchangeContext context, Frontend serving, Channel channel) {
            this.context = context;
            this.serving = serving;
            this.channel = channel;
        }

        @Override
        public Verdict choose(FirstBytes first, ByteBuf peek, long deadline) {
            if (first != FirstBytes.CLIENT_HELLO) {
                failed(HandshakeFailure.NOT_TLS, "");
                TlsRefusal.inTheClear(channel);
                return Verdict.REFUSE;
            }
            ClientHello hello = ClientHello.read(peek);
            return switch (hello.state()) {
                case INCOMPLETE -> Verdict.WAIT;
                case MALFORMED -> refuse(HandshakeFailure.MALFORMED_HELLO, "", TlsRefusal.DECODE_ERROR);
                case COMPLETE -> handshake(hello, deadline);
            };
        }

        @Override
        public void gaveUp(boolean timedOut) {
            failed(timedOut ? HandshakeFailure.TIMEOUT : HandshakeFailure.MALFORMED_HELLO, "");
        }

        private Verdict handshake(ClientHello hello, long deadline) {
            String name = hello.serverName();
            StreamTable.Section section = streamSection(name);
            CompiledStream route = section == null ? null : ServerNames.mostSpecific(name, section.routes()::get);
            if (section != null && route == null) {
                return unknownName(name);
            }
            if (section != null && !section.terminated()) {
                stream(serving, channel, StreamOrigin.tls(channel, name), route, null);
                return Verdict.SERVE;
            }
            if (!handshakes.begin()) {
                return refuse(HandshakeFailure.OVERLOAD, name, TlsRefusal.INTERNAL_ERROR);
            }
            TlsChoice choice = TlsChoice.of(this::tls, hello, channel.alloc());
            if (choice instanceof TlsChoice.Handshake chosen) {
                // The timer is ours.
                chosen.handler().setHandshakeTimeoutMillis(0);
                channel.pipeline().addLast(chosen.handler(),
                        new HandshakeHandler(context, serving, handshakes, channel, chosen, deadline, tls -> serve(tls, route)));
                return Verdict.SERVE;
            }
            handshakes.end();
            return switch (choice) {
                case TlsChoice.UnknownServerName _ -> unknownName(name);
                case TlsChoice.NoSharedProtocol _ ->
                    refuse(HandshakeFailure.NO_SHARED_PROTOCOL, name, TlsRefusal.NO_APPLICATION_PROTOCOL);
                case TlsChoice.NoCertificate _,TlsChoice.Handshake _ ->
                    refuse(HandshakeFailure.NO_CERTIFICATE, name, TlsRefusal.HANDSHAKE_FAILURE);
            };
        }

        /// On a port with listeners of protocol TLS without an alert: Gateway API's conformance tests want the TCP connection closed.
        private Verdict unknownName(String name) {
            if (serving.streams().sections().isEmpty()) {
                return refuse(HandshakeFailure.UNKNOWN_SERVER_NAME, name, TlsRefusal.UNRECOGNIZED_NAME);
            }
            failed(HandshakeFailure.UNKNOWN_SERVER_NAME, name);
            channel.close();
            return Verdict.REFUSE;
        }

        /// The section without HTTP that a server name belongs to; null where it belongs to HTTPS, or to none.
        private StreamTable.@Nullable Section streamSection(String name) {
            StreamTable table = serving.streams();
            if (table.sections().isEmpty()) {
                return null;
            }
            TlsListener tls = tls();
            StreamTable.Section found = ServerNames.<StreamTable.Section>mostSpecific(name, pattern -> {
                StreamTable.Section section = table.sections().get(pattern);
                return section == null && tls.terminates(pattern) ? HTTPS : section;
            });
            return found == HTTPS ? null : found;
        }

        /// The handshake has succeeded.
        ///
        /// @param route null for HTTP
        private void serve(TlsConnection tls, @Nullable CompiledStream route) {
            if (route != null) {
                stream(serving, channel, StreamOrigin.tls(channel, tls.facts().serverName()), route, tls);
            } else if (tls.facts().applicationProtocol().equals(ApplicationProtocol.HTTP_2.id())) {
                http2(context, serving, channel, tls);
            } else {
                http1(context, serving, channel, tls);
            }
        }

        private TlsListener tls() {
            TlsListener now = serving.tls();
            if (now == null) {
                throw new IllegalStateException(serving.name() + " has no TLS any more (expected: a listener keeps to it)");
            }
            return now;
        }

        private Verdict refuse(HandshakeFailure reason, String serverName, int alert) {
            failed(reason, serverName);
            TlsRefusal.alert(channel, alert);
            return Verdict.REFUSE;
        }

        private void failed(HandshakeFailure reason, String serverName) {
            handshakes.failed(context.loop().metrics(), reason, serving.name(), ConnectionAddresses.text(channel), serverName,
                    "");
        }
    }
}
