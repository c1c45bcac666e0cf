package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.proxy.tls.CertificateMaker;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.jigress.testkit.TestClient;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// BackendTLSPolicies and `tls` of Backends, in front of the JDK's HTTPS server.
class BackendTlsTest {
    private final Instant now = Instant.now();
    private final CertificateMaker maker = new CertificateMaker(now.minus(1, ChronoUnit.HOURS), now.plus(1, ChronoUnit.HOURS));
    private final Made ca = maker.authority("test CA");
    private HttpsUpstream server;

    @BeforeEach
    void serve() throws IOException, GeneralSecurityException {
        server = HttpsUpstream.start(maker.certificate(List.of("cart.example"), KeyKind.ECDSA, ca), ca);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static String pem(String text) {
        return text.lines().map(line -> "    " + line + "\n").collect(Collectors.joining());
    }

    private String service() {
        return TestGateway.shop("{name: cart, port: 443}") + """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: cart}
                spec: {ports: [{name: https, port: 443, appProtocol: https}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: cart-1, labels: {kubernetes.io/service-name: cart}}
                addressType: IPv4
                ports: [{name: https, port: %d}]
                endpoints: [{addresses: [127.0.0.1]}]
                """.formatted(server.port());
    }

    private static String policy(String hostname) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: BackendTLSPolicy
                metadata: {name: cart}
                spec:
                  targetRefs: [{group: "", kind: Service, name: cart}]
                  validation: {hostname: %s, caCertificateRefs: [{group: "", kind: ConfigMap, name: ca}]}
                """.formatted(hostname);
    }

    private String authorities() {
        return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ca}\ndata:\n  ca.crt: |\n" + pem(ca.text());
    }

    @Test
    void aPolicySecuresAServiceAndNothingGoesInTheClear() {
        try (TestGateway gateway = TestGateway.start()) {
            gateway.apply(service() + "---\n" + policy("cart.example"));
            assertThat(TestClient.get(gateway.port(8080), "/").status()).as("without the ConfigMap").isEqualTo(500);
            gateway.apply(authorities());
            assertThat(gateway.problems()).isEmpty();
            assertThat(TestClient.get(gateway.port(8080), "/").text()).isEqualTo("hello over TLS to cart.example");
            assertThat(gateway.explain("GET", "http://shop.example/").toString()).contains(
                    "\"tls\":{\"origin\":\"BackendTLSPolicy default/cart\",\"serverName\":\"cart.example\",\"verified\":true,"
                            + "\"names\":[\"cart.example\"],\"authorities\":\"own\",\"alpn\":[\"http/1.1\"]}");
            gateway.apply(policy("pay.example"));
            assertThat(TestClient.get(gateway.port(8080), "/").status()).as("for another name").isEqualTo(502);
            gateway.apply(policy("cart.example"));
            assertThat(TestClient.get(gateway.port(8080), "/").text()).isEqualTo("hello over TLS to cart.example");
            gateway.delete(authorities());
            assertThat(TestClient.get(gateway.port(8080), "/").status()).as("without the ConfigMap again").isEqualTo(500);
        }
    }

    private static String gateway(String name, int port, String secret) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: %s}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: %d, protocol: HTTP}]
                  tls: {backend: {clientCertificateRef: {name: %s}}}
                ---
                """.formatted(name, port, secret);
    }

    private static String secret(String name, Made certificate) {
        return "apiVersion: v1\nkind: Secret\nmetadata: {name: " + name
                + "}\ntype: kubernetes.io/tls\nstringData:\n  tls.crt: |\n"
                + pem(certificate.chain()) + "  tls.key: |\n" + pem(certificate.keyText()) + "---\n";
    }

    @Test
    void endpointsAreShownTheCertificateOfTheGateway() {
        server.askForClients();
        String other = """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: other}
                spec:
                  parentRefs: [{name: other}]
                  rules: [{backendRefs: [{name: cart, port: 443}]}]
                """;
        try (TestGateway gateway = TestGateway.start()) {
            gateway.apply(service() + "---\n" + policy("cart.example") + "---\n" + authorities()).apply(other);
            assertThat(TestClient.get(gateway.port(8080), "/").status()).as("without a certificate").isEqualTo(502);
            gateway.apply(secret("one", maker.certificate(List.of("one.example"), KeyKind.ECDSA, ca)) + secret("two",
                    maker.certificate(List.of("two.example"), KeyKind.RSA, ca)) + gateway("main", 8080, "one")
                    + gateway("other", 8081, "two"));
            assertThat(gateway.problems()).isEmpty();
            assertThat(TestClient.get(gateway.port(8080), "/").text()).isEqualTo("hello over TLSCN=one.example to cart.example");
            assertThat(TestClient.get(gateway.port(8081), "/").text()).isEqualTo("hello over TLSCN=two.example to cart.example");
            gateway.apply(secret("one", maker.certificate(List.of("renewed.example"), KeyKind.ECDSA, ca)));
            assertThat(TestClient.get(gateway.port(8080), "/").text())
                    .isEqualTo("hello over TLSCN=renewed.example to cart.example");
        }
    }

    @Test
    void aBackendIsReachedOverTls() {
        String backend = TestGateway.shop("{group: jigress.io, kind: Backend, name: cart}") + """
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: cart}
                spec:
                  endpoints: [{address: 127.0.0.1, port: %d}]
                  tls: {hostname: cart.example%s}
                """;
        int port = server.port();
        try (TestGateway gateway = TestGateway.start()) {
            gateway.apply(backend.formatted(port, ""));
            assertThat(TestClient.get(gateway.port(8080), "/").status()).as("by the CA certificates of the system")
                    .isEqualTo(502);
            gateway.apply(backend.formatted(port, ", insecureSkipVerify: true"));
            assertThat(TestClient.get(gateway.port(8080), "/").text()).isEqualTo("hello over TLS to cart.example");
            gateway.apply(backend.formatted(port, ", secretRef: {name: cart-ca}"));
            assertThat(TestClient.get(gateway.port(8080), "/").status()).as("without the Secret").isEqualTo(500);
            gateway.apply("apiVersion: v1\nkind: Secret\nmetadata: {name: cart-ca}\nstringData:\n  ca.crt: |\n" + pem(ca.text()));
            assertThat(TestClient.get(gateway.port(8080), "/").text()).isEqualTo("hello over TLS to cart.example");
        }
    }
}
