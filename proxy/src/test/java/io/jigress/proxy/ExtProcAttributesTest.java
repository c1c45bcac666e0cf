package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.ListHeaders;
import io.jigress.api.ProxyFailure;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.TlsFacts;
import io.jigress.config.ClientCertificates;
import io.jigress.config.TlsSettings;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.time.Duration;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// The attributes that Envoy's external processing sends to its servers, read from an exchange: every request, response, connection, source and upstream
/// attribute that exists here.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class ExtProcAttributesTest {
    private static final HeaderName REFERER = HeaderName.of("referer");
    private static final HeaderName GRPC_STATUS = HeaderName.of("grpc-status");

    private final BlockingQueue<Map<String, Object>> collected = new LinkedBlockingQueue<>();

    /// One exchange at a time.
    private final class Collecting implements HttpFilter {
        private long requestSize;
        private long responseSize;
        private @Nullable Headers trailers;

        @Override
        public FilterDecision onRequestBody(Exchange exchange, Body body) {
            requestSize += body.data().readableBytes();
            return FilterDecision.CONTINUE;
        }

        @Override
        public FilterDecision onResponseBody(Exchange exchange, Body body) {
            responseSize += body.data().readableBytes();
            return FilterDecision.CONTINUE;
        }

        @Override
        public FilterDecision onResponseTrailers(Exchange exchange, Headers fields) {
            trailers = ListHeaders.copyOf(fields);
            return FilterDecision.CONTINUE;
        }

        @Override
        public void onComplete(Exchange exchange) {
            Map<String, Object> all = new TreeMap<>();
            request(exchange, exchange.request(), all);
            response(exchange, exchange.response(), all);
            connection(exchange, all);
            collected.add(all);
            requestSize = 0;
            responseSize = 0;
            trailers = null;
        }

        private void request(Exchange exchange, RequestHead head, Map<String, Object> all) {
            all.put("request.path", head.target());
            all.put("request.url_path", head.path());
            all.put("request.host", head.authority());
            all.put("request.scheme", head.scheme());
            all.put("request.method", head.method());
            all.put("request.headers", ListHeaders.copyOf(head.headers()).toString());
            put(all, "request.referer", head.headers().first(REFERER));
            put(all, "request.useragent", head.headers().first(HeaderName.USER_AGENT));
            all.put("request.time", exchange.startTime());
            all.put("request.id", exchange.id());
            all.put("request.protocol", exchange.protocol());
            all.put("request.query", head.query());
            all.put("request.duration", Duration.ofNanos(exchange.elapsedNanos()));
            all.put("request.size", requestSize);
            all.put("request.total_size", exchange.bytesReceived());
        }

        private void response(Exchange exchange, @Nullable ResponseHead head, Map<String, Object> all) {
            if (head != null) {
                all.put("response.code", head.status());
                all.put("response.headers", ListHeaders.copyOf(head.headers()).toString());
            }
            put(all, "response.code_details", exchange.reason());
            ProxyFailure failure = exchange.failure();
            put(all, "response.flags", failure == null ? null : failure.kind().flag());
            Headers end = trailers;
            if (end != null) {
                all.put("response.trailers", end.toString());
                put(all, "response.grpc_status", end.first(GRPC_STATUS));
            }
            all.put("response.size", responseSize);
            all.put("response.total_size", exchange.bytesSent());
        }

        private void connection(Exchange exchange, Map<String, Object> all) {
            all.put("connection.id", exchange.connection().id());
            all.put("source.address", exchange.connection().peer().getAddress().getHostAddress());
            all.put("source.port", exchange.connection().peer().getPort());
            all.put("destination.address", exchange.connection().local().getAddress().getHostAddress());
            all.put("destination.port", exchange.connection().local().getPort());
            TlsFacts tls = exchange.connection().tls();
            all.put("connection.mtls", tls != null && !tls.clientCertificates().isEmpty());
            if (tls != null) {
                all.put("connection.requested_server_name", tls.serverName());
                all.put("connection.tls_version", tls.version());
                all.put("connection.alpn", tls.applicationProtocol());
                for (X509Certificate certificate : tls.clientCertificates()) {
                    all.put("connection.subject_peer_certificate", certificate.getSubjectX500Principal().getName());
                    all.put("connection.verified", tls.clientVerified());
                }
            }
            put(all, "upstream.address", exchange.upstreamAddress());
            all.put("upstream.request_attempt_count", exchange.attempts());
            all.put("xds.route_name", exchange.routeName());
            put(all, "xds.cluster_name", exchange.clusterName());
        }

        private static void put(Map<String, Object> all, String name, @Nullable Object value) {
            if (value != null) {
                all.put(name, value);
            }
        }
    }

    private Map<String, Object> next() throws InterruptedException {
        Map<String, Object> next = collected.poll(10, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return next;
    }

    @Test
    void eachIsReadFromTheExchange() throws InterruptedException {
        Instant before = Instant.now().minusMillis(1);
        String answer = Reply.head(200, "x-b: 2", "transfer-encoding: chunked", "trailer: grpc-status") + "\r\n"
                + Reply.chunk("answer") + "0\r\ngrpc-status: 0\r\n\r\n";
        try (TestUpstream upstream = TestUpstream.answering(answer);
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(new Collecting())).start();
                TestClient client = gateway.connect()) {
            String request = TestClient.head("POST", "/a/b?c=d", "host: shop.example:81", "user-agent: test/1",
                    "referer: https://x/", "content-length: 5") + "\r\nhello";
            client.send(request);
            int received = client.readResponse().rawText().length();
            Map<String, Object> all = next();
            assertThat(all).containsEntry("request.path", "/a/b?c=d").containsEntry("request.url_path", "/a/b")
                    .containsEntry("request.host", "shop.example:81").containsEntry("request.scheme", "http")
                    .containsEntry("request.method", "POST").containsEntry("request.referer", "https://x/")
                    .containsEntry("request.useragent", "test/1").containsEntry("request.protocol", "HTTP/1.1")
                    .containsEntry("request.query", "c=d").containsEntry("request.size", 5L)
                    .containsEntry("request.total_size", (long) request.length())
                    .containsEntry("request.id", upstream.lastRequest().headers().first("x-request-id"))
                    .containsEntry("response.code", 200).containsEntry("response.trailers", "grpc-status: 0\n")
                    .containsEntry("response.grpc_status", "0").containsEntry("response.size", 6L)
                    .containsEntry("response.total_size", (long) received).containsEntry("source.address", "127.0.0.1")
                    .containsEntry("destination.address", "127.0.0.1").containsEntry("destination.port", gateway.port())
                    .containsEntry("upstream.address", upstream.address()).containsEntry("upstream.request_attempt_count", 1)
                    .containsEntry("xds.route_name", "HTTPRoute test/all")
                    .containsEntry("xds.cluster_name", "Backend test/up").containsEntry("connection.mtls", false)
                    .doesNotContainKeys("response.flags", "response.code_details");
            assertThat((String) all.get("request.headers")).contains("user-agent: test/1\n");
            assertThat((String) all.get("response.headers")).contains("x-b: 2\n");
            assertThat((Instant) all.get("request.time")).isBetween(before, Instant.now());
            assertThat((Duration) all.get("request.duration")).isPositive();
            assertThat((int) all.get("source.port")).isPositive();

            client.request("GET", "/");
            Map<String, Object> second = next();
            assertThat(second).containsEntry("connection.id", all.get("connection.id")).containsEntry("source.port",
                    all.get("source.port"));
            TestClient.get(gateway.port(), "/");
            assertThat(next().get("connection.id")).isNotEqualTo(all.get("connection.id"));
        }
    }

    @Test
    void thoseOfTlsAreReadFromTheConnection() throws Exception {
        TlsSettings settings = TlsGateway.settings("s/a",
                new ClientCertificates(ClientCertificates.Mode.OPTIONAL, TlsGateway.CA.text(), false),
                TlsGateway.certificate("ns/a", TlsGateway.made("a.test")));
        try (TlsGateway gateway = new TlsGateway(ProxySettings.DEFAULT, TestUpstream.echo("up"), TestFilter.of(new Collecting()))
                .with("a.test", settings)) {
            assertThat(gateway.apply().faults()).isEmpty();
            Made own = TlsGateway.MAKER.certificate(List.of("me"), KeyKind.ECDSA, TlsGateway.CA);
            try (TlsSocket client = TlsSocket.connect(TlsGateway.client(own), gateway.port(), "a.test")) {
                client.get("a.test");
            }
            assertThat(next()).containsEntry("connection.mtls", true).containsEntry("connection.requested_server_name", "a.test")
                    .containsEntry("connection.tls_version", "TLSv1.3").containsEntry("connection.alpn", "")
                    .containsEntry("connection.verified", true)
                    .containsEntry("connection.subject_peer_certificate", own.certificate().getSubjectX500Principal().getName());
            try (TlsSocket client = TlsSocket.connect(TlsGateway.client(null), gateway.port(), "a.test")) {
                client.get("a.test");
            }
            assertThat(next()).containsEntry("connection.mtls", false).doesNotContainKey("connection.verified");
        }
    }

    @Test
    void aRequestThatFailedTellsWhy() throws InterruptedException {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.close();
        });
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(new Collecting())).start()) {
            assertThat(TestClient.get(gateway.port(), "/", "te: trailers").status()).isEqualTo(502);
            assertThat(next()).containsEntry("response.code", 502).containsEntry("response.flags", "UC")
                    .containsEntry("response.code_details", "closed_before_response")
                    .containsEntry("upstream.address", upstream.address());
        }
    }
}
