package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.StreamOptions;
import io.jigress.config.StreamRoute.WeightedCluster;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What the event loop allocates on the heap for TCP connections, UDP sessions, and what they carry.
@Tag("suite")
@Timeout(60)
class StreamAllocationTest {
    private static final int ROUND = 5_000;
    private static final int STREAMS = 500;

    @RegisterExtension private static final LoopAllocations ALLOCATIONS = new LoopAllocations();

    private static void echo(Socket socket) throws IOException {
        socket.getInputStream().transferTo(socket.getOutputStream());
    }

    private static void exchange(Socket client, byte[] message) throws IOException {
        client.getOutputStream().write(message);
        InputStream in = client.getInputStream();
        for (int left = message.length; left > 0;) {
            left -= in.read(message, 0, left);
        }
    }

    @Test
    void aMessageOfATcpConnectionAllocatesAlmostNothing() throws Exception {
        Set<Long> earlier = LoopAllocations.threads();
        try (TcpServer server = TcpServer.start(StreamAllocationTest::echo);
                StreamGateway gateway = new StreamGateway("auto").with(StreamGateway.cluster("up", server.address()))
                        .tcp(StreamGateway.route("up")).apply();
                Socket client = gateway.connect()) {
            byte[] message = new byte[1024];
            double bytes = ALLOCATIONS.least(LoopAllocations.loop(earlier), ROUND, 32, () -> {
                for (int i = 0; i < ROUND; i++) {
                    exchange(client, message);
                }
            });
            assertThat(bytes).isLessThanOrEqualTo(32);
        }
    }

    @Test
    void aTcpConnectionAllocatesWhatIsStated() throws Exception {
        Set<Long> earlier = LoopAllocations.threads();
        try (TcpServer server = TcpServer.start(StreamAllocationTest::echo);
                StreamGateway gateway = new StreamGateway("auto").with(StreamGateway.cluster("up", server.address()))
                        .tcp(StreamGateway.route("up")).apply()) {
            double bytes = ALLOCATIONS.least(LoopAllocations.loop(earlier), STREAMS, 16 * 1024, () -> {
                for (int i = 0; i < STREAMS; i++) {
                    try (Socket client = gateway.connect()) {
                        exchange(client, new byte[1]);
                    }
                }
                gateway.awaitOpen("up", "tcp", 0);
            });
            assertThat(bytes).isLessThanOrEqualTo(16 * 1024);
        }
    }

    @Test
    void aDatagramAllocatesNothing() throws Exception {
        Set<Long> earlier = LoopAllocations.threads();
        try (UdpPeer server = UdpPeer.echo("");
                UdpGateway gateway = new UdpGateway("auto").with(UdpGateway.cluster("up", server.address()))
                        .route(UdpGateway.route("up")).apply();
                DatagramSocket client = gateway.connect()) {
            double bytes = ALLOCATIONS.least(LoopAllocations.loop(earlier), ROUND, 8, () -> {
                DatagramPacket packet = new DatagramPacket(new byte[512], 512);
                for (int i = 0; i < ROUND; i++) {
                    client.send(packet);
                    client.receive(packet);
                }
            });
            assertThat(bytes).isLessThanOrEqualTo(8);
        }
    }

    @Test
    void aUdpSessionAllocatesLittle() throws Exception {
        Set<Long> earlier = LoopAllocations.threads();
        try (UdpPeer server = UdpPeer.echo("");
                UdpGateway gateway = new UdpGateway("auto").with(UdpGateway.cluster("up", server.address()))
                        .route(UdpGateway.route(new StreamOptions(null, 1, 1, false), new WeightedCluster("up", 1))).apply();
                DatagramSocket client = gateway.connect()) {
            double bytes = ALLOCATIONS.least(LoopAllocations.loop(earlier), STREAMS, 1024, () -> {
                for (int i = 0; i < STREAMS; i++) {
                    UdpGateway.exchange(client, "?");
                }
            });
            assertThat(bytes).isLessThanOrEqualTo(1024);
        }
    }
}
