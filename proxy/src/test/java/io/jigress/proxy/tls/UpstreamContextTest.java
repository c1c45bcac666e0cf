package io.jigress.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.config.SecretText;
import io.jigress.config.TlsCertificate;
import io.jigress.config.UpstreamTls;
import io.jigress.config.UpstreamTls.Verification;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Handshakes with a server of the JDK.
@ParameterizedClass(name = "{0}")
@EnumSource(TlsEngine.class)
class UpstreamContextTest {
    private final TlsEngine engine;
    private final Instant now = Instant.now();
    private final CertificateMaker maker = new CertificateMaker(now.minus(1, ChronoUnit.HOURS), now.plus(1, ChronoUnit.HOURS));
    private final Made ca = maker.authority("test CA");
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    /// The facts of a client that the server has seen.
    private record Seen(List<String> serverNames, String client, String protocol) {}

    UpstreamContextTest(TlsEngine engine) {
        this.engine = engine;
    }

    @AfterEach
    void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private Made certificate(String... names) {
        return maker.certificate(List.of(names), KeyKind.ECDSA, ca);
    }

    private SSLServerSocket server(Made certificate, boolean asksForClients) throws GeneralSecurityException, IOException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("own", certificate.key(), new char[0], new Certificate[] {certificate.certificate()});
        keys.setCertificateEntry("ca", ca.certificate());
        KeyManagerFactory key = KeyManagerFactory.getInstance("PKIX");
        key.init(keys, new char[0]);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(keys);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(key.getKeyManagers(), trust.getTrustManagers(), null);
        SSLServerSocket server = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 1,
                InetAddress.getLoopbackAddress());
        server.setNeedClientAuth(asksForClients);
        SSLParameters parameters = server.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        server.setSSLParameters(parameters);
        return server;
    }

    private static CompletableFuture<Seen> serve(SSLServerSocket server) {
        return CompletableFuture.supplyAsync(() -> {
            try (SSLSocket socket = (SSLSocket) server.accept()) {
                socket.startHandshake();
                ExtendedSSLSession session = (ExtendedSSLSession) socket.getSession();
                return new Seen(
                        session.getRequestedServerNames().stream()
                                .map(name -> new String(name.getEncoded(), StandardCharsets.US_ASCII)).toList(),
                        server.getNeedClientAuth()
                                ? ((X509Certificate) session.getPeerCertificates()[0]).getSubjectX500Principal().getName()
                                : "",
                        socket.getApplicationProtocol());
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /// @return completed when the handshake has ended on our side
    private CompletableFuture<Channel> connect(UpstreamTls settings, int port) throws GeneralSecurityException, IOException {
        UpstreamContext context = UpstreamContext.of(engine, settings);
        CompletableFuture<Channel> done = new CompletableFuture<>();
        new Bootstrap().group(group).channel(NioSocketChannel.class).handler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                SslHandler handler = context.handler(channel.alloc(), "127.0.0.1", port);
                handler.handshakeFuture().addListener(end -> {
                    if (end.isSuccess()) {
                        done.complete(channel);
                    } else {
                        done.completeExceptionally(end.cause());
                    }
                });
                channel.pipeline().addLast(handler, new ChannelInboundHandlerAdapter() {
                    @Override
                    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                        done.completeExceptionally(cause);
                    }
                });
            }
        }).connect(InetAddress.getLoopbackAddress(), port);
        return done;
    }

    private UpstreamTls trusting(String serverName, String... names) {
        return new UpstreamTls("test", serverName, new Verification.Names(ca.text(), List.of(names)), null,
                List.of("h2", "http/1.1"));
    }

    private Seen accepted(Made certificate, UpstreamTls settings) throws Exception {
        try (SSLServerSocket server = server(certificate, settings.own() != null)) {
            CompletableFuture<Seen> seen = serve(server);
            connect(settings, server.getLocalPort()).get(10, TimeUnit.SECONDS);
            return seen.get(10, TimeUnit.SECONDS);
        }
    }

    private void refused(Made certificate, UpstreamTls settings, String why) throws Exception {
        try (SSLServerSocket server = server(certificate, false)) {
            serve(server);
            CompletableFuture<Channel> end = connect(settings, server.getLocalPort());
            assertThatThrownBy(() -> end.get(10, TimeUnit.SECONDS)).rootCause().hasMessageContaining(why);
        }
    }

    @Test
    void theServerNameIsSentAndVerified() throws Exception {
        assertThat(accepted(certificate("cart.test"), trusting("cart.test", "cart.test")))
                .isEqualTo(new Seen(List.of("cart.test"), "", "h2"));
        assertThat(accepted(certificate("*.svc.test"), trusting("cart.svc.test", "cart.svc.test")).serverNames())
                .containsExactly("cart.svc.test");
        refused(certificate("other.test"), trusting("cart.test", "cart.test"),
                "the certificate is for [other.test] (expected: cart.test)");
        refused(certificate("*.svc.test"), trusting("a.cart.svc.test", "a.cart.svc.test"), "the certificate is for [*.svc.test]");
        refused(certificate("*.test"), trusting("cart.test", "cart.test"), "the certificate is for [*.test]");
    }

    @Test
    void theNamesAreVerifiedAndNotTheServerName() throws Exception {
        assertThat(accepted(certificate("internal.test"), trusting("cart.test", "x.test", "internal.test")).serverNames())
                .containsExactly("cart.test");
        assertThat(accepted(certificate("internal.test"), trusting("", "internal.test")).serverNames()).isEmpty();
        refused(certificate("cart.test"), trusting("cart.test", "internal.test"),
                "the certificate is for [cart.test] (expected: internal.test)");
    }

    @Test
    void aChainMustLeadToOneOfTheAuthorities() throws Exception {
        Made stranger = maker.certificate(List.of("cart.test"), KeyKind.ECDSA, maker.authority("another CA"));
        refused(stranger, trusting("cart.test", "cart.test"), "unable to find valid certification path");
        refused(certificate("cart.test"),
                new UpstreamTls("test", "cart.test", new Verification.Names(null, List.of("cart.test")), null, List.of()),
                "unable to find valid certification path");
    }

    @Test
    void theGatewayShowsItsOwnCertificate() throws Exception {
        Made own = certificate("gateway.test");
        assertThat(accepted(certificate("cart.test"),
                new UpstreamTls("test", "cart.test", new Verification.Names(ca.text(), List.of("cart.test")),
                        new TlsCertificate.Pem("ns/own", own.chain(), new SecretText(own.keyText()), ""), List.of()))
                .client())
                .isEqualTo("CN=gateway.test");
    }

    @Test
    void withoutAnyNameThereIsNoContext() {
        assertThatThrownBy(() -> UpstreamContext.of(engine, trusting("cart.test"))).isInstanceOf(CertificateException.class);
    }
}
