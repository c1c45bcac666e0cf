package io.jigress.testkit.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class TcpRelayTest {
    private static final int ROUNDS = 500;
    /// More than there are cores, so that the threads of the relay have to wait.
    private static final int BUSY = 8;

    private volatile boolean over;

    /// Returns the status line of the response, or the empty text when there is none.
    private static String ask(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
        } catch (IOException _) {
            return "";
        }
    }

    @Test
    void noConnectionIsServedWhileItIsDown() throws Exception {
        List<Thread> busy = new ArrayList<>();
        for (int i = 0; i < BUSY; i++) {
            busy.add(Thread.ofVirtual().start(() -> {
                while (!over) {
                    LockSupport.parkNanos(1);
                }
            }));
        }
        try (TestUpstream upstream = TestUpstream.named("one"); TcpRelay relay = new TcpRelay(upstream.port())) {
            for (int i = 0; i < ROUNDS; i++) {
                assertThat(ask(relay.port())).as("round %d", i).startsWith("HTTP/1.1 200");
                relay.down();
                assertThat(ask(relay.port())).as("round %d, down", i).isEmpty();
                relay.up();
            }
        } finally {
            over = true;
            for (Thread thread : busy) {
                thread.join();
            }
        }
    }

    @Test
    void aCutBreaksConnectionsAndLetsNewOnesThrough() throws Exception {
        try (TestUpstream upstream = TestUpstream.named("one");
                TcpRelay relay = new TcpRelay(upstream.port());
                TestClient client = TestClient.connect(relay.port())) {
            assertThat(client.request("GET", "/").status()).isEqualTo(200);
            relay.cut();
            client.assertClosed();
            assertThat(ask(relay.port())).startsWith("HTTP/1.1 200");
        }
    }
}
