package io.jigress.proxy;

import io.jigress.config.ApplicationProtocol;
import io.jigress.config.ClientCertificates;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.FilterSpec;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.config.Route;
import io.jigress.config.SecretText;
import io.jigress.config.TlsCertificate;
import io.jigress.config.TlsSettings;
import io.jigress.config.TlsVersion;
import io.jigress.config.Traffic;
import io.jigress.config.VirtualHost;
import io.jigress.proxy.exchange.ClientSettings;
import io.jigress.proxy.exchange.HandshakeLimits;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.proxy.tls.CertificateMaker;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// A gateway with one listener that terminates TLS, and the CA that signs its certificates.
///
/// Every section has one host pattern, and forwards to one upstream, which echoes what it receives.
final class TlsGateway implements AutoCloseable {
    @SuppressWarnings("TimeInStaticInitializer") static final Instant NOW = Instant.now();
    static final CertificateMaker MAKER = new CertificateMaker(NOW.minus(1, ChronoUnit.HOURS), NOW.plus(1, ChronoUnit.HOURS));
    static final Made CA = MAKER.authority("test CA");

    final TestUpstream upstream;
    final Gateway gateway;
    private final Path log;
    private final List<FilterSpec> filters;
    private PersistentMap<String, TlsSettings> sections = PersistentMap.empty();

    TlsGateway(String engine) {
        this(ProxySettings.DEFAULT.withTlsEngine(engine));
    }

    TlsGateway(String engine, HandshakeLimits limits) {
        this(ProxySettings.DEFAULT.withTlsEngine(engine).withClients(ClientSettings.DEFAULT.withHandshakes(limits)));
    }

    TlsGateway(ProxySettings settings) {
        this(settings, TestUpstream.echo("up"));
    }

    /// @param upstream closed with the gateway
    /// @param known filters of every request
    TlsGateway(ProxySettings settings, TestUpstream upstream, TestFilter... known) {
        this.upstream = upstream;
        this.filters = Stream.of(known).map(each -> GatewayUnderTest.spec(each, 0)).toList();
        try {
            log = Files.createTempFile("access", ".log");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        gateway = Gateway.start(settings.withEventLoops(1).withAccessLog(new AccessLogSettings(true, log.toString(),
                AccessLogSettings.Format.JSON, AccessLogSettings.RING_BYTES)), List.of(known), List.of(),
                (name, _) -> {
                    throw new AssertionError(name);
                });
    }

    static TlsCertificate certificate(String secret, Made made) {
        return new TlsCertificate.Pem(secret, made.chain(), new SecretText(made.keyText()), "");
    }

    static Made made(String... names) {
        return MAKER.certificate(List.of(names), KeyKind.ECDSA, CA);
    }

    static TlsSettings settings(String section, TlsCertificate... certificates) {
        return new TlsSettings(section, List.of(certificates));
    }

    static TlsSettings settings(String section, ClientCertificates clients, TlsCertificate... certificates) {
        return new TlsSettings(section, List.of(certificates), TlsVersion.TLS_1_2, TlsVersion.TLS_1_3, List.of(),
                ApplicationProtocol.DEFAULT, clients);
    }

    /// A section with a certificate of its own for the pattern.
    TlsGateway with(String pattern) {
        return with(pattern,
                settings("s/" + pattern, certificate("ns/" + pattern, made(pattern.equals("*") ? "default.test" : pattern))));
    }

    TlsGateway with(String pattern, TlsSettings settings) {
        sections = sections.with(pattern, settings);
        return this;
    }

    ApplyReport apply() {
        Cluster cluster = GatewayUnderTest.cluster("up", ConnectionLimits.DEFAULT, upstream.address());
        Route route = GatewayUnderTest.forward("all", "/", "up");
        PersistentMap<String, VirtualHost>[] hosts = holder();
        sections.forEach((pattern, settings) -> hosts[0] = hosts[0].with(pattern, new VirtualHost(pattern, settings.section(),
                PersistentMap.<String, Route>empty().with("all", route), VirtualHost.OnMiss.NEXT_HOST, filters)));
        return gateway.apply(GatewayConfig.EMPTY.with(cluster)
                .with(new Listener("tls", "127.0.0.1", 0, new Traffic.Tls(hosts[0], sections))));
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static PersistentMap<String, VirtualHost>[] holder() {
        PersistentMap[] one = {PersistentMap.empty()};
        return one;
    }

    int port() {
        return gateway.boundPort("tls");
    }

    double metric(String series) {
        return gateway.metrics().lines().filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ')))).findFirst().orElse(0);
    }

    double failures(String reason) {
        return metric("jigress_tls_handshake_failures_total{reason=\"" + reason + "\"}");
    }

    void awaitFailures(String reason, double count) {
        GatewayUnderTest.await(() -> failures(reason) == count,
                () -> count + " failures: " + reason + "; the metrics are\n" + gateway.metrics().lines()
                        .filter(line -> line.startsWith("jigress_tls")).toList());
    }

    List<String> closeAndReadLog() {
        gateway.close();
        try {
            return Files.readAllLines(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Trusts the CA, and sends the client certificate, if there is one.
    static SSLContext client(@Nullable Made own) {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("ca", CA.certificate());
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(trusted);
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(null, null);
            if (own != null) {
                keys.setKeyEntry("own", own.key(), new char[0], new java.security.cert.Certificate[] {own.certificate()});
            }
            KeyManagerFactory key = KeyManagerFactory.getInstance("PKIX");
            key.init(keys, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(key.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        gateway.close();
        upstream.close();
        try {
            Files.deleteIfExists(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
