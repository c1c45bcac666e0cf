package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HttpFilter;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MemoryReportTest {

    @Test
    void aLoopThatIsBlockedDoesNotHoldTheAnswerUp() throws InterruptedException {
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        HttpFilter blocking = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                blocked.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                }
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(blocking)).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            blocked.await();
            assertThat(gateway.gateway().memory().build().toString()).contains("{\"loop\":0,\"answers\":false}",
                    "\"clients\":{\"connections\":1,");
            goOn.countDown();
            assertThat(client.readResponse().status()).isEqualTo(200);
            assertThat(gateway.gateway().memory().build().toString()).contains("{\"loop\":0,\"answers\":true,");
        }
    }

    @Test
    void streamsAndUdpSessionsAreCounted() throws IOException {
        try (TcpServer server = TcpServer.start(socket -> socket.getInputStream().transferTo(socket.getOutputStream()));
                StreamGateway gateway = new StreamGateway("auto").with(StreamGateway.cluster("up", server.address()))
                        .tcp(StreamGateway.route("up")).apply()) {
            try (Socket client = gateway.connect()) {
                client.getOutputStream().write('x');
                assertThat(client.getInputStream().read()).isEqualTo('x');
                assertThat(gateway.gateway.memory().build().toString()).contains("\"streams\":1,",
                        "\"udp\":{\"sessions\":0,\"bufferBytes\":0}");
            }
            gateway.awaitOpen("up", "tcp", 0);
            assertThat(gateway.gateway.memory().build().toString()).contains("\"streams\":0,");
        }
        try (UdpPeer server = UdpPeer.echo("");
                UdpGateway gateway = new UdpGateway("auto").with(UdpGateway.cluster("up", server.address()))
                        .route(UdpGateway.route("up")).apply();
                DatagramSocket client = gateway.connect()) {
            UdpGateway.exchange(client, "x");
            assertThat(gateway.gateway.memory().build().toString()).contains("\"udp\":{\"sessions\":1,")
                    .containsPattern("\"bufferBytes\":[1-9]");
            gateway.withoutListener().apply();
            assertThat(gateway.gateway.memory().build().toString())
                    .contains("\"udp\":{\"sessions\":0,\"bufferBytes\":0}");
        }
    }
}
