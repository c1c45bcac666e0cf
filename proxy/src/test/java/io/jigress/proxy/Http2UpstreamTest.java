package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.proxy.http2.Http2TestClient;
import io.jigress.proxy.http2.Http2TestClient.Call;
import io.jigress.proxy.http2.Http2TestClient.Response;
import io.jigress.proxy.http2.Http2Wire;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// HTTP/2 to upstreams: what HTTP/1 and HTTP/2 clients get through it, with another gateway as the upstream or a server that is scripted frame by
/// frame.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class Http2UpstreamTest {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;

    private static GatewayUnderTest.Setup to(int port) {
        return GatewayUnderTest.setup()
                .cluster("up", "h2c", Json.Obj.EMPTY, new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .route(GatewayUnderTest.forward("all", "/", "up"));
    }

    // ---- in front of another gateway

    @Test
    void anHttp1ClientReachesAnHttp2Upstream() {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("hello", "x-upstream: a"));
                Http2Gateway inner = GatewayUnderTest.to(upstream).startHttp2();
                GatewayUnderTest outer = to(inner.port()).start();
                TestClient client = outer.connect()) {
            for (int i = 0; i < 3; i++) {
                client.send(
                        TestClient.head("POST", "/a?b", "host: shop.example", "content-length: 3", "cookie: a=1; b=2", "x-c: 1")
                                + "\r\nabc");
                ReceivedResponse response = client.readResponse();
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.text()).isEqualTo("hello");
                assertThat(response.headers().first("x-upstream")).isEqualTo("a");
                ReceivedRequest seen = upstream.lastRequest();
                assertThat(seen.method() + " " + seen.target()).isEqualTo("POST /a?b");
                assertThat(seen.headers().all("host")).containsExactly("shop.example");
                assertThat(seen.headers().all("cookie")).containsExactly("a=1; b=2");
                assertThat(seen.headers().all("content-length")).containsExactly("3");
                assertThat(seen.text()).isEqualTo("abc");
            }
        }
    }

    @Test
    void trailersAndUnknownLengthsPassBothWays() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.write(Reply.head(200, "transfer-encoding: chunked") + "\r\n" + Reply.chunk("body") + "0\r\nX-Sum: 42\r\n\r\n");
        });
                Http2Gateway inner = GatewayUnderTest.to(upstream).startHttp2();
                Http2Gateway outer = to(inner.port()).startHttp2();
                Http2TestClient client = outer.connect()) {
            Response response = client.post("/", "te: trailers").send("hello").trailers("x-check: 17").response();
            assertThat(response.body()).isEqualTo("body");
            assertThat(response.trailers().first("x-sum")).isEqualTo("42");
            assertThat(upstream.lastRequest().text()).isEqualTo("hello");
            assertThat(upstream.lastRequest().trailers().first("x-check")).isEqualTo("17");
        }
    }

    @Test
    void requestsToHeadAndWithoutBodiesAreWhole() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.write(call.method().equals("HEAD") ? Reply.head(200, "content-length: 5") + "\r\n" : Reply.head(204) + "\r\n");
        });
                Http2Gateway inner = GatewayUnderTest.to(upstream).startHttp2();
                Http2Gateway outer = to(inner.port()).startHttp2();
                Http2TestClient client = outer.connect()) {
            assertThat(client.request("HEAD", "/", true).response().headers().first("content-length")).isEqualTo("5");
            assertThat(client.request("DELETE", "/", true).response().status()).isEqualTo(204);
        }
    }

    @Test
    void manyCallsShareAConnectionAndLargeBodiesPass() throws IOException {
        int parts = 16;
        String part = "x".repeat(1 << 16);
        CountDownLatch all = new CountDownLatch(10);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            int length = call.request().body().length;
            all.countDown();
            call.await(all)
                    .write(Reply.head(200, "content-length: " + (long) part.length() * parts, "x-length: " + length) + "\r\n");
            for (int i = 0; i < parts; i++) {
                call.write(part);
            }
        });
                Http2Gateway inner = GatewayUnderTest.to(upstream).startHttp2();
                Http2Gateway outer = to(inner.port()).startHttp2();
                Http2TestClient client = outer.connect()) {
            List<Call> calls = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                calls.add(client.post("/").send(part).send(part).send(part, true));
            }
            for (Call call : calls) {
                Response response = call.response();
                assertThat(response.headers().first("x-length")).isEqualTo(String.valueOf(3 * part.length()));
                assertThat(response.body()).hasSize(part.length() * parts);
            }
        }
    }

    // ---- in front of a server that is written frame by frame

    @Test
    void aGoAwayMovesWhatWasNotLookedAtToAnotherConnection() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                Http2Gateway gateway = to(server.getLocalPort()).startHttp2();
                Http2TestClient client = gateway.connect()) {
            Call first = client.get("/first");
            try (Http2Wire one = Http2Wire.accept(server, "")) {
                assertThat(one.fields(one.await(HEADERS))).contains(":path: /first", ":method: GET", ":scheme: http");
                Call second = client.get("/second");
                assertThat(one.fields(one.await(HEADERS))).contains(":path: /second");
                one.frame(GOAWAY, 0, 0, "00000001 00000000");
                try (Http2Wire two = Http2Wire.accept(server, "")) {
                    assertThat(two.fields(two.await(HEADERS))).contains(":path: /second");
                    two.answer(1, "202");
                    assertThat(second.response().status()).isEqualTo(202);
                }
                one.answer(1, "201");
                assertThat(first.response().status()).isEqualTo(201);
                assertThat(one.awaitEnd()).isTrue();
            }
        }
    }

    @Test
    void aRefusedStreamIsSentAgainOnAFreshConnection() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                Http2Gateway gateway = to(server.getLocalPort()).startHttp2();
                Http2TestClient client = gateway.connect()) {
            Call call = client.get("/");
            try (Http2Wire one = Http2Wire.accept(server, "")) {
                one.await(HEADERS);
                one.frame(RST_STREAM, 0, 1, "00000007");
                try (Http2Wire two = Http2Wire.accept(server, "")) {
                    two.await(HEADERS);
                    two.answer(1, "200");
                    assertThat(call.response().status()).isEqualTo(200);
                }
            }
        }
    }

    @Test
    void aBrokenResponseCostsItsCallOnly() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                Http2Gateway gateway = to(server.getLocalPort()).startHttp2();
                Http2TestClient client = gateway.connect()) {
            Call malformed = client.post("/").send("x", true);
            try (Http2Wire wire = Http2Wire.accept(server, "")) {
                wire.await(HEADERS);
                wire.headers(1, true, ":status: 200", "X-Upper: 1");
                assertThat(malformed.response().status()).isEqualTo(502);
                assertThat(wire.awaitReset()).isEqualTo("PROTOCOL_ERROR");
                Call reset = client.post("/").send("x", true);
                wire.await(HEADERS);
                wire.frame(RST_STREAM, 0, 3, "00000002");
                assertThat(reset.response().status()).isEqualTo(502);
                Call shorter = client.get("/");
                wire.await(HEADERS);
                wire.headers(5, false, ":status: 200", "content-length: 3").data(5, "ab", true);
                assertThat(shorter.awaitReset().name()).isEqualTo("INTERNAL_ERROR");
                Call fine = client.get("/");
                wire.await(HEADERS);
                wire.headers(7, false, ":status: 200").data(7, "ab", true);
                assertThat(fine.response().body()).isEqualTo("ab");
                Call gone = client.post("/").send("x", true);
                wire.await(HEADERS);
                wire.shut();
                assertThat(gone.response().status()).isEqualTo(502);
            }
        }
    }

    @Test
    void aRequestKeepsToTheUpstreamsWindow() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                Http2Gateway gateway = to(server.getLocalPort()).startHttp2();
                Http2TestClient client = gateway.connect()) {
            Call warm = client.get("/");
            try (Http2Wire wire = Http2Wire.accept(server, "0004 00000005")) {
                wire.await(HEADERS);
                wire.answer(1, "200");
                assertThat(warm.response().status()).isEqualTo(200);
                Call call = client.post("/").send("hello world", true);
                assertThat(wire.await(DATA).payload()).hasSize(5);
                wire.frame(WINDOW_UPDATE, 0, 3, "00000003");
                assertThat(wire.await(DATA).payload()).hasSize(3);
                wire.frame(WINDOW_UPDATE, 0, 3, "00000010");
                Http2Wire.Frame last = wire.await(DATA);
                assertThat(last.payload()).hasSize(3);
                assertThat(last.last()).isTrue();
                wire.answer(3, "200");
                assertThat(call.response().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void aCancelledRequestIsResetAtTheUpstream() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                Http2Gateway gateway = to(server.getLocalPort()).startHttp2();
                Http2TestClient client = gateway.connect()) {
            Call call = client.post("/").send("x");
            try (Http2Wire wire = Http2Wire.accept(server, "")) {
                wire.await(DATA);
                call.cancel();
                assertThat(wire.awaitReset()).isEqualTo("CANCEL");
            }
        }
    }
}
