package io.jigress.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.jigress.config.StreamOptions;
import io.jigress.config.StreamRoute;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Changes of the configuration close no TCP connection.
@Tag("suite")
class StreamsOverChangesTest {
    private static final int CONNECTIONS = 1_000;
    private static final int CHANGES = 1_000;

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void aThousandConnectionsOutlastAThousandChanges() throws IOException {
        try (TcpServer one = TcpServer.start(socket -> socket.getInputStream().transferTo(socket.getOutputStream()));
                TcpServer two = TcpServer.start(socket -> socket.getInputStream().transferTo(socket.getOutputStream()));
                StreamGateway gateway = new StreamGateway(ProxySettings.DEFAULT).with(StreamGateway.cluster("one", one.address()))
                        .with(StreamGateway.cluster("two", two.address())).tcp(route(1)).apply()) {
            List<Socket> clients = new ArrayList<>();
            try {
                for (int i = 0; i < CONNECTIONS; i++) {
                    Socket client = gateway.connect();
                    clients.add(client);
                    assertEquals(i % 100, echoed(client, i % 100));
                }
                for (int i = 0; i < CHANGES; i++) {
                    gateway.tcp(route(i % 7)).apply();
                    if (i % 10 == 0) {
                        assertEquals(1, echoed(clients.get(i), 1));
                    }
                }
                for (Socket client : clients) {
                    assertEquals(2, echoed(client, 2));
                }
            } finally {
                for (Socket client : clients) {
                    client.close();
                }
            }
        }
    }

    /// @param share of the connections that go to the second cluster, besides 10 that go to the first
    private static StreamRoute route(int share) {
        return new StreamRoute("all", "TCPRoute test/both",
                List.of(new StreamRoute.WeightedCluster("one", 10), new StreamRoute.WeightedCluster("two", share)),
                StreamOptions.DEFAULT);
    }

    private static int echoed(Socket client, int value) throws IOException {
        client.getOutputStream().write(value);
        return client.getInputStream().read();
    }
}
