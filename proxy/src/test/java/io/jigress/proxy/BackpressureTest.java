package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A slow reader slows down the sender; the gateway buffers only a limited number of bytes in between.
@EachTransport
@ExtendWith(NoLeaks.class)
class BackpressureTest {
    private static final int PART = 1 << 16;
    private static final int PARTS = 640;
    /// The most that the kernel's four socket buffers hold, by Linux' defaults (4 MiB to send, 6 MiB to receive), with a margin.
    private static final long KERNEL_BYTES = 24L << 20;
    private static final long GATEWAY_BYTES = 4L << 20;
    /// What the gateway queues for one client, and two buffers to receive into.
    private static final long QUEUED_BYTES = 256 * 1024 + 2 * 64 * 1024;

    private final String transport;

    BackpressureTest(String transport) {
        this.transport = transport;
    }

    private GatewayUnderTest proxying(TestUpstream upstream) {
        return GatewayUnderTest.to(upstream).on(transport, 1).start();
    }

    @Test
    void aSlowClientSlowsDownTheUpstream() {
        AtomicLong written = new AtomicLong();
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.write(Reply.head(200, "content-length: " + (long) PART * PARTS) + "\r\n");
            for (int i = 0; i < PARTS; i++) {
                call.write(part(i));
                written.addAndGet(PART);
            }
        }); GatewayUnderTest gateway = proxying(upstream); TestClient client = gateway.connect()) {
            long before = PlatformDependent.usedDirectMemory();
            client.send(TestClient.head("GET", "/") + "\r\n");
            client.readHead();
            standsStill(written);
            assertThat(written).hasValueLessThan(KERNEL_BYTES + GATEWAY_BYTES);
            assertThat(PlatformDependent.usedDirectMemory() - before).isLessThan(GATEWAY_BYTES);
            for (int i = 0; i < PARTS; i++) {
                assertThat(client.readBytes(PART).charAt(0)).isEqualTo((char) ('a' + i % 26));
            }
            assertThat(client.request("GET", "/again").status()).isEqualTo(200);
        }
    }

    @Test
    void aSlowUpstreamSlowsDownTheClient() throws InterruptedException {
        CountDownLatch mayRead = new CountDownLatch(1);
        AtomicLong written = new AtomicLong();
        AtomicBoolean intact = new AtomicBoolean(true);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.await(mayRead);
            for (int i = 0; i < PARTS; i++) {
                intact.compareAndSet(true, call.readRaw(PART).charAt(0) == 'a' + i % 26);
            }
            call.write(Reply.ok("done", "connection: close")).close();
        }); GatewayUnderTest gateway = proxying(upstream); TestClient client = gateway.connect()) {
            long before = PlatformDependent.usedDirectMemory();
            Thread writer = Thread.ofPlatform().start(() -> {
                client.send(TestClient.head("POST", "/", "content-length: " + (long) PART * PARTS) + "\r\n");
                for (int i = 0; i < PARTS; i++) {
                    client.send(part(i));
                    written.addAndGet(PART);
                }
            });
            upstream.awaitHeads(1);
            standsStill(written);
            assertThat(written).hasValueLessThan(KERNEL_BYTES + GATEWAY_BYTES);
            assertThat(PlatformDependent.usedDirectMemory() - before).isLessThan(GATEWAY_BYTES);
            mayRead.countDown();
            assertThat(client.readResponse().text()).isEqualTo("done");
            writer.join();
            assertThat(intact).isTrue();
        }
    }

    /// Small responses do not avoid the limit: pipelined requests behind unread responses are not served.
    @Test
    @Tag("suite")
    void aClientThatPipelinesAndDoesNotReadIsNotServedOn() throws InterruptedException {
        int requests = 6_000;
        String body = "x".repeat(8_000);
        AtomicLong answered = new AtomicLong();
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.write(Reply.ok(body));
            answered.incrementAndGet();
        }); GatewayUnderTest gateway = GatewayUnderTest.proxying(upstream); TestClient client = gateway.connect()) {
            long before = PlatformDependent.usedDirectMemory();
            Thread writer = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < requests; i++) {
                    client.send(TestClient.head("GET", "/") + "\r\n");
                }
            });
            standsStill(answered);
            assertThat(answered.get() * body.length()).isLessThan(KERNEL_BYTES + GATEWAY_BYTES);
            assertThat(PlatformDependent.usedDirectMemory() - before).isLessThan(GATEWAY_BYTES);
            for (int i = 0; i < requests; i++) {
                assertThat(client.readResponse().body()).hasSize(body.length());
            }
            writer.join();
        }
    }

    /// Bytes that arrived before the upstream's FIN stay in the kernel until the client reads.
    @Test
    void anUpstreamThatHasClosedIsNotReadAheadOfItsClient() {
        int clients = 16;
        int length = 20 * PART;
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.write(Reply.head(200, "content-length: " + length, "connection: close") + "\r\n");
            call.write(new byte[length]).close();
        }); GatewayUnderTest gateway = proxying(upstream)) {
            AtomicLong pinned = new AtomicLong();
            long before = PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
            List<TestClient> waiting = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                TestClient client = gateway.connect();
                waiting.add(client);
                client.send(TestClient.head("GET", "/") + "\r\n");
                client.readHead();
            }
            standsStill(() -> pinned.accumulateAndGet(PooledByteBufAllocator.DEFAULT.pinnedDirectMemory() - before, Math::max));
            assertThat(pinned.get() / clients).as("bytes for each client").isLessThan(QUEUED_BYTES);
            for (TestClient client : waiting) {
                assertThat(client.readBytes(length)).hasSize(length);
                client.close();
            }
        }
    }

    /// The client's body is not read, since the upstream reads nothing.
    @Test
    void aPausedClientThatResetsItsConnectionFreesTheUpstream() throws InterruptedException {
        assumeTrue(transport.equals("epoll"), "the others tell nothing of a connection that is not read");
        CountDownLatch over = new CountDownLatch(1);
        AtomicLong written = new AtomicLong();
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.await(over);
            call.close();
        }); GatewayUnderTest gateway = proxying(upstream); TestClient client = gateway.connect()) {
            Thread writer = Thread.ofPlatform().start(() -> {
                client.send(TestClient.head("POST", "/", "content-length: " + (long) PART * PARTS) + "\r\n");
                try {
                    while (true) {
                        client.send(part(0));
                        written.addAndGet(PART);
                    }
                } catch (UncheckedIOException _) {
                    // It was reset.
                }
            });
            upstream.awaitHeads(1);
            standsStill(written);
            client.reset();
            writer.join();
            gateway.awaitMetric("jigress_requests_cancelled_total", 1);
            over.countDown();
        }
    }

    /// When a client that does not read disconnects, the connection to the upstream is closed.
    @Test
    void aSlowClientThatGoesAwayFreesTheUpstream() {
        AtomicLong written = new AtomicLong();
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.write(Reply.head(200, "transfer-encoding: chunked") + "\r\n");
            String chunk = Reply.chunk("x".repeat(PART));
            while (true) {
                try {
                    call.write(chunk);
                } catch (IOException _) {
                    return;
                }
                written.addAndGet(PART);
            }
        }); GatewayUnderTest gateway = proxying(upstream)) {
            try (TestClient client = gateway.connect()) {
                client.send(TestClient.head("GET", "/") + "\r\n");
                client.readHead();
                standsStill(written);
            }
            upstream.awaitClosed();
        }
    }

    private static byte[] part(int i) {
        byte[] part = new byte[PART];
        java.util.Arrays.fill(part, (byte) ('a' + i % 26));
        return part;
    }

    /// Waits until nothing has been written for a while.
    private static void standsStill(AtomicLong written) {
        standsStill(written::get);
    }

    private static void standsStill(LongSupplier written) {
        long last = -1;
        int rounds = 0;
        while (rounds < 20) {
            LockSupport.parkNanos(10_000_000);
            long now = written.getAsLong();
            rounds = now == last ? rounds + 1 : 0;
            last = now;
        }
    }
}
