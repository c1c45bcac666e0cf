package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.jigress.api.BodyWriter;
import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.FilterDecision;
import io.jigress.api.GrpcCall;
import io.jigress.api.GrpcResult;
import io.jigress.api.GrpcSink;
import io.jigress.api.GrpcStatus;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.Json;
import io.jigress.api.LocalReply;
import io.jigress.api.ReplyBody;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.jigress.proxy.http2.Http2Wire;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.jigress.testkit.grpc.GrpcTestServer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Calls of filters to services of gRPC, answered by grpc-java.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class GrpcCallersTest {
    private static final CallLimits SOON = CallLimits.within(Duration.ofSeconds(10));
    private static final int MAX = 1 << 20;
    /// The type of the frame.
    private static final int HEADERS = 1;
    private static final HeaderName USER = HeaderName.of("x-user");
    private static final Metadata.Key<String> USER_KEY = Metadata.Key.of("x-user", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> END_KEY = Metadata.Key.of("x-end", Metadata.ASCII_STRING_MARSHALLER);
    private static final long BETWEEN_BYTES = 32L << 20;

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    private static CallRequest method(String name) {
        return CallRequest.of("POST", "calls.example", "/test.Bytes/" + name).with(USER, "7");
    }

    /// A gateway whose filter does this with each request; the cluster is `calls`.
    private static GatewayUnderTest gateway(GrpcTestServer server, StepFilter.Step step) {
        return gateway(server.address(), step);
    }

    private static GatewayUnderTest gateway(InetSocketAddress server, StepFilter.Step step) {
        return GatewayUnderTest.setup().cluster("calls", "h2c", Json.Obj.EMPTY, server)
                .route(GatewayUnderTest.forward("all", "/", "calls")).filters(StepFilter.each(step)).start();
    }

    /// Answers each request with the result of a unary call, whose message is the request's path.
    private static StepFilter.Step asking(CallLimits limits, int max) {
        return (services, exchange) -> {
            Resumption resumption = exchange.suspend(Duration.ofSeconds(20),
                    new FilterDecision.Reply(LocalReply.of(504, "late")));
            services.callers().grpcUnary("calls", method("Unary"), bytes(exchange.request().path()), limits, max,
                    result -> {
                        String text = show(result);
                        resumption.resume((_, _, _) -> new FilterDecision.Reply(LocalReply.text(200, text, "told")));
                    });
            return new FilterDecision.Wait(resumption);
        };
    }

    private static String show(GrpcResult result) {
        return switch (result) {
            case GrpcResult.Message(ByteBuf message, Headers trailers) ->
                message.toString(StandardCharsets.UTF_8) + " " + trailers.first(HeaderName.of("x-end"));
            case GrpcResult.Failed(GrpcStatus status) -> status.code() + " " + status.message();
        };
    }

    @Test
    void aUnaryCallWithMetadata() {
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            Metadata trailers = new Metadata();
            trailers.put(END_KEY, "end");
            call.send("hello " + call.readText() + " of " + call.headers().get(USER_KEY)).end(Status.OK, trailers);
        }); GatewayUnderTest gateway = gateway(server, asking(SOON, MAX)); TestClient client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.request("GET", "/you").text()).isEqualTo("hello /you of 7 end");
            }
            assertThat(server.calls().getFirst().deadline()).isNotNull();
            assertThat(gateway.metric("jigress_upstream_attempts_total{cluster=\"Backend test/calls\"}")).isEqualTo(3);
        }
    }

    @Test
    void theHeadThatGoesOutIsOneOfGrpc() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                GatewayUnderTest gateway = gateway((InetSocketAddress) server.getLocalSocketAddress(), asking(SOON, MAX));
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/you") + "\r\n");
            try (Http2Wire wire = Http2Wire.accept(server, "")) {
                assertThat(wire.fields(wire.await(HEADERS))).containsExactlyInAnyOrder(":method: POST", ":scheme: http",
                        ":authority: calls.example", ":path: /test.Bytes/Unary", "x-user: 7", "content-type: application/grpc",
                        "te: trailers", "grpc-timeout: 10000m");
                wire.headers(1, true, ":status: 200", "content-type: application/grpc", "grpc-status: 5");
                assertThat(client.readResponse().text()).isEqualTo("5 ");
            }
        }
    }

    @Test
    void aStatusComesWithItsMessage() {
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            boolean late = call.readText().equals("/late");
            if (late) {
                call.send("x");
            }
            call.end(Status.PERMISSION_DENIED.withDescription("schön: 100 %"), new Metadata());
        }); GatewayUnderTest gateway = gateway(server, asking(SOON, MAX)); TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/at-once").text()).isEqualTo("7 schön: 100 %");
            assertThat(client.request("GET", "/late").text()).isEqualTo("7 schön: 100 %");
        }
    }

    @Test
    void aResponseThatIsNoneOfGrpcHasAStatusToo() {
        try (TestUpstream upstream = TestUpstream.answering(Reply.of(503, "busy"));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).cluster("calls", upstream.address())
                        .filters(StepFilter.each(asking(SOON, MAX))).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").text()).isEqualTo("14 HTTP status 503");
            upstream.handler(call -> {
                call.request();
                call.write(Reply.ok("<html>", "content-type: text/html"));
            });
            assertThat(client.request("GET", "/").text()).isEqualTo("2 the response's content type is text/html");
        }
    }

    @Test
    void aMessageBeyondTheLimitEndsTheCall() {
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.readText();
            call.send(new byte[1001]).end();
        }); GatewayUnderTest gateway = gateway(server, asking(SOON, 1000)); TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").text()).isEqualTo("8 a message has 1001 bytes, and 1000 may be received");
        }
    }

    @Test
    void aDeadlineEndsTheCallOnBothSides() throws InterruptedException {
        CountDownLatch cancelled = new CountDownLatch(1);
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.readText();
            call.awaitCancelled();
            cancelled.countDown();
        });
                GatewayUnderTest gateway = gateway(server, asking(CallLimits.within(Duration.ofMillis(300)), MAX));
                TestClient client = gateway.connect()) {
            // The server ends the call at the same time.
            assertThat(client.request("GET", "/").text()).isIn("4 request_timeout", "14 stream_reset");
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(server.calls().getFirst().deadline()).isNotNull();
        }
    }

    /// Records the events of a call of the filter, and acts on them on its event loop.
    private static final class Recorder implements GrpcSink {
        final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        final CompletableFuture<GrpcStatus> status = new CompletableFuture<>();
        final AtomicInteger received = new AtomicInteger();
        final CompletableFuture<String> metadata = new CompletableFuture<>();
        Runnable onWritable = () -> {};

        @Override
        public void headers(Headers head) {
            metadata.complete(String.valueOf(head.first(USER)));
        }

        @Override
        public void message(ByteBuf message) {
            received.incrementAndGet();
            if (message.readableBytes() < 100) {
                messages.add(message.toString(StandardCharsets.UTF_8));
            }
        }

        @Override
        public void ended(GrpcStatus ended) {
            status.complete(ended);
        }

        @Override
        public void writable() {
            onWritable.run();
        }
    }

    /// The filter answers with a reply that stays open, so that the test can send into the call meanwhile.
    private static FilterDecision lasting(Consumer<BodyWriter> begun) {
        return new FilterDecision.Reply(LocalReply.streamed(200, List.of(), new ReplyBody.Source() {
            @Override
            public void start(BodyWriter body) {
                begun.accept(body);
            }
        }, "lasts"));
    }

    @Test
    void streamsOfBothSidesPassOneByOne() throws Exception {
        Recorder recorder = new Recorder();
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            Metadata head = new Metadata();
            head.put(USER_KEY, "server");
            call.sendHeaders(head);
            for (byte[] message = call.read(); message != null; message = call.read()) {
                call.send("re: " + new String(message, StandardCharsets.UTF_8));
            }
            call.send("bye").end();
        }); GatewayUnderTest gateway = gateway(server, (services, _) -> {
            GrpcCall call = services.callers().grpc("calls", method("BothStream"), SOON, MAX, recorder);
            sendEach(services, call, 0);
            return lasting(_ -> {});
        }); TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            assertThat(recorder.metadata.get(10, TimeUnit.SECONDS)).isEqualTo("server");
            for (int i = 0; i < 10; i++) {
                assertThat(recorder.messages.poll(10, TimeUnit.SECONDS)).isEqualTo("re: m" + i);
            }
            assertThat(recorder.messages.poll(10, TimeUnit.SECONDS)).isEqualTo("bye");
            assertThat(recorder.status.get(10, TimeUnit.SECONDS).isOk()).isTrue();
        }
    }

    private static void sendEach(Services services, GrpcCall call, int i) {
        if (i == 10) {
            call.halfClose();
            return;
        }
        call.send(bytes("m" + i));
        services.schedule(Duration.ofMillis(1), () -> sendEach(services, call, i + 1));
    }

    @Test
    @Tag("suite")
    void aServerThatDoesNotReadStopsTheFilter() throws Exception {
        Recorder recorder = new Recorder();
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger sent = new AtomicInteger();
        int messages = 1000;
        byte[] message = new byte[1 << 16];
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            goOn.await();
            int count = 0;
            while (call.read() != null) {
                count++;
            }
            call.send("" + count).end();
        }); GatewayUnderTest gateway = gateway(server, (services, _) -> {
            GrpcCall call = services.callers().grpc("calls", method("ClientStream"), CallLimits.NO_DEADLINE, MAX, recorder);
            recorder.onWritable = () -> {
                while (call.writable() && sent.get() < messages) {
                    sent.incrementAndGet();
                    call.send(Unpooled.wrappedBuffer(message));
                    if (sent.get() == messages) {
                        call.halfClose();
                    }
                }
            };
            recorder.onWritable.run();
            return lasting(_ -> {});
        }); TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            GatewayUnderTest.await(() -> sent.get() > 0 && server.calls().size() == 1, () -> "the first messages");
            Standstill.await(sent::get);
            assertThat((long) sent.get() * message.length).isLessThan(BETWEEN_BYTES);
            goOn.countDown();
            assertThat(recorder.messages.poll(20, TimeUnit.SECONDS)).isEqualTo("" + messages);
            assertThat(recorder.status.get(10, TimeUnit.SECONDS).isOk()).isTrue();
        }
    }

    @Test
    @Tag("suite")
    void aFilterThatDoesNotReadStopsTheServer() throws Exception {
        Recorder recorder = new Recorder();
        AtomicInteger sent = new AtomicInteger();
        CompletableFuture<Runnable> goOn = new CompletableFuture<>();
        int messages = 1000;
        byte[] message = new byte[1 << 16];
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.readText();
            for (int i = 0; i < messages; i++) {
                call.send(message);
                sent.incrementAndGet();
            }
            call.end();
        }); GatewayUnderTest gateway = gateway(server, (services, exchange) -> {
            if (exchange.request().path().equals("/go-on")) {
                goOn.join().run();
                return new FilterDecision.Reply(LocalReply.of(204, "told"));
            }
            GrpcCall call = services.callers().grpc("calls", method("ServerStream"), CallLimits.NO_DEADLINE, MAX, recorder);
            call.send(bytes("x"));
            call.halfClose();
            call.reading(false);
            goOn.complete(() -> call.reading(true));
            return lasting(_ -> {});
        }); TestClient client = gateway.connect(); TestClient other = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            GatewayUnderTest.await(() -> sent.get() > 0, () -> "the first messages");
            Standstill.await(sent::get);
            assertThat((long) sent.get() * message.length).isLessThan(BETWEEN_BYTES);
            assertThat(recorder.received.get()).isZero();
            assertThat(other.request("GET", "/go-on").status()).isEqualTo(204);
            assertThat(recorder.status.get(20, TimeUnit.SECONDS).isOk()).isTrue();
            assertThat(recorder.received.get()).isEqualTo(messages);
        }
    }

    @Test
    void aCancelledCallIsCancelledAtTheServerAndTellsNothing() throws Exception {
        Recorder recorder = new Recorder();
        CountDownLatch cancelled = new CountDownLatch(1);
        CompletableFuture<Runnable> cancel = new CompletableFuture<>();
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.send("first");
            call.awaitCancelled();
            cancelled.countDown();
        }); GatewayUnderTest gateway = gateway(server, (services, exchange) -> {
            if (exchange.request().path().equals("/cancel")) {
                cancel.join().run();
                return new FilterDecision.Reply(LocalReply.of(204, "told"));
            }
            GrpcCall call = services.callers().grpc("calls", method("BothStream"), SOON, MAX, recorder);
            cancel.complete(call::cancel);
            return lasting(_ -> {});
        }); TestClient client = gateway.connect(); TestClient other = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            assertThat(recorder.messages.poll(10, TimeUnit.SECONDS)).isEqualTo("first");
            assertThat(other.request("GET", "/cancel").status()).isEqualTo(204);
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(recorder.status.isDone()).isFalse();
        }
    }
}
