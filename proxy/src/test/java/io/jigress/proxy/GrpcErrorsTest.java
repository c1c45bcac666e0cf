package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.Json;
import io.jigress.api.LocalReply;
import io.jigress.config.RouteOptions;
import io.jigress.proxy.http2.Http2TestClient;
import io.jigress.proxy.http2.Http2TestClient.Response;
import io.jigress.testkit.Fields;
import io.jigress.testkit.TestUpstream;
import io.jigress.testkit.grpc.ByteMethods;
import io.jigress.testkit.grpc.GrpcTestCall;
import io.jigress.testkit.grpc.GrpcTestClient;
import io.jigress.testkit.grpc.GrpcTestServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The responses to gRPC calls that the gateway or a filter answers itself, and to calls that take too long.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class GrpcErrorsTest {
    private static final HeaderName STATUS = HeaderName.of("x-status");
    private static final HeaderName CHALLENGE = HeaderName.of("www-authenticate");
    private static final RouteOptions SHORT = new RouteOptions(Duration.ofMillis(300), null, null, null, true);
    private static final RouteOptions IMPATIENT = new RouteOptions(null, null, Duration.ofMillis(300), null, true);

    private static GatewayUnderTest.Setup to(GrpcTestServer server) {
        return to(server.address());
    }

    private static GatewayUnderTest.Setup to(InetSocketAddress... servers) {
        return GatewayUnderTest.setup().cluster("up", "h2c", Json.Obj.EMPTY, servers)
                .route(GatewayUnderTest.forward("all", "/test.Bytes", "up"));
    }

    private static void assertStatus(GrpcTestCall call, Status.Code code, String message) {
        assertThat(call.status().getCode()).isEqualTo(code);
        assertThat(call.status().getDescription()).isEqualTo(message);
    }

    private static GrpcTestCall unary(GrpcTestClient client) throws InterruptedException {
        return client.call(ByteMethods.UNARY).send("x").halfClose();
    }

    @Test
    void anUnknownServiceIsUnimplemented() throws InterruptedException {
        try (GatewayUnderTest gateway = GatewayUnderTest.setup().start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall call = unary(client);
            assertStatus(call, Status.Code.UNIMPLEMENTED, "Not Found");
            assertThat(call.trailers().get(Metadata.Key.of("x-request-id", Metadata.ASCII_STRING_MARSHALLER))).hasSize(32);
        }
    }

    @Test
    void aServiceWithoutEndpointsOrWhoseEndpointRefusesIsUnavailable() throws Exception {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        try (GatewayUnderTest gateway = to().start(); GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            assertStatus(unary(client), Status.Code.UNAVAILABLE, "Service Unavailable");
        }
        try (GatewayUnderTest gateway = to(new InetSocketAddress(InetAddress.getLoopbackAddress(), closed)).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            assertStatus(unary(client), Status.Code.UNAVAILABLE, "Bad Gateway");
        }
    }

    @ParameterizedTest
    @CsvSource({"400,INTERNAL", "401,UNAUTHENTICATED", "403,PERMISSION_DENIED", "404,UNIMPLEMENTED", "429,UNAVAILABLE",
        "500,UNKNOWN", "502,UNAVAILABLE", "503,UNAVAILABLE", "504,UNAVAILABLE", "302,UNKNOWN", "418,UNKNOWN"})
    void aReplyOfAFilterHasTheStatusThatGrpcNamesForIt(int status, Status.Code code) throws InterruptedException {
        try (GrpcTestServer server = GrpcTestServer.start(call -> call.send("x").end());
                GatewayUnderTest gateway = to(server).filters(TestFilter.of(new Replying(status))).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall call = unary(client);
            assertStatus(call, code, "schön 100 %");
            assertThat(call.trailers().get(Metadata.Key.of("www-authenticate", Metadata.ASCII_STRING_MARSHALLER)))
                    .isEqualTo("Basic");
            assertThat(server.calls()).isEmpty();
        }
    }

    /// Answers every request with a status.
    private record Replying(int status) implements HttpFilter {
        @Override
        public FilterDecision onRequestHead(Exchange exchange) {
            return new FilterDecision.Reply(
                    LocalReply.error(status, List.of(Map.entry(CHALLENGE, "Basic")), "schön 100 %", "test"));
        }
    }

    @Test
    void theReplyIsAHeadThatIsTrailersTooAndPassesResponseFilters() {
        HttpFilter marking = new HttpFilter() {
            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                exchange.response().headers().set(STATUS, "" + exchange.response().status());
                return FilterDecision.CONTINUE;
            }
        };
        try (GatewayUnderTest gateway = to().filters(TestFilter.of(marking)).start();
                Http2TestClient client = Http2TestClient.connect(gateway.port())) {
            for (String type : List.of("application/grpc", "application/grpc+proto", "application/grpc;v=1")) {
                Response response = client.post("/test.Bytes/Unary", "content-type: " + type, "te: trailers").send("x", true)
                        .response();
                assertThat(response.status()).isEqualTo(200);
                Fields headers = response.headers();
                assertThat(headers.first("content-type")).isEqualTo("application/grpc");
                assertThat(headers.first("grpc-status")).isEqualTo("14");
                assertThat(headers.first("grpc-message")).isEqualTo("Service Unavailable");
                assertThat(headers.first("x-status")).isEqualTo("200");
                assertThat(response.body()).isEmpty();
                assertThat(response.trailers().names()).isEmpty();
            }
            for (String type : List.of("application/json", "application/grpc-web", "application/grpcx")) {
                Response response = client.post("/test.Bytes/Unary", "content-type: " + type).send("x", true).response();
                assertThat(response.status()).isEqualTo(503);
                assertThat(response.headers().first("grpc-status")).isNull();
            }
        }
    }

    // ---- time

    @Test
    void theClientsDeadlineEndsItsCall() throws InterruptedException {
        CountDownLatch cancelled = new CountDownLatch(1);
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.awaitCancelled();
            cancelled.countDown();
        });
                GatewayUnderTest gateway = to(server).accessLog().start();
                Http2TestClient client = Http2TestClient.connect(gateway.port())) {
            Response response = client.post("/test.Bytes/ClientStream", "content-type: application/grpc", "te: trailers",
                    "grpc-timeout: 200m").response();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.headers().first("grpc-status")).isEqualTo("4");
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"grpc_deadline\"",
                    "\"fields\":{\"grpc_status\":\"4\"}");
        }
    }

    @Test
    void theShorterOfDeadlineAndRequestTimeoutCounts() throws InterruptedException {
        try (GrpcTestServer server = GrpcTestServer.start(call -> call.awaitCancelled());
                GatewayUnderTest gateway = to(server).options(SHORT).accessLog().start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall call = client.call(ByteMethods.UNARY, CallOptions.DEFAULT.withDeadlineAfter(1, TimeUnit.MINUTES),
                    new Metadata()).send("x").halfClose();
            assertStatus(call, Status.Code.DEADLINE_EXCEEDED, "Gateway Timeout");
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"request_timeout\"");
        }
    }

    @ParameterizedTest
    @CsvSource({"1x", "m", "''", "123456789m", "-1m", "1 m"})
    void aDeadlineThatCannotBeUnderstoodIsNone(String timeout) {
        CountDownLatch end = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> call.await(end).close());
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).options(SHORT).accessLog().start();
                Http2TestClient client = Http2TestClient.connect(gateway.port())) {
            client.post("/test.Bytes/Unary", "content-type: application/grpc", "grpc-timeout: " + timeout).send("", true)
                    .response();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"request_timeout\"");
            end.countDown();
        }
    }

    // ---- in the middle of a call

    @Test
    void aCallWhoseServerIsLostEndsWithAStatus() throws InterruptedException {
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.send("first");
            call.awaitCancelled();
        });
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall call = client.call(ByteMethods.BOTH_STREAM);
            assertThat(call.readText()).isEqualTo("first");
            server.shutdownNow();
            assertStatus(call, Status.Code.UNAVAILABLE, "Bad Gateway");
        }
    }

    @Test
    void aCallWhoseTimeIsUpEndsWithAStatus() throws InterruptedException {
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.send("first");
            call.awaitCancelled();
        });
                GatewayUnderTest gateway = to(server).options(SHORT).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall call = client.call(ByteMethods.BOTH_STREAM);
            assertThat(call.readText()).isEqualTo("first");
            assertThat(call.status().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
            server.calls().getFirst().awaitCancelled();
        }
    }

    @Test
    void aStreamThatIsSilentForTooLongIsUnavailable() throws InterruptedException {
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.send("first");
            call.awaitCancelled();
        });
                GatewayUnderTest gateway = to(server).options(IMPATIENT).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall open = client.call(ByteMethods.BOTH_STREAM);
            GrpcTestCall halfClosed = client.call(ByteMethods.SERVER_STREAM).send("x").halfClose();
            assertThat(open.readText()).isEqualTo("first");
            assertThat(halfClosed.readText()).isEqualTo("first");
            assertStatus(open, Status.Code.UNAVAILABLE, "Request Timeout");
            assertStatus(halfClosed, Status.Code.UNAVAILABLE, "Gateway Timeout");
        }
    }

    @Test
    void aTrailingStatusPassesTheResponseFilters() throws InterruptedException {
        HttpFilter marking = new HttpFilter() {
            @Override
            public FilterDecision onResponseTrailers(Exchange exchange, Headers trailers) {
                trailers.set(STATUS, "seen");
                return FilterDecision.CONTINUE;
            }
        };
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.send("first");
            call.awaitCancelled();
        });
                GatewayUnderTest gateway = to(server).filters(TestFilter.of(marking)).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall call = client.call(ByteMethods.BOTH_STREAM);
            assertThat(call.readText()).isEqualTo("first");
            server.shutdownNow();
            assertThat(call.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(call.trailers().get(Metadata.Key.of("x-status", Metadata.ASCII_STRING_MARSHALLER))).isEqualTo("seen");
        }
    }
}
