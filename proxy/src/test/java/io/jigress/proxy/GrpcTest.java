package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import io.jigress.api.Json;
import io.jigress.testkit.grpc.ByteMethods;
import io.jigress.testkit.grpc.GrpcTestCall;
import io.jigress.testkit.grpc.GrpcTestClient;
import io.jigress.testkit.grpc.GrpcTestServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Calls of grpc-java's client to grpc-java's server through the gateway: every streaming kind, and every way in which calls end.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class GrpcTest {
    private static final Metadata.Key<String> TEXT = Metadata.Key.of("x-text", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<byte[]> BINARY = Metadata.Key.of("x-data-bin", Metadata.BINARY_BYTE_MARSHALLER);
    /// The most that the kernel's four socket buffers hold, by Linux' defaults (4 MiB to send, 6 MiB to receive), and the windows of gateway and
    /// peers.
    private static final long BETWEEN_BYTES = 32L << 20;

    private static GatewayUnderTest.Setup to(GrpcTestServer server) {
        return GatewayUnderTest.setup().cluster("up", "h2c", Json.Obj.EMPTY, server.address())
                .route(GatewayUnderTest.forward("all", "/", "up"));
    }

    private static Metadata metadata(String text, byte... data) {
        Metadata metadata = new Metadata();
        metadata.put(TEXT, text);
        metadata.put(BINARY, data);
        return metadata;
    }

    // ---- the streaming kinds

    @Test
    void aUnaryCall() throws InterruptedException {
        try (GrpcTestServer server = GrpcTestServer.start(call -> call.send("hello " + call.readText()).end());
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.unary("world")).isEqualTo("hello world");
            }
            assertThat(server.calls().getFirst().method()).isEqualTo("test.Bytes/Unary");
            assertThat(server.faults()).isEmpty();
        }
    }

    @Test
    void aStreamOfTheServer() throws InterruptedException {
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            String name = call.readText();
            for (int i = 0; i < 100; i++) {
                call.send(name + i);
            }
            call.end();
        });
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall call = client.call(ByteMethods.SERVER_STREAM).send("m").halfClose();
            for (int i = 0; i < 100; i++) {
                assertThat(call.readText()).isEqualTo("m" + i);
            }
            assertThat(call.read()).isNull();
            assertThat(call.status().isOk()).isTrue();
        }
    }

    @Test
    void aStreamOfTheClient() throws InterruptedException {
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            int sum = 0;
            for (byte[] message = call.read(); message != null; message = call.read()) {
                sum += message.length;
            }
            call.send("" + sum).end();
        });
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall call = client.call(ByteMethods.CLIENT_STREAM);
            for (int i = 0; i < 100; i++) {
                call.send(new byte[i]);
            }
            assertThat(call.halfClose().readText()).isEqualTo("4950");
            assertThat(call.status().isOk()).isTrue();
        }
    }

    @Test
    void messagesPassBothWaysOneByOne() throws InterruptedException {
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            for (byte[] message = call.read(); message != null; message = call.read()) {
                call.send(message);
            }
            call.send("bye").end();
        });
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall call = client.call(ByteMethods.BOTH_STREAM);
            for (int i = 0; i < 100; i++) {
                assertThat(call.send("m" + i).readText()).isEqualTo("m" + i);
            }
            assertThat(call.halfClose().readText()).isEqualTo("bye");
            assertThat(call.status().isOk()).isTrue();
        }
    }

    @Test
    void aServerGoesOnAfterTheClientHasEndedItsSide() throws InterruptedException {
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            while (call.read() != null) {
                call.send("seen");
            }
            for (int i = 0; i < 10; i++) {
                call.send("after " + i);
            }
            call.end();
        });
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall call = client.call(ByteMethods.BOTH_STREAM);
            assertThat(call.send("x").readText()).isEqualTo("seen");
            call.halfClose();
            for (int i = 0; i < 10; i++) {
                assertThat(call.readText()).isEqualTo("after " + i);
            }
            assertThat(call.status().isOk()).isTrue();
        }
    }

    // ---- metadata and statuses

    @Test
    void metadataPassesBothWays() throws InterruptedException {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.readText();
            call.sendHeaders(metadata("head", call.headers().get(BINARY))).send("m")
                    .end(Status.OK, metadata("tail", call.headers().get(BINARY)));
        });
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            Metadata sent = metadata("a", all);
            sent.put(TEXT, "b");
            GrpcTestCall call = client.call(ByteMethods.UNARY, CallOptions.DEFAULT, sent).send("x").halfClose();
            assertThat(call.readText()).isEqualTo("m");
            assertThat(call.status().isOk()).isTrue();
            assertThat(call.headers().get(TEXT)).isEqualTo("head");
            assertThat(call.headers().get(BINARY)).isEqualTo(all);
            assertThat(call.trailers().get(TEXT)).isEqualTo("tail");
            assertThat(call.trailers().get(BINARY)).isEqualTo(all);
            assertThat(server.calls().getFirst().headers().getAll(TEXT)).containsExactly("a", "b");
            assertThat(server.calls().getFirst().headers().get(BINARY)).isEqualTo(all);
        }
    }

    @Test
    void aStatusPassesWithItsMessageBeforeAndAfterMessages() throws InterruptedException {
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            if (call.readText().equals("late")) {
                call.send("one");
            }
            call.end(Status.ALREADY_EXISTS.withDescription("schön: 100 %"), metadata("why"));
        });
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            for (String when : List.of("at once", "late")) {
                GrpcTestCall call = client.call(ByteMethods.SERVER_STREAM).send(when).halfClose();
                assertThat(call.readText()).isEqualTo(when.equals("late") ? "one" : "");
                assertThat(call.status().getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
                assertThat(call.status().getDescription()).isEqualTo("schön: 100 %");
                assertThat(call.trailers().get(TEXT)).isEqualTo("why");
            }
        }
    }

    @Test
    void aServerThatAnswersBeforeTheRequestHasEndedEndsTheCall() throws InterruptedException {
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.readText();
            call.end(Status.PERMISSION_DENIED, new Metadata());
        });
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            for (int i = 0; i < 20; i++) {
                GrpcTestCall call = client.call(ByteMethods.CLIENT_STREAM).send("x");
                assertThat(call.status().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
            }
        }
    }

    // ---- sizes and flow control

    @Test
    void bigMessagesPass() throws InterruptedException {
        byte[] big = new byte[16 << 20];
        Arrays.fill(big, (byte) 7);
        try (GrpcTestServer server = GrpcTestServer.start(call -> call.send(call.read()).end());
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall call = client.call(ByteMethods.UNARY).send(big).halfClose();
            assertThat(call.read()).isEqualTo(big);
            assertThat(call.status().isOk()).isTrue();
        }
    }

    @Test
    void aClientThatDoesNotReadStopsItsServerAndNobodyElse() throws InterruptedException {
        AtomicInteger sent = new AtomicInteger();
        int messages = 1000;
        byte[] message = new byte[1 << 16];
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            if (call.readText().equals("small")) {
                call.send("answer").end();
                return;
            }
            for (int i = 0; i < messages; i++) {
                call.send(message);
                sent.incrementAndGet();
            }
            call.end();
        });
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall slow = client.call(ByteMethods.SERVER_STREAM).send("large").halfClose();
            assertThat(slow.read()).hasSize(message.length);
            Standstill.await(sent::get);
            assertThat((long) sent.get() * message.length).isLessThan(BETWEEN_BYTES);
            // On the same connections.
            for (int i = 0; i < 10; i++) {
                assertThat(client.unary("small")).isEqualTo("answer");
            }
            for (int i = 1; i < messages; i++) {
                assertThat(slow.read()).hasSize(message.length);
            }
            assertThat(slow.status().isOk()).isTrue();
            assertThat(server.faults()).isEmpty();
        }
    }

    @Test
    @Tag("suite")
    void aServerThatDoesNotReadStopsItsClientAndNobodyElse() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger sent = new AtomicInteger();
        int messages = 1000;
        byte[] message = new byte[1 << 16];
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            if (call.method().endsWith("Unary")) {
                call.send("hello " + call.readText()).end();
                return;
            }
            goOn.await();
            int count = 0;
            while (call.read() != null) {
                count++;
            }
            call.send("" + count).end();
        });
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall slow = client.call(ByteMethods.CLIENT_STREAM);
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; i < messages; i++) {
                        slow.send(message);
                        sent.incrementAndGet();
                    }
                    slow.halfClose();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            Standstill.await(sent::get);
            assertThat((long) sent.get() * message.length).isLessThan(BETWEEN_BYTES);
            for (int i = 0; i < 10; i++) {
                assertThat(client.unary("you")).isEqualTo("hello you");
            }
            goOn.countDown();
            assertThat(slow.readText()).isEqualTo("" + messages);
            assertThat(slow.status().isOk()).isTrue();
            sender.join();
        }
    }

    @Test
    @Tag("suite")
    void aThousandStreamsAtOnce() throws InterruptedException {
        int connections = 10;
        int streams = 100;
        List<GrpcTestClient> clients = new ArrayList<>();
        List<GrpcTestCall> calls = new ArrayList<>();
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            for (byte[] message = call.read(); message != null; message = call.read()) {
                call.send(message);
            }
            call.end();
        }); GatewayUnderTest gateway = to(server).start()) {
            for (int i = 0; i < connections; i++) {
                clients.add(GrpcTestClient.connect(gateway.port()));
                for (int j = 0; j < streams; j++) {
                    calls.add(clients.getLast().call(ByteMethods.BOTH_STREAM));
                }
            }
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < calls.size(); i++) {
                    calls.get(i).send("m" + i);
                }
                for (int i = 0; i < calls.size(); i++) {
                    assertThat(calls.get(i).readText()).isEqualTo("m" + i);
                }
            }
            assertThat(server.calls()).hasSize(connections * streams);
            for (GrpcTestCall call : calls) {
                call.halfClose();
            }
            for (GrpcTestCall call : calls) {
                assertThat(call.status().isOk()).isTrue();
            }
        } finally {
            clients.forEach(GrpcTestClient::close);
        }
    }

    // ---- deadlines and ends

    @Test
    void aDeadlineReachesTheServerAndCancelsItsCall() throws InterruptedException {
        CountDownLatch cancelled = new CountDownLatch(1);
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.awaitCancelled();
            cancelled.countDown();
        });
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall call = client.call(ByteMethods.UNARY, CallOptions.DEFAULT.withDeadlineAfter(300, TimeUnit.MILLISECONDS),
                    new Metadata()).send("x").halfClose();
            assertThat(call.status().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(server.calls().getFirst().deadline()).isNotNull();
        }
    }

    @Test
    void aCancelledCallIsCancelledAtTheServer() throws InterruptedException {
        CountDownLatch cancelled = new CountDownLatch(2);
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            if (call.method().endsWith("ServerStream")) {
                call.send("first");
            }
            call.awaitCancelled();
            cancelled.countDown();
        });
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall unanswered = client.call(ByteMethods.UNARY).send("x").halfClose();
            GrpcTestCall answered = client.call(ByteMethods.SERVER_STREAM).send("x").halfClose();
            assertThat(answered.readText()).isEqualTo("first");
            GatewayUnderTest.await(() -> server.calls().size() == 2, () -> "two calls");
            unanswered.cancel();
            answered.cancel();
            assertThat(unanswered.status().getCode()).isEqualTo(Status.Code.CANCELLED);
            assertThat(answered.status().getCode()).isEqualTo(Status.Code.CANCELLED);
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(client.call(ByteMethods.UNARY)).isNotNull();
        }
    }

    @Test
    void aClientThatGoesAwayCancelsItsCalls() throws InterruptedException {
        CountDownLatch cancelled = new CountDownLatch(1);
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.send("first");
            call.awaitCancelled();
            cancelled.countDown();
        }); GatewayUnderTest gateway = to(server).start()) {
            try (GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
                assertThat(client.call(ByteMethods.BOTH_STREAM).readText()).isEqualTo("first");
            }
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aServerThatShutsDownEndsItsCallsInOrder() throws InterruptedException {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.send("first");
            began.countDown();
            goOn.await();
            call.send("last").end();
        });
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall call = client.call(ByteMethods.BOTH_STREAM);
            assertThat(call.readText()).isEqualTo("first");
            server.shutdown();
            goOn.countDown();
            assertThat(call.readText()).isEqualTo("last");
            assertThat(call.status().isOk()).isTrue();
        }
    }

    @Test
    void aGatewayThatDrainsEndsItsCallsInOrder() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (GrpcTestServer server = GrpcTestServer.start(call -> {
            call.send("first");
            goOn.await();
            call.send("last").end();
        });
                GatewayUnderTest gateway = to(server).start();
                GrpcTestClient client = GrpcTestClient.connect(gateway.port())) {
            GrpcTestCall call = client.call(ByteMethods.BOTH_STREAM);
            assertThat(call.readText()).isEqualTo("first");
            int port = gateway.port();
            CompletableFuture<Void> drained = gateway.drain(Duration.ZERO);
            gateway.awaitRefusal(port);
            goOn.countDown();
            assertThat(call.readText()).isEqualTo("last");
            assertThat(call.status().isOk()).isTrue();
            drained.get(10, TimeUnit.SECONDS);
        }
    }
}
