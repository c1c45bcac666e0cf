package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.GatewayConfig;
import io.jigress.proxy.http2.Http2Limits;
import io.jigress.proxy.http2.Http2Settings;
import io.jigress.proxy.http2.Http2TestClient;
import io.jigress.proxy.http2.Http2Wire;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A listener in the clear serves HTTP/1 and HTTP/2 on one port: the first bytes decide.
@ExtendWith(NoLeaks.class)
class Http2ListenerTest {
    private static final int HEADERS = 1;
    private static final int GOAWAY = 7;

    @Test
    void bothVersionsAreServedOnOnePort() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).start();
                Http2TestClient two = Http2TestClient.connect(gateway.port());
                TestClient one = gateway.connect()) {
            assertThat(two.get("/").response().status()).isEqualTo(200);
            assertThat(one.request("GET", "/").status()).isEqualTo(200);
            assertThat(two.get("/").response().body()).isEqualTo("a");
            assertThat(one.request("GET", "/").status()).isEqualTo(200);
        }
    }

    @Test
    void thePrefaceMayComeByteByByte() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).start();
                Http2Wire wire = Http2Wire.open(gateway.port())) {
            for (char c : "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".toCharArray()) {
                wire.raw(new byte[] {(byte) c});
            }
            wire.frame(4, 0, 0, "").get(1, "/");
            assertThat(wire.fields(wire.await(HEADERS))).contains(":status: 200");
        }
    }

    @Test
    void http2MayBeTurnedOff() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).http2(new Http2Settings(false, Http2Limits.DEFAULT))
                        .start();
                TestClient client = gateway.connect()) {
            assertThat(client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").readResponse().status()).isEqualTo(505);
        }
    }

    @Test
    void aListenerThatIsRemovedSendsGoAway() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).start();
                Http2Wire wire = Http2Wire.connect(gateway.port())) {
            wire.get(1, "/").await(HEADERS);
            gateway.apply(_ -> GatewayConfig.EMPTY);
            assertThat(wire.await(GOAWAY).code()).isEqualTo("NO_ERROR");
            assertThat(wire.awaitEnd()).isTrue();
        }
    }
}
