package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.proxy.http2.Http2TestClient;
import io.jigress.testkit.Reply;
import io.jigress.testkit.ServerCall;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.jigress.testkit.WebSocketEcho;
import io.jigress.testkit.grpc.ByteMethods;
import io.jigress.testkit.grpc.GrpcTestCall;
import io.jigress.testkit.grpc.GrpcTestClient;
import io.jigress.testkit.grpc.GrpcTestServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// WebSockets (the JDK's client), event streams over HTTP/1 and HTTP/2, and calls of gRPC that stay open while the configuration changes. `-Dstreams=1000
/// -Dchanges=1000` is the size that is promised.
@Tag("suite")
@ExtendWith(NoLeaks.class)
@Timeout(120)
class LongLivedStreamsTest {
    private static final int STREAMS = Integer.getInteger("streams", 40);
    private static final int CHANGES = Integer.getInteger("changes", 100);
    private static final String EVENT = "data: %d\n\n";

    private final CountDownLatch changed = new CountDownLatch(1);
    private final HttpClient http = HttpClient.newHttpClient();

    /// Closing the client would wait for sockets that are open.
    @AfterEach
    void close() {
        changed.countDown();
        http.shutdownNow();
    }

    private void serve(ServerCall call) throws IOException, InterruptedException {
        if (!WebSocketEcho.isOpening(call)) {
            call.request();
            call.write(Reply.head(200, "content-type: text/event-stream", "transfer-encoding: chunked") + "\r\n"
                    + Reply.chunk(EVENT.formatted(1)));
            changed.await();
            call.write(Reply.chunk(EVENT.formatted(2)) + Reply.chunk(""));
            return;
        }
        WebSocketEcho.serve(call);
    }

    private static final class Messages implements WebSocket.Listener {
        final BlockingQueue<String> texts = new LinkedBlockingQueue<>();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            texts.add(text.toString());
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            texts.add("closed " + code + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            texts.add(error.toString());
        }

        String next() throws InterruptedException {
            return String.valueOf(texts.poll(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void noneIsClosedByChangesOfTheConfiguration() throws Exception {
        try (TestUpstream upstream = TestUpstream.start(this::serve);
                TestUpstream other = TestUpstream.named("other");
                GrpcTestServer calls = GrpcTestServer.start(call -> {
                    for (byte[] message = call.read(); message != null; message = call.read()) {
                        call.send(message);
                    }
                    call.end();
                });
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("up", upstream.address())
                        .cluster("other", other.address()).cluster("calls", "h2c", Json.Obj.EMPTY, calls.address())
                        .route(GatewayUnderTest.forward("all", "/", "up"))
                        .route(GatewayUnderTest.forward("grpc", "/test.Bytes", "calls")).start();
                Http2TestClient http2 = Http2TestClient.connect(gateway.port());
                GrpcTestClient grpc = GrpcTestClient.connect(gateway.port())) {
            List<WebSocket> sockets = new ArrayList<>();
            List<Messages> messages = new ArrayList<>();
            List<TestClient> events = new ArrayList<>();
            List<Http2TestClient.Call> events2 = new ArrayList<>();
            List<GrpcTestCall> streams = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                Messages own = new Messages();
                messages.add(own);
                sockets.add(http.newWebSocketBuilder()
                        .buildAsync(URI.create("ws://127.0.0.1:" + gateway.port() + "/socket"), own).get(10, TimeUnit.SECONDS));
                events.add(gateway.connect().send(TestClient.head("GET", "/events", "accept: text/event-stream") + "\r\n"));
                // As many as a client may have open on a connection.
                if (i < 100) {
                    events2.add(http2.get("/events"));
                }
                streams.add(grpc.call(ByteMethods.BOTH_STREAM).send("first"));
            }
            for (int i = 0; i < STREAMS; i++) {
                sockets.get(i).sendText("first", true).get(10, TimeUnit.SECONDS);
                assertThat(messages.get(i).next()).isEqualTo("first");
                events.get(i).readHead();
                assertThat(streams.get(i).readText()).isEqualTo("first");
            }
            for (Http2TestClient.Call call : events2) {
                call.awaitHead();
            }
            for (int i = 0; i < CHANGES; i++) {
                gateway.apply(GatewayUnderTest.forward("all", "/", i % 2 == 0 ? "other" : "up"));
            }
            changed.countDown();
            for (int i = 0; i < STREAMS; i++) {
                sockets.get(i).sendText("second", true).get(10, TimeUnit.SECONDS);
                assertThat(messages.get(i).next()).isEqualTo("second");
                try (TestClient client = events.get(i)) {
                    assertThat(
                            client.readBytes(Reply.chunk(EVENT.formatted(1)).length() + Reply.chunk(EVENT.formatted(2)).length()))
                            .contains("data: 1").contains("data: 2");
                }
                assertThat(streams.get(i).send("second").readText()).isEqualTo("second");
                assertThat(streams.get(i).halfClose().read()).isNull();
                assertThat(streams.get(i).status().isOk()).isTrue();
                sockets.get(i).sendClose(4000, "bye").get(10, TimeUnit.SECONDS);
                assertThat(messages.get(i).next()).isEqualTo("closed 4000 bye");
            }
            for (Http2TestClient.Call call : events2) {
                assertThat(call.response().body()).isEqualTo(EVENT.formatted(1) + EVENT.formatted(2));
            }
            gateway.awaitMetric("jigress_tunnels_open{loop=\"0\"}", 0);
        }
    }
}
