package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.proxy.tls.CertificateMaker;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.grpc.ByteMethods;
import io.jigress.testkit.grpc.GrpcServerCall;
import io.jigress.testkit.grpc.GrpcTestClient;
import io.jigress.testkit.grpc.GrpcTestServer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The annotations `backend-protocol` and `proxy-ssl-…` of ingress-nginx, in front of real servers.
class IngressBackendProtocolTest {
    private final Instant now = Instant.now();
    private final CertificateMaker maker = new CertificateMaker(now.minus(1, ChronoUnit.HOURS), now.plus(1, ChronoUnit.HOURS));
    private final Made ca = maker.authority("test CA");
    private final Made own = maker.certificate(List.of("cart.internal"), KeyKind.ECDSA, ca);

    private static String ingress(String... annotations) {
        return "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: shop\n  annotations:\n"
                + List.of(annotations).stream().map(line -> "    nginx.ingress.kubernetes.io/" + line + "\n")
                        .collect(Collectors.joining())
                + """
                        spec:
                          rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: cart, port: {number: 443}}}}]}}]
                        """;
    }

    private static String service(int port) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {name: cart}
                spec: {ports: [{name: own, port: 443, appProtocol: https}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: cart-1, labels: {kubernetes.io/service-name: cart}}
                addressType: IPv4
                ports: [{name: own, port: %d}]
                endpoints: [{addresses: [127.0.0.1]}]
                """.formatted(port);
    }

    private static String secret(String key, String value) {
        return "  " + key + ": |\n" + value.lines().map(line -> "    " + line + "\n").collect(Collectors.joining());
    }

    private static final String SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: cart-tls}\nstringData:\n";

    private static String answer(TestGateway gateway) {
        return TestClient.get(gateway.port(8080), "/").text();
    }

    private static int status(TestGateway gateway) {
        return TestClient.get(gateway.port(8080), "/").status();
    }

    @Test
    void anHttpsBackendIsReachedOverTlsWithoutVerificationByDefault() throws Exception {
        try (HttpsUpstream upstream = HttpsUpstream.start(own, ca); TestGateway gateway = TestGateway.start()) {
            gateway.apply(service(upstream.port())).apply(ingress("backend-protocol: HTTPS"));
            assertThat(gateway.problems()).isEmpty();
            assertThat(answer(gateway)).isEqualTo("hello over TLS");
            gateway.apply(ingress("backend-protocol: HTTPS", "proxy-ssl-name: any.example", "proxy-ssl-server-name: \"on\""));
            assertThat(answer(gateway)).isEqualTo("hello over TLS to any.example");
            assertThat(gateway.explain("GET", "http://shop.example/").toString())
                    .contains("\"tls\":{\"origin\":\"Ingress default/shop\"",
                            "\"serverName\":\"any.example\",\"verified\":false");
        }
    }

    @Test
    void proxySslVerifyVerifiesWithTheCaOfTheSecret() throws Exception {
        String verified = ingress("backend-protocol: HTTPS", "proxy-ssl-verify: \"on\"", "proxy-ssl-name: cart.internal",
                "proxy-ssl-secret: default/cart-tls");
        try (HttpsUpstream upstream = HttpsUpstream.start(own, ca); TestGateway gateway = TestGateway.start()) {
            gateway.apply(service(upstream.port())).apply(verified);
            assertThat(status(gateway)).as("without the Secret").isEqualTo(500);
            gateway.apply(SECRET + secret("ca.crt", maker.authority("another CA").text()));
            assertThat(status(gateway)).as("with another CA").isEqualTo(502);
            gateway.apply(SECRET + secret("ca.crt", ca.text()));
            assertThat(answer(gateway)).isEqualTo("hello over TLS");
            gateway.apply(verified.replace("cart.internal", "pay.internal"));
            assertThat(status(gateway)).as("for another name").isEqualTo(502);
            gateway.apply(verified.replace("    nginx.ingress.kubernetes.io/proxy-ssl-name: cart.internal\n", ""));
            assertThat(status(gateway)).as("without a name to verify").isEqualTo(500);
        }
    }

    @Test
    void aBackendThatAsksForACertificateGetsThatOfTheSecret() throws Exception {
        Made client = maker.certificate(List.of("gateway.example"), KeyKind.ECDSA, ca);
        try (HttpsUpstream upstream = HttpsUpstream.start(own, ca); TestGateway gateway = TestGateway.start()) {
            upstream.askForClients();
            gateway.apply(service(upstream.port())).apply(ingress("backend-protocol: HTTPS"));
            assertThat(status(gateway)).as("without a certificate").isEqualTo(502);
            gateway.apply(SECRET + secret("tls.crt", client.chain()) + secret("tls.key", client.keyText()))
                    .apply(ingress("backend-protocol: HTTPS", "proxy-ssl-secret: default/cart-tls"));
            assertThat(gateway.problems()).isEmpty();
            assertThat(answer(gateway)).isEqualTo("hello over TLSCN=gateway.example");
        }
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void echo(GrpcServerCall call) throws InterruptedException {
        for (byte[] message = call.read(); message != null; message = call.read()) {
            call.send(message);
        }
        call.end();
    }

    @Test
    void callsOfGrpcReachABackendWithoutTls() throws Exception {
        try (GrpcTestServer server = GrpcTestServer.start(IngressBackendProtocolTest::echo);
                TestGateway gateway = TestGateway.start()) {
            gateway.apply(service(server.address().getPort()).replace(", appProtocol: https", ""))
                    .apply(ingress("backend-protocol: GRPC"));
            assertThat(gateway.problems()).isEmpty();
            try (GrpcTestClient client = GrpcTestClient.connect(gateway.port(8080))) {
                assertThat(client.unary("hello")).isEqualTo("hello");
            }
        }
    }

    @Test
    void callsOfGrpcReachABackendOverTls() throws Exception {
        try (GrpcTestServer server = GrpcTestServer.start(IngressBackendProtocolTest::echo, List.of(ByteMethods.UNARY),
                builder -> builder.useTransportSecurity(stream(own.chain()), stream(own.keyText())));
                TestGateway gateway = TestGateway.start()) {
            gateway.apply(service(server.address().getPort())).apply(ingress("backend-protocol: GRPCS"));
            assertThat(gateway.problems()).isEmpty();
            try (GrpcTestClient client = GrpcTestClient.connect(gateway.port(8080))) {
                assertThat(client.unary("hello")).isEqualTo("hello");
            }
        }
    }

    @Test
    void aProtocolThatIsNotSupportedAnswers500() throws Exception {
        try (HttpsUpstream upstream = HttpsUpstream.start(own, ca); TestGateway gateway = TestGateway.start()) {
            gateway.apply(service(upstream.port()));
            for (String protocol : List.of("FCGI", "AUTO_HTTP", "HTPPS")) {
                gateway.apply(ingress("backend-protocol: " + protocol));
                assertThat(status(gateway)).as(protocol).isEqualTo(500);
                assertThat(gateway.problems()).as(protocol).singleElement()
                        .satisfies(problem -> assertThat(problem.what()).contains(protocol));
            }
        }
    }
}
