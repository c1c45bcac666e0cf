package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.Json;
import io.jigress.api.LocalReply;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.jigress.api.UpstreamCall;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Connections of filters whose bytes are passed unchanged.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class ByteChannelTest {
    private static final CallLimits OPEN_END = CallLimits.NO_DEADLINE;

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    private static GatewayUnderTest.Setup tcp(TestUpstream upstream, String cluster, TcpServer server) {
        return GatewayUnderTest.to(upstream).cluster(cluster, "tcp", Json.Obj.EMPTY, server.address());
    }

    /// Sends a command to a RESP server, such as Redis, with each request: one connection, and answers in the order of the commands.
    private static final class Pinging implements HttpFilter, ResponseSink {
        private final Services services;
        private final ArrayDeque<Resumption> asked = new ArrayDeque<>();
        private final StringBuilder received = new StringBuilder();
        private @Nullable UpstreamCall channel;

        Pinging(Services services) {
            this.services = services;
        }

        @Override
        public FilterDecision onRequestHead(Exchange exchange) {
            Resumption resumption = exchange.suspend(Duration.ofSeconds(10),
                    new FilterDecision.Reply(LocalReply.of(504, "no_pong")));
            UpstreamCall open = channel;
            if (open == null) {
                open = services.callers().channel("redis", OPEN_END, this);
                channel = open;
            }
            asked.add(resumption);
            open.body(bytes("*1\r\n$4\r\nPING\r\n"), false);
            return new FilterDecision.Wait(resumption);
        }

        @Override
        public void body(ByteBuf data, boolean last) {
            received.append(data.toString(StandardCharsets.ISO_8859_1));
            data.release();
            for (int end = received.indexOf("\r\n"); end >= 0; end = received.indexOf("\r\n")) {
                answer(received.substring(0, end));
                received.delete(0, end + 2);
            }
            if (last) {
                lost("closed");
            }
        }

        private void answer(String line) {
            Resumption next = asked.poll();
            if (next != null) {
                next.resume(line.equals("+PONG")
                        ? FilterDecision.CONTINUE
                        : new FilterDecision.Reply(LocalReply.of(502, "not_pong")));
            }
        }

        private void lost(String why) {
            UpstreamCall open = channel;
            if (open != null) {
                open.cancel();
                channel = null;
            }
            while (!asked.isEmpty()) {
                asked.remove().resume(new FilterDecision.Reply(LocalReply.of(503, why)));
            }
        }

        @Override
        public void failed(ProxyFailure failure) {
            lost(failure.detail());
        }

        @Override
        public void informational(ResponseHead head) {}

        @Override
        public void head(ResponseHead head, boolean last) {
            throw new AssertionError("a channel has no head");
        }

        @Override
        public void switched(ResponseHead head) {
            assertThat(head.status()).isEqualTo(101);
        }

        @Override
        public void trailers(Headers trailers) {}

        @Override
        public void writable() {}
    }

    @Test
    void pingsOfAFilterShareAChannel() throws IOException {
        try (TestUpstream upstream = TestUpstream.named("a");
                TcpServer redis = TcpServer.start(TcpServer::answerPings);
                GatewayUnderTest gateway = tcp(upstream, "redis", redis).filters(StepFilter.with(Pinging::new)).start()) {
            List<TestClient> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 10; i++) {
                    clients.add(gateway.connect());
                }
                for (int round = 0; round < 5; round++) {
                    clients.forEach(client -> client.send(TestClient.head("GET", "/") + "\r\n"));
                    clients.forEach(client -> assertThat(client.readResponse().text()).isEqualTo("a"));
                }
            } finally {
                clients.forEach(TestClient::close);
            }
            assertThat(redis.connections()).isOne();
            assertThat(gateway.metric("jigress_upstream_attempts_total{cluster=\"Backend test/redis\"}")).isOne();
        }
    }

    @Test
    void aChannelThatBreaksIsToldAndTheNextOneIsAnother() throws IOException {
        try (TestUpstream upstream = TestUpstream.named("a");
                TcpServer redis = TcpServer.start(socket -> {
                    socket.getInputStream().readNBytes(14);
                    socket.setSoLinger(true, 0);
                });
                GatewayUnderTest gateway = tcp(upstream, "redis", redis).filters(StepFilter.with(Pinging::new)).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").status()).isEqualTo(503);
            redis.serve(TcpServer::answerPings);
            assertThat(client.request("GET", "/").status()).isEqualTo(200);
            assertThat(redis.connections()).isEqualTo(2);
        }
    }

    /// Opens a channel with each request, and sends what the path says; `/.` at its end ends the direction.
    private static StepFilter sending(EventSink sink, BlockingQueue<UpstreamCall> opened) {
        return StepFilter.each((services, exchange) -> {
            String path = exchange.request().path().substring(1);
            UpstreamCall open = opened.poll();
            if (open == null) {
                open = services.callers().channel("raw", OPEN_END, sink);
            }
            boolean last = path.endsWith("!");
            open.body(bytes(path.replace("!", "")), last);
            opened.add(open);
            return FilterDecision.CONTINUE;
        });
    }

    @Test
    void theFiltersDirectionEndsAndThePeersGoesOn() throws IOException {
        EventSink sink = new EventSink();
        try (TestUpstream upstream = TestUpstream.named("a");
                TcpServer raw = TcpServer.start(socket -> {
                    String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
                    socket.getOutputStream().write((all + all).getBytes(StandardCharsets.ISO_8859_1));
                });
                GatewayUnderTest gateway = tcp(upstream, "raw", raw).filters(sending(sink, new LinkedBlockingQueue<>()))
                        .start()) {
            TestClient.get(gateway.port(), "/abc");
            assertThat(sink.next()).isEqualTo("switched 101");
            TestClient.get(gateway.port(), "/de!");
            assertThat(sink.next()).isEqualTo("body abcdeabcde");
            assertThat(sink.next()).isEqualTo("body  last");
            gateway.awaitMetric("jigress_pool_connections_open{loop=\"0\"}", 1);
            assertThat(sink.isSilent()).isTrue();
        }
    }

    @Test
    void thePeersDirectionEndsAndTheFiltersGoesOn() throws Exception {
        EventSink sink = new EventSink();
        BlockingQueue<String> rest = new LinkedBlockingQueue<>();
        try (TestUpstream upstream = TestUpstream.named("a");
                TcpServer raw = TcpServer.start(socket -> {
                    socket.getOutputStream().write("hello".getBytes(StandardCharsets.ISO_8859_1));
                    socket.shutdownOutput();
                    rest.add(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1));
                });
                GatewayUnderTest gateway = tcp(upstream, "raw", raw).filters(sending(sink, new LinkedBlockingQueue<>()))
                        .start()) {
            TestClient.get(gateway.port(), "/ab");
            assertThat(List.of(sink.next(), sink.next(), sink.next())).containsExactly("switched 101", "body hello",
                    "body  last");
            TestClient.get(gateway.port(), "/cd!");
            assertThat(rest.take()).isEqualTo("abcd");
            gateway.awaitMetric("jigress_pool_connections_open{loop=\"0\"}", 1);
            assertThat(sink.isSilent()).isTrue();
        }
    }

    @Test
    void cancellingSendsWhatWasQueuedAndCloses() throws Exception {
        BlockingQueue<Integer> received = new LinkedBlockingQueue<>();
        try (TestUpstream upstream = TestUpstream.named("a");
                TcpServer raw = TcpServer.start(socket -> received.add(socket.getInputStream().readAllBytes().length));
                GatewayUnderTest gateway = tcp(upstream, "raw", raw).filters(StepFilter.each((services, exchange) -> {
                    CancellingSink own = new CancellingSink();
                    own.call = services.callers().channel("raw", OPEN_END, own);
                    return FilterDecision.CONTINUE;
                })).start()) {
            TestClient.get(gateway.port(), "/");
            assertThat(received.take()).isEqualTo(300_000);
        }
    }

    /// Sends and cancels as soon as the channel is established.
    private static final class CancellingSink extends EventSink {
        private @Nullable UpstreamCall call;

        @Override
        public void switched(ResponseHead head) {
            UpstreamCall open = call;
            if (open != null) {
                open.body(Unpooled.wrappedBuffer(new byte[300_000]), false);
                open.cancel();
                open.body(bytes("too late"), true);
            }
        }
    }

    @Test
    void httpAndBytesAreNotMixedUp() throws IOException {
        EventSink sink = new EventSink();
        try (TestUpstream upstream = TestUpstream.named("a");
                TcpServer raw = TcpServer.start(socket -> socket.getInputStream().readAllBytes());
                GatewayUnderTest gateway = tcp(upstream, "raw", raw).route(GatewayUnderTest.forward("raw", "/raw", "raw"))
                        .filters(StepFilter.each((services, exchange) -> {
                            if (exchange.request().path().equals("/http")) {
                                services.callers().http("raw", CallRequest.of("GET", "a", "/"), true, OPEN_END, sink);
                            } else if (exchange.request().path().equals("/bytes")) {
                                services.callers().channel("up", OPEN_END, sink);
                            }
                            return FilterDecision.CONTINUE;
                        })).start()) {
            assertThat(TestClient.get(gateway.port(), "/raw").status()).isEqualTo(503);
            TestClient.get(gateway.port(), "/http");
            assertThat(sink.next()).isEqualTo("failed MISCONFIGURED cluster_is_tcp");
            TestClient.get(gateway.port(), "/bytes");
            assertThat(sink.next()).isEqualTo("failed MISCONFIGURED cluster_is_not_tcp");
        }
    }
}
