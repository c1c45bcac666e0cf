package io.jigress.proxy.listen;

import io.jigress.config.ApplicationProtocol;
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
import io.jigress.proxy.telemetry.HandshakeFailure;
import io.jigress.proxy.tls.ClientHello;
import io.jigress.proxy.tls.Handshakes;
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
/// The first bytes decide: on a listener in the clear between HTTP/1 and HTTP/2. On one with TLS a [ConnectionOpening] makes way for the engine
/// and a [HandshakeHandler], which makes way for the version of HTTP that ALPN has chosen; HTTP/1 where the client does not use ALPN.
@Sharable
final class ListenerPipeline extends ChannelInitializer<Channel> {
    /// How long the preface of HTTP/2 is.
    private static final int PREFACE_BYTES = 24;

    private final Map<EventLoop, ExchangeContext> contexts;
    private final HeadPools heads;
    private final Http2Pools streams;
    private final Http2Settings http2;
    private final Handshakes handshakes;
    private final ChannelGroup connections;
    private final int maxConnections;
    private final ProxyHeaderLog proxyHeaders = new ProxyHeaderLog(System::nanoTime);
    /// Set when the port is known, before the first connection is accepted.
    private @Nullable Frontend frontend;

    ListenerPipeline(Map<EventLoop, ExchangeContext> contexts, HeadPools heads, Http2Pools streams, Http2Settings http2,
            Handshakes handshakes, ChannelGroup connections, int maxConnections) {
        this.contexts = contexts;
        this.heads = heads;
        this.streams = streams;
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
        if (serving.tls() == null) {
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

    private void http1(ExchangeContext context, Frontend serving, Channel channel, @Nullable TlsConnection tls) {
        Http1ServerConnection http = new Http1ServerConnection(context, heads.of(context.loop()), serving, channel, tls);
        channel.pipeline().addLast(http);
        http.begin();
    }

    private void http2(ExchangeContext context, Frontend serving, Channel channel, @Nullable TlsConnection tls) {
        Http2ServerConnection http = new Http2ServerConnection(context, streams, http2.limits(), serving, channel, tls);
        channel.pipeline().addLast(http);
        http.begin();
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
            if (!handshakes.begin()) {
                return refuse(HandshakeFailure.OVERLOAD, name, TlsRefusal.INTERNAL_ERROR);
            }
            TlsChoice choice = TlsChoice.of(this::tls, hello, channel.alloc());
            if (choice instanceof TlsChoice.Handshake chosen) {
                // The timer is ours.
                chosen.handler().setHandshakeTimeoutMillis(0);
                channel.pipeline().addLast(chosen.handler(),
                        new HandshakeHandler(context, serving, handshakes, channel, chosen, deadline, this::serve));
                return Verdict.SERVE;
            }
            handshakes.end();
            return switch (choice) {
                case TlsChoice.UnknownServerName _ ->
                    refuse(HandshakeFailure.UNKNOWN_SERVER_NAME, name, TlsRefusal.UNRECOGNIZED_NAME);
                case TlsChoice.NoSharedProtocol _ ->
                    refuse(HandshakeFailure.NO_SHARED_PROTOCOL, name, TlsRefusal.NO_APPLICATION_PROTOCOL);
                case TlsChoice.NoCertificate _,TlsChoice.Handshake _ ->
                    refuse(HandshakeFailure.NO_CERTIFICATE, name, TlsRefusal.HANDSHAKE_FAILURE);
            };
        }

        /// The handshake has succeeded.
        private void serve(TlsConnection tls) {
            if (tls.facts().applicationProtocol().equals(ApplicationProtocol.HTTP_2.id())) {
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
