package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.proxy.http2.Http2TestClient;
import io.jigress.proxy.http2.Http2Wire;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Clients of HTTP/1 and HTTP/2 while a flooder, on the same event loop, opens its connection again and again. `bench/floods` measures how they
/// are affected.
@Tag("suite")
@ExtendWith(NoLeaks.class)
@Timeout(60)
class FloodsTest {
    private static final int HEADERS = 1;
    private static final int PRIORITY = 2;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;
    private static final int ROUNDS = 5;

    interface Flood extends Consumer<Http2Wire> {}

    static Named<?>[] floods() {
        return new Named<?>[] {
            flood("rapid reset", wire -> {
                for (int id = 1; id < 1_000; id += 2) {
                    wire.get(id, "/").frame(RST_STREAM, 0, id, "00000008");
                }
            }),
            flood("made-you-reset", wire -> {
                for (int id = 1; id < 1_000; id += 2) {
                    wire.post(id, "/").frame(WINDOW_UPDATE, 0, id, "00000000");
                }
            }),
            flood("CONTINUATION", wire -> wire.frame(HEADERS, 1, 1, "82").flood(1_000, CONTINUATION, 0, 1, "00 01 78 01 79")),
            flood("SETTINGS", wire -> wire.flood(1_000, SETTINGS, 0, 0, "")),
            flood("PING", wire -> wire.flood(30_000, PING, 0, 0, "0000000000000000")),
            flood("PRIORITY", wire -> wire.flood(5_000, PRIORITY, 0, 1, "00000003 00")),
            flood("empty DATA", wire -> wire.post(1, "/").flood(1_000, 0, 0, 1, "")),
            flood("WINDOW_UPDATE", wire -> wire.flood(5_000, WINDOW_UPDATE, 0, 0, "00000001"))};
    }

    private static Named<Flood> flood(String name, Flood flood) {
        return Named.of(name, flood);
    }

    @ParameterizedTest
    @MethodSource("floods")
    void noOtherClientNotices(Flood flood) throws Exception {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).start();
                Http2TestClient http2 = Http2TestClient.connect(gateway.port());
                TestClient http1 = gateway.connect()) {
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger ended = new AtomicInteger();
            CompletableFuture<Void> flooder = CompletableFuture.runAsync(() -> {
                while (!over.get()) {
                    try (Http2Wire wire = Http2Wire.connect(gateway.port())) {
                        flood.accept(wire);
                        wire.awaitEnd();
                        ended.incrementAndGet();
                    } catch (UncheckedIOException e) {
                        // Reset by the gateway while the flooder still sends.
                        ended.incrementAndGet();
                    }
                }
            });
            try {
                for (int served = 0; served < 100 || ended.get() < ROUNDS; served++) {
                    assertThat(http1.request("GET", "/").status()).isEqualTo(200);
                    assertThat(http2.get("/").response().status()).isEqualTo(200);
                }
            } finally {
                over.set(true);
                flooder.join();
            }
        }
    }
}
