package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.StreamOptions;
import io.jigress.config.StreamRoute.WeightedCluster;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// TCP connections and UDP sessions in JFR recordings.
@Timeout(60)
class StreamEventTest {
    @TempDir private Path folder;

    @Test
    void aConnectionIsRecordedWithItsDuration() throws IOException {
        try (Recording recording = recording();
                TcpServer server = TcpServer.start(socket -> socket.getInputStream().transferTo(socket.getOutputStream()));
                StreamGateway gateway = new StreamGateway("nio").with(StreamGateway.cluster("up", server.address()))
                        .tcp(StreamGateway.route("up", new StreamOptions(null, 1, 0, false))).apply()) {
            long open;
            try (Socket client = gateway.connect()) {
                client.getOutputStream().write('x');
                assertThat(client.getInputStream().read()).isEqualTo('x');
                long begun = System.nanoTime();
                for (int i = 0; i < 100; i++) {
                    client.getOutputStream().write('x');
                    assertThat(client.getInputStream().read()).isEqualTo('x');
                }
                open = System.nanoTime() - begun;
            }
            gateway.awaitOpen("up", "tcp", 0);
            assertThat(gateway.closeAndReadLog()).as("the route is not logged").isEmpty();
            RecordedEvent event = only(recording);
            assertThat(event.getDuration()).isGreaterThan(Duration.ofNanos(open));
            assertThat(event.getString("protocol")).isEqualTo("TCP");
            assertThat(event.getString("route")).isEqualTo("TCPRoute test/up");
            assertThat(event.getString("cluster")).isEqualTo("Backend test/up");
            assertThat(event.getString("endpoint")).isEqualTo("127.0.0.1:" + server.address().getPort());
            assertThat(event.getInt("attempts")).isOne();
            assertThat(event.getLong("bytesReceived")).isEqualTo(101);
            assertThat(event.getLong("bytesSent")).isEqualTo(101);
            assertThat(event.getString("closedBy")).isEqualTo("client");
            assertThat(event.getString("flag")).isEmpty();
        }
    }

    @Test
    void aSessionIsRecordedWithItsDuration() throws IOException {
        try (Recording recording = recording();
                UdpPeer server = UdpPeer.echo("");
                UdpGateway gateway = new UdpGateway("nio").with(UdpGateway.cluster("up", server.address()))
                        .route(UdpGateway.route(new StreamOptions(null, 1, 0, false), new WeightedCluster("up", 1))).apply()) {
            long open;
            try (DatagramSocket client = gateway.connect()) {
                UdpGateway.exchange(client, "x");
                long begun = System.nanoTime();
                for (int i = 0; i < 100; i++) {
                    UdpGateway.exchange(client, "x");
                }
                open = System.nanoTime() - begun;
            }
            assertThat(gateway.closeAndReadLog()).as("the route is not logged").isEmpty();
            RecordedEvent event = only(recording);
            assertThat(event.getDuration()).isGreaterThan(Duration.ofNanos(open));
            assertThat(event.getString("protocol")).isEqualTo("UDP");
            assertThat(event.getLong("bytesReceived")).isEqualTo(101);
            assertThat(event.getString("closedBy")).isEqualTo("gateway");
            assertThat(event.getString("flag")).isEqualTo("DR");
        }
    }

    private static Recording recording() {
        Recording recording = new Recording();
        recording.enable("io.jigress.Stream").withThreshold(Duration.ZERO);
        recording.enable("io.jigress.Exchange").withThreshold(Duration.ZERO);
        recording.start();
        return recording;
    }

    private RecordedEvent only(Recording recording) throws IOException {
        recording.stop();
        Path file = folder.resolve("recording.jfr");
        recording.dump(file);
        var events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().matches("io\\.jigress\\.(Stream|Exchange)")).toList();
        assertThat(events).hasSize(1);
        assertThat(events.getFirst().getEventType().getName()).isEqualTo("io.jigress.Stream");
        return events.getFirst();
    }
}
