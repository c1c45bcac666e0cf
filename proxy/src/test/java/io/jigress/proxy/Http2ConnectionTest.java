package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.proxy.http2.Http2Limits;
import io.jigress.proxy.http2.Http2TestClient;
import io.jigress.proxy.http2.Http2Wire;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestUpstream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// HTTP/2 frame by frame: a violation of RFC 9113 resets the stream or closes the connection, and floods close the connection.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class Http2ConnectionTest {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int PRIORITY = 2;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;
    private static final int END_HEADERS = 4;
    private static final String SWITCHING = """
            HTTP/1.1 101 Switching Protocols
            Connection: upgrade
            Upgrade: websocket
            Sec-WebSocket-Accept: x
            X-A: 1

            """.replace("\n", "\r\n");

    private static void served(Consumer<Http2Wire> how) {
        served(Http2Limits.DEFAULT, how);
    }

    /// With a client on another connection, which is not affected.
    private static void served(Http2Limits limits, Consumer<Http2Wire> how) {
        try (TestUpstream upstream = TestUpstream.named("a");
                Http2Gateway gateway = GatewayUnderTest.to(upstream).startHttp2(limits);
                Http2TestClient other = gateway.connect();
                Http2Wire wire = Http2Wire.connect(gateway.port())) {
            assertThat(other.get("/").response().status()).isEqualTo(200);
            how.accept(wire);
            assertThat(other.get("/").response().status()).isEqualTo(200);
        }
    }

    private static Http2Limits limits(Http2Limits.Rates rates) {
        return new Http2Limits(8, 65_535, 65_535, 4, rates, Duration.ZERO, 0);
    }

    // ---- requests

    @Test
    void aRequestIsAnsweredFrameByFrame() {
        served(wire -> {
            Http2Wire.Frame head = wire.get(1, "/a").await(HEADERS);
            assertThat(wire.fields(head)).contains(":status: 200", "content-length: 1");
            assertThat(new String(wire.await(DATA).payload(), StandardCharsets.US_ASCII)).isEqualTo("a");
            wire.frame(PING, 0, 0, "0102030405060708");
            assertThat(wire.await(PING).payload()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        });
    }

    /// RFC 9113, 6.5.3: settings are acknowledged immediately, so before frames that they allow.
    @Test
    void theAcknowledgementOfALargerWindowComesBeforeTheDataInIt() {
        served(wire -> {
            wire.frame(SETTINGS, 0, 0, "000400000000").await(SETTINGS);
            wire.get(1, "/").await(HEADERS);
            wire.frame(SETTINGS, 0, 0, "000400000001").await(SETTINGS);
            assertThat(new String(wire.await(DATA).payload(), StandardCharsets.US_ASCII)).isEqualTo("a");
        });
    }

    @Test
    void aHeadInSeveralFramesIsOne() {
        served(wire -> {
            byte[] block = Http2Wire.block(":method: GET", ":scheme: http", ":authority: a", ":path: /", "x-a: 1");
            wire.raw(Http2Wire.bytes(HEADERS, 1, 1, Arrays.copyOf(block, 5)));
            wire.raw(Http2Wire.bytes(CONTINUATION, 0, 1, Arrays.copyOfRange(block, 5, 20)));
            wire.raw(Http2Wire.bytes(CONTINUATION, END_HEADERS, 1, Arrays.copyOfRange(block, 20, block.length)));
            assertThat(wire.fields(wire.await(HEADERS))).contains(":status: 200");
        });
    }

    @Test
    void aHeadThatIsTooLargeIsAnswered() {
        served(wire -> {
            wire.headers(1, true, ":method: GET", ":scheme: http", ":authority: a", ":path: /" + "x".repeat(10_000));
            assertThat(wire.fields(wire.await(HEADERS))).contains(":status: 414");
            String[] fields = new String[110];
            Arrays.setAll(fields, i -> "x-" + i + ": 1");
            System.arraycopy(new String[] {":method: GET", ":scheme: http", ":authority: a", ":path: /"}, 0, fields, 0, 4);
            wire.headers(3, true, fields);
            assertThat(wire.fields(wire.await(HEADERS))).contains(":status: 431");
            wire.get(5, "/");
            assertThat(wire.fields(wire.await(HEADERS))).contains(":status: 200");
        });
    }

    @Test
    void aBodyOfAnotherLengthThanDeclaredResetsTheStream() {
        served(wire -> {
            wire.post(1, "/", "content-length: 3").data(1, "four", true);
            assertThat(wire.awaitReset()).isEqualTo("PROTOCOL_ERROR");
            wire.post(3, "/", "content-length: 3").data(3, "1", false).data(3, "", true);
            assertThat(wire.awaitReset()).isEqualTo("PROTOCOL_ERROR");
            wire.post(5, "/", "content-length: 3").data(5, "1", false).headers(5, true, "x-t: 1");
            assertThat(wire.awaitReset()).isEqualTo("PROTOCOL_ERROR");
            wire.post(7, "/", "content-length: 3").data(7, "abc", true);
            assertThat(wire.fields(wire.await(HEADERS))).contains(":status: 200");
        });
    }

    @Test
    void moreStreamsThanAllowedAreRefused() {
        CountDownLatch mayAnswer = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.await(mayAnswer).write(Reply.ok("x"));
        });
                Http2Gateway gateway = GatewayUnderTest.to(upstream).startHttp2(limits(Http2Limits.Rates.DEFAULT));
                Http2Wire wire = Http2Wire.connect(gateway.port())) {
            for (int id = 1; id <= 17; id += 2) {
                wire.get(id, "/" + id);
            }
            Http2Wire.Frame reset = wire.await(RST_STREAM);
            assertThat(reset.streamId()).isEqualTo(17);
            assertThat(reset.resetCode()).isEqualTo("REFUSED_STREAM");
            mayAnswer.countDown();
            for (int id = 1; id <= 15; id += 2) {
                assertThat(wire.fields(wire.await(HEADERS))).contains(":status: 200");
            }
        }
    }

    @Test
    void anExtendedConnectBecomesATunnel() {
        CompletableFuture<String> asked = new CompletableFuture<>();
        CompletableFuture<String> received = new CompletableFuture<>();
        try (TestUpstream upstream = TestUpstream.start(call -> {
            asked.complete(call.method() + " " + call.target() + " " + call.headers());
            call.write(SWITCHING);
            received.complete(call.readRaw("hello world".length()));
            call.write("bye").shutdownOutput();
            call.awaitClosedByPeer();
            call.close();
        });
                Http2Gateway gateway = GatewayUnderTest.to(upstream).startHttp2();
                Http2Wire wire = Http2Wire.connect(gateway.port())) {
            wire.headers(1, false, ":method: CONNECT", ":protocol: websocket", ":scheme: http", ":authority: a", ":path: /chat",
                    "sec-websocket-version: 13").data(1, "hello ", false);
            assertThat(wire.fields(wire.await(HEADERS))).contains(":status: 200", "x-a: 1")
                    .noneMatch(field -> field.startsWith("sec-websocket-accept") || field.startsWith("upgrade"));
            wire.data(1, "world", false);
            assertThat(received.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo("hello world");
            assertThat(asked.join()).startsWith("GET /chat ").containsIgnoringCase("sec-websocket-key")
                    .containsIgnoringCase("sec-websocket-version").containsIgnoringCase("websocket");
            StringBuilder text = new StringBuilder();
            for (Http2Wire.Frame frame = wire.await(DATA); frame.type() == DATA; frame = wire.read()) {
                text.append(new String(frame.payload(), StandardCharsets.US_ASCII));
                if (frame.last()) {
                    break;
                }
            }
            assertThat(text).hasToString("bye");
            wire.data(1, "", true);
            upstream.awaitClosed();
            wire.frame(PING, 0, 0, "0102030405060708");
            assertThat(wire.await(PING).payload()).hasSize(8);
        }
    }

    @Test
    void aConnectWithoutAProtocolIsRefused() {
        served(wire -> {
            wire.headers(1, true, ":method: CONNECT", ":authority: a:80");
            assertThat(wire.fields(wire.await(HEADERS))).contains(":status: 405");
        });
    }

    // ---- rules

    @Test
    void brokenRulesCostTheConnection() {
        expectGoAway("PROTOCOL_ERROR", wire -> wire.frame(DATA, 0, 0, "61"));
        expectGoAway("PROTOCOL_ERROR", wire -> wire.frame(DATA, 0, 1, "61"));
        expectGoAway("PROTOCOL_ERROR", wire -> wire.get(2, "/"));
        expectGoAway("STREAM_CLOSED", wire -> {
            wire.get(3, "/").await(DATA);
            wire.get(1, "/");
        });
        expectGoAway("COMPRESSION_ERROR", wire -> wire.frame(HEADERS, END_HEADERS, 1, "ff"));
        expectGoAway("PROTOCOL_ERROR", wire -> wire.frame(CONTINUATION, END_HEADERS, 1, "82"));
        expectGoAway("PROTOCOL_ERROR", wire -> wire.frame(HEADERS, 0, 1, "82").frame(PING, 0, 0, "0000000000000000"));
        expectGoAway("FRAME_SIZE_ERROR", wire -> wire.frame(PING, 0, 0, "00"));
        expectGoAway("FRAME_SIZE_ERROR", wire -> wire.frame(SETTINGS, 0, 0, "00"));
        expectGoAway("PROTOCOL_ERROR", wire -> wire.frame(SETTINGS, 0, 0, "0002 00000002"));
        expectGoAway("FLOW_CONTROL_ERROR", wire -> wire.frame(SETTINGS, 0, 0, "0004 80000000"));
        expectGoAway("FLOW_CONTROL_ERROR", wire -> wire.frame(WINDOW_UPDATE, 0, 0, "7fffffff"));
        expectGoAway("PROTOCOL_ERROR", wire -> wire.frame(WINDOW_UPDATE, 0, 0, "00000000"));
        expectGoAway("PROTOCOL_ERROR", wire -> wire.frame(RST_STREAM, 0, 1, "00000000"));
        expectGoAway("PROTOCOL_ERROR", wire -> wire.frame(5, END_HEADERS, 1, "00000002 82"));
    }

    private static void expectGoAway(String code, Consumer<Http2Wire> how) {
        served(wire -> {
            how.accept(wire);
            assertThat(wire.awaitGoAway()).isEqualTo(code);
            assertThat(wire.awaitEnd()).isTrue();
        });
    }

    // ---- floods

    private static final Http2Limits FEW = limits(new Http2Limits.Rates(20, 20, 20, 20, 20, 20));

    private static void expectFlood(Consumer<Http2Wire> how) {
        served(FEW, wire -> {
            how.accept(wire);
            assertThat(wire.awaitGoAway()).isEqualTo("ENHANCE_YOUR_CALM");
            assertThat(wire.awaitEnd()).isTrue();
        });
    }

    @Test
    void floodsCostTheConnection() {
        expectFlood(wire -> wire.flood(50, PING, 0, 0, "0000000000000000"));
        expectFlood(wire -> wire.flood(50, SETTINGS, 0, 0, ""));
        expectFlood(wire -> wire.flood(50, PRIORITY, 0, 1, "00000003 00"));
        expectFlood(wire -> wire.flood(200, WINDOW_UPDATE, 0, 0, "00000001"));
        expectFlood(wire -> wire.flood(50, 0x42, 0, 0, ""));
        expectFlood(wire -> wire.post(1, "/").flood(50, DATA, 0, 1, ""));
    }

    @Test
    void aHeaderBlockInTooManyFramesCostsTheConnection() {
        expectFlood(wire -> wire.frame(HEADERS, 1, 1, "82").flood(10, CONTINUATION, 0, 1, "00 01 78 01 79"));
        expectFlood(wire -> wire.frame(HEADERS, 1, 1, "82").flood(10, CONTINUATION, 0, 1, ""));
    }

    @Test
    void requestsThatAreResetAtOnceCostTheConnection() {
        expectFlood(wire -> {
            for (int id = 1; id < 100; id += 2) {
                wire.get(id, "/").frame(RST_STREAM, 0, id, "00000008");
            }
        });
    }

    @Test
    void requestsThatMakeTheGatewayResetThemCostTheConnection() {
        expectFlood(wire -> {
            for (int id = 1; id < 100; id += 2) {
                wire.post(id, "/").frame(WINDOW_UPDATE, 0, id, "00000000");
            }
        });
        expectFlood(wire -> {
            for (int id = 1; id < 100; id += 2) {
                wire.headers(id, true, ":method: GET", "x: malformed");
            }
        });
    }

    // ---- the end

    @Test
    void aConnectionIsRotatedAfterAsManyRequestsAsItMayCarry() {
        served(new Http2Limits(8, 65_535, 65_535, 4, Http2Limits.Rates.DEFAULT, Duration.ZERO, 2), wire -> {
            assertThat(wire.get(1, "/").fields(wire.await(HEADERS))).contains(":status: 200");
            wire.get(3, "/");
            Http2Wire.Frame notice = wire.await(GOAWAY);
            assertThat(notice.lastStream()).isEqualTo(Integer.MAX_VALUE);
            assertThat(notice.code()).isEqualTo("NO_ERROR");
            Http2Wire.Frame ping = wire.await(PING);
            wire.get(5, "/").raw(Http2Wire.bytes(PING, 1, 0, ping.payload())).get(7, "/");
            Http2Wire.Frame last = wire.await(GOAWAY);
            assertThat(last.lastStream()).isEqualTo(5);
            assertThat(wire.awaitEnd()).isTrue();
        });
    }

    @Test
    void aConnectionWithoutThePrefaceIsClosed() {
        try (TestUpstream upstream = TestUpstream.named("a");
                Http2Gateway gateway = GatewayUnderTest.to(upstream).startHttp2();
                Http2Wire wire = Http2Wire.open(gateway.port())) {
            wire.raw("GET / HTTP/1.1\r\nhost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(wire.awaitGoAway()).isEqualTo("PROTOCOL_ERROR");
            assertThat(wire.awaitEnd()).isTrue();
        }
    }
}
