package io.jigress.proxy.tls;

import io.jigress.config.ApplicationProtocol;
import io.jigress.config.ClientCertificates;
import io.jigress.config.TlsSettings;
import io.jigress.config.TlsVersion;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// What the engines of one section share: versions, cipher suites, CA certificates of clients, session tickets. It has no certificate: each engine
/// is given its own. Made and released by the applying thread, used by the event loops.
final class TlsContext {
    /// How many certificates it keeps in the form that BoringSSL wants.
    private static final int MAX_CACHED_CERTIFICATES = 65_536;
    private static final long SESSION_SECONDS = 12L * 60 * 60;

    /// What two sections must have in common to share a context: tickets of the one resume connections of the other.
    record Key(String section, TlsVersion oldest, TlsVersion newest, List<String> ciphers, List<String> protocols,
            ClientCertificates clients) {
        /// @param http2 whether ALPN may offer HTTP/2
        static Key of(TlsSettings settings, boolean http2) {
            return new Key(settings.section(), settings.oldest(), settings.newest(), settings.ciphers(),
                    settings.protocols().stream().filter(each -> http2 || each != ApplicationProtocol.HTTP_2)
                            .map(ApplicationProtocol::id).toList(),
                    settings.clients());
        }
    }

    private final SslContext context;
    private final List<String> protocols;
    private final TicketKeys tickets;
    private final @Nullable ClientTrust trust;

    private TlsContext(SslContext context, List<String> protocols, @Nullable ClientTrust trust, SecureRandom random) {
        this.context = context;
        this.protocols = protocols;
        this.trust = trust;
        this.tickets = new TicketKeys(random);
        rotateTickets();
    }

    static TlsContext of(TlsEngine engine, Key key, CertificateKeys keys, SecureRandom random)
            throws SSLException, GeneralSecurityException {
        var factory = engine == TlsEngine.BORINGSSL
                ? new OpenSslCachingX509KeyManagerFactory(keys.factory(), MAX_CACHED_CERTIFICATES)
                : keys.factory();
        SslContextBuilder builder = SslContextBuilder.forServer(factory).sslProvider(engine.provider)
                .protocols(versions(key)).ciphers(CipherSuites.with(key.ciphers())).sessionTimeout(SESSION_SECONDS)
                .applicationProtocolConfig(alpn(key.protocols()));
        if (engine == TlsEngine.BORINGSSL) {
            builder.enableOcsp(true);
        }
        ClientCertificates clients = key.clients();
        ClientTrust trust = null;
        if (clients.mode() != ClientCertificates.Mode.NONE) {
            trust = ClientTrust.of(clients.authorities());
            builder.clientAuth(clients.mode() == ClientCertificates.Mode.REQUIRED ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL)
                    .trustManager(clients.mode() == ClientCertificates.Mode.UNVERIFIED ? trust.lenient() : trust.strict());
        }
        return new TlsContext(builder.build(), key.protocols(), trust, random);
    }

    private static ApplicationProtocolConfig alpn(List<String> protocols) {
        return protocols.isEmpty()
                ? ApplicationProtocolConfig.DISABLED
                : new ApplicationProtocolConfig(Protocol.ALPN, SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT, protocols);
    }

    private static List<String> versions(Key key) {
        List<String> versions = new ArrayList<>();
        for (TlsVersion version : TlsVersion.values()) {
            if (version.compareTo(key.oldest()) >= 0 && version.compareTo(key.newest()) <= 0) {
                versions.add(switch (version) {
                    case TLS_1_2 -> "TLSv1.2";
                    case TLS_1_3 -> "TLSv1.3";
                });
            }
        }
        return versions;
    }

    /// Whether a client that offers these protocols can be served: one of them, or none was offered.
    boolean shares(List<String> offered) {
        return offered.isEmpty() || protocols.isEmpty() || protocols.stream().anyMatch(offered::contains);
    }

    /// @return null when the context has been released, so that the listener has another one
    @Nullable SslHandler handler(ByteBufAllocator allocator, ServerCertificate certificate) {
        try {
            SslHandler handler = context.newHandler(allocator, certificate.id, -1);
            HeapRecords.use(handler);
            if (certificate.ocsp.length > 0 && handler.engine() instanceof ReferenceCountedOpenSslEngine engine) {
                engine.setOcspResponse(certificate.ocsp);
            }
            return handler;
        } catch (IllegalReferenceCountException _) {
            return null;
        }
    }

    /// Whether a client's chain leads to one of the CA certificates, for handshakes that accept every chain.
    boolean verifies(X509Certificate[] chain) {
        ClientTrust known = trust;
        return known != null && known.verifies(chain);
    }

    void rotateTickets() {
        if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
            tickets.rotate(sessions);
        }
    }

    /// Connections that were made by it go on.
    void release() {
        ReferenceCountUtil.release(context);
    }
}
