package io.jigress.app;

import static io.jigress.app.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.proxy.tls.CertificateMaker;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.kubernetes.KubeApiServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// CA certificates in ConfigMaps of a real API server, read with no more rights than those of `deploy/rbac.yaml`; skipped without an API server.
@Tag("suite")
@Timeout(120)
class KubernetesAuthoritiesTest {
    private static final String NAMESPACE = "authorities";

    private final Instant now = Instant.now();
    private final CertificateMaker maker = new CertificateMaker(now.minus(1, ChronoUnit.HOURS), now.plus(1, ChronoUnit.HOURS));
    private final Made ca = maker.authority("test CA");
    private final Made other = maker.authority("another CA");
    private final Made own = maker.certificate(List.of("localhost"), KeyKind.ECDSA, ca);
    @TempDir private Path folder;
    private KubeApiServer server;
    private Settings settings;
    private int port;

    @BeforeEach
    void server() throws Exception {
        server = KubeApiServer.shared();
        server.namespace(NAMESPACE);
        KubernetesGatewayTest.rightsOfUser(server);
        port = WiringTest.freePort();
        settings = Settings.defaults(new Machine(1, 512 << 20)).with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.KUBERNETES_CONFIG, server.kubeconfig().toString(), "test")
                .with(KnownSettings.KUBERNETES_LEASE_NAMESPACE, "jigress-system", "test")
                .with(KnownSettings.CONFIG_SOURCES, List.of("kubernetes:gateway"), "test");
    }

    @AfterEach
    void clear() {
        if (server != null) {
            delete("gateway.networking.k8s.io/v1", "Gateway", "main");
            delete("v1", "ConfigMap", "ca");
        }
    }

    private void apply(String apiVersion, String kind, String name, String rest) {
        server.apply(KubeApiServer.path(apiVersion, kind, NAMESPACE, name),
                "apiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata: {name: " + name + "}\n" + rest).expectSuccess();
    }

    private void delete(String apiVersion, String kind, String name) {
        server.delete(KubeApiServer.path(apiVersion, kind, NAMESPACE, name));
    }

    private static String indented(String pem) {
        return pem.lines().map(line -> "    " + line + "\n").collect(Collectors.joining());
    }

    private void authority(Made authority) {
        apply("v1", "ConfigMap", "ca", "data:\n  ca.crt: |\n" + indented(authority.text()));
    }

    /// The Service is an ExternalName: the API server refuses EndpointSlices with addresses of the loopback.
    @Test
    void aChangedConfigMapVerifiesTheNextConnectionsToABackend() throws Exception {
        try (HttpsUpstream upstream = HttpsUpstream.start(own, ca)) {
            apply("gateway.networking.k8s.io/v1", "Gateway", "main",
                    "spec: {gatewayClassName: jigress, listeners: [{name: http, port: " + port + ", protocol: HTTP}]}\n");
            apply("gateway.networking.k8s.io/v1", "HTTPRoute", "shop",
                    "spec: {parentRefs: [{name: main}], rules: [{backendRefs: [{name: cart, port: " + upstream.port()
                            + "}]}]}\n");
            apply("v1", "Service", "cart", "spec: {type: ExternalName, externalName: localhost, ports: [{name: https, port: "
                    + upstream.port() + "}]}\n");
            apply("gateway.networking.k8s.io/v1", "BackendTLSPolicy", "cart",
                    "spec: {targetRefs: [{group: \"\", kind: Service, name: cart}], validation: {hostname: localhost, "
                            + "caCertificateRefs: [{group: \"\", kind: ConfigMap, name: ca}]}}\n");
            try (Wiring wiring = Wiring.start(settings, folder)) {
                await("without the ConfigMap nothing is sent", () -> status() == 500);
                authority(other);
                await("the backend is not verified by another CA", () -> status() == 502);
                authority(ca);
                await("the backend is verified", () -> status() == 200);
                assertThat(wiring.live().problems()).isEmpty();
                delete("v1", "ConfigMap", "ca");
                await("without the ConfigMap nothing is sent again", () -> status() == 500);
            }
        } finally {
            delete("gateway.networking.k8s.io/v1", "HTTPRoute", "shop");
            delete("gateway.networking.k8s.io/v1", "BackendTLSPolicy", "cart");
            delete("v1", "Service", "cart");
        }
    }

    private int status() {
        return TestClient.get(port, "/").status();
    }

    @Test
    void aChangedConfigMapVerifiesTheNextClients() throws Exception {
        HttpClient one = client(maker.certificate(List.of("one.example"), KeyKind.ECDSA, ca));
        HttpClient two = client(maker.certificate(List.of("two.example"), KeyKind.ECDSA, other));
        apply("v1", "Secret", "shop", "type: kubernetes.io/tls\nstringData:\n  tls.crt: |\n" + indented(own.chain())
                + "  tls.key: |\n" + indented(own.keyText()));
        apply("gateway.networking.k8s.io/v1", "Gateway", "main", """
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: https, port: %d, protocol: HTTPS, tls: {certificateRefs: [{name: shop}]}}]
                  tls: {frontend: {default: {validation: {caCertificateRefs: [{group: "", kind: ConfigMap, name: ca}]}}}}
                """.formatted(port));
        try (Wiring wiring = Wiring.start(settings, folder)) {
            assertThat(isServed(one)).as("without the ConfigMap").isFalse();
            authority(ca);
            await("the client of the CA is served", () -> isServed(one));
            assertThat(isServed(two)).as("the client of another CA").isFalse();
            assertThat(wiring.live().problems()).isEmpty();
            authority(other);
            await("the client of the new CA is served", () -> isServed(two));
            assertThat(isServed(client(maker.certificate(List.of("three.example"), KeyKind.ECDSA, ca))))
                    .as("a client of the former CA").isFalse();
        } finally {
            delete("v1", "Secret", "shop");
        }
    }

    private HttpClient client(Made certificate) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("own", certificate.key(), new char[0], new Certificate[] {certificate.certificate()});
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(keys, new char[0]);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", ca.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    /// Whether a handshake succeeds: there is no route, so that the answer is 404.
    private boolean isServed(HttpClient client) {
        try {
            return client.send(HttpRequest.newBuilder(URI.create("https://localhost:" + port + "/")).build(),
                    HttpResponse.BodyHandlers.discarding()).statusCode() == 404;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
