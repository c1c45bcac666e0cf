package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.jigress.proxy.tls.CertificateMaker;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.jigress.testkit.TestClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// BackendTLSPolicies and `tls` of Backends, in front of the JDK's HTTPS server.
class BackendTlsTest {
    private final Instant now = Instant.now();
    private final CertificateMaker maker = new CertificateMaker(now.minus(1, ChronoUnit.HOURS), now.plus(1, ChronoUnit.HOURS));
    private final Made ca = maker.authority("test CA");
    private HttpsServer server;
    private volatile boolean asksForClients;

    @BeforeEach
    void serve() throws IOException, GeneralSecurityException {
        Made own = maker.certificate(List.of("cart.example"), KeyKind.ECDSA, ca);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("own", own.key(), new char[0], new Certificate[] {own.certificate()});
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(keys, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        keys.setCertificateEntry("ca", ca.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(keys);
        context.init(factory.getKeyManagers(), trust.getTrustManagers(), null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters wanted = context.getDefaultSSLParameters();
                wanted.setNeedClientAuth(asksForClients);
                parameters.setSSLParameters(wanted);
            }
        });
        server.createContext("/", exchange -> {
            String client = asksForClients ? ((HttpsExchange) exchange).getSSLSession().getPeerPrincipal().getName() : "";
            byte[] body = ("hello over TLS" + client).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private static String route(String backend) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: 8080, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{backendRefs: [%s]}]
                """.formatted(backend);
    }

    private static String pem(String text) {
        return text.lines().map(line -> "    " + line + "\n").collect(Collectors.joining());
    }

    private String service() {
        return route("{name: cart, port: 443}") + """
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
                """.formatted(server.getAddress().getPort());
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
            assertThat(TestClient.get(gateway.port(8080), "/").text()).isEqualTo("hello over TLS");
            assertThat(gateway.explain("GET", "http://shop.example/").toString()).contains(
                    "\"tls\":{\"origin\":\"BackendTLSPolicy default/cart\",\"serverName\":\"cart.example\",\"verified\":true,"
                            + "\"names\":[\"cart.example\"],\"authorities\":\"own\",\"alpn\":[\"http/1.1\"]}");
            gateway.apply(policy("pay.example"));
            assertThat(TestClient.get(gateway.port(8080), "/").status()).as("for another name").isEqualTo(502);
            gateway.apply(policy("cart.example"));
            assertThat(TestClient.get(gateway.port(8080), "/").text()).isEqualTo("hello over TLS");
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
        asksForClients = true;
        String other = """
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: other}
                spec:
                  parentRefs: [{name: other}]
                  rules: [{backendRefs: [{name: cart, port: 443}]}]
                ---
                """;
        try (TestGateway gateway = TestGateway.start()) {
            gateway.apply(service() + "---\n" + policy("cart.example") + "---\n" + authorities() + other);
            assertThat(TestClient.get(gateway.port(8080), "/").status()).as("without a certificate").isEqualTo(502);
            gateway.apply(secret("one", maker.certificate(List.of("one.example"), KeyKind.ECDSA, ca)) + secret("two",
                    maker.certificate(List.of("two.example"), KeyKind.RSA, ca)) + gateway("main", 8080, "one")
                    + gateway("other", 8081, "two"));
            assertThat(gateway.problems()).isEmpty();
            assertThat(TestClient.get(gateway.port(8080), "/").text()).isEqualTo("hello over TLSCN=one.example");
            assertThat(TestClient.get(gateway.port(8081), "/").text()).isEqualTo("hello over TLSCN=two.example");
            gateway.apply(secret("one", maker.certificate(List.of("renewed.example"), KeyKind.ECDSA, ca)));
            assertThat(TestClient.get(gateway.port(8080), "/").text()).isEqualTo("hello over TLSCN=renewed.example");
        }
    }

    @Test
    void aBackendIsReachedOverTls() {
        String backend = route("{group: jigress.io, kind: Backend, name: cart}") + """
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: cart}
                spec:
                  endpoints: [{address: 127.0.0.1, port: %d}]
                  tls: {hostname: cart.example%s}
                """;
        int port = server.getAddress().getPort();
        try (TestGateway gateway = TestGateway.start()) {
            gateway.apply(backend.formatted(port, ""));
            assertThat(TestClient.get(gateway.port(8080), "/").status()).as("by the CA certificates of the system")
                    .isEqualTo(502);
            gateway.apply(backend.formatted(port, ", insecureSkipVerify: true"));
            assertThat(TestClient.get(gateway.port(8080), "/").text()).isEqualTo("hello over TLS");
            gateway.apply(backend.formatted(port, ", secretRef: {name: cart-ca}"));
            assertThat(TestClient.get(gateway.port(8080), "/").status()).as("without the Secret").isEqualTo(500);
            gateway.apply("apiVersion: v1\nkind: Secret\nmetadata: {name: cart-ca}\nstringData:\n  ca.crt: |\n" + pem(ca.text()));
            assertThat(TestClient.get(gateway.port(8080), "/").text()).isEqualTo("hello over TLS");
        }
    }
}
