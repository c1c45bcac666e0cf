package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Headers;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamProtocol;
import io.jigress.api.UpstreamSession;
import io.jigress.config.ConnectionLimits;
import io.jigress.message.MessageServer;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How the gateway handles protocols that answer what HTTP/1 cannot express, or that have bugs: no client ever gets parts of another response.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class ProtocolContractTest {

    enum Bug {
        NONE, SESSION, OPEN, OPEN_WITH_SINK, READ, TASK
    }

    /// Answers each call by a script, as soon as the contract permits.
    private record Scripted(Consumer<ResponseSink> script, Bug bug) implements UpstreamProtocol {
        @Override
        public String name() {
            return "scripted";
        }

        @Override
        public UpstreamSession session(UpstreamChannel channel) {
            return new ScriptedSession(this, channel);
        }
    }

    private static final class ScriptedSession implements UpstreamSession {
        private final Scripted protocol;
        private final UpstreamChannel channel;
        private @Nullable ResponseSink sink;

        ScriptedSession(Scripted protocol, UpstreamChannel channel) {
            this.protocol = protocol;
            this.channel = channel;
            throwIf(Bug.SESSION);
        }

        private void throwIf(Bug bug) {
            if (protocol.bug == bug) {
                throw new IllegalStateException("a bug that this test wants");
            }
        }

        @Override
        public int concurrency() {
            return 1;
        }

        @Override
        public int active() {
            return sink == null ? 0 : 1;
        }

        @Override
        public UpstreamCall open(RequestHead head, boolean last, ResponseSink to) {
            throwIf(Bug.OPEN);
            sink = to;
            throwIf(Bug.OPEN_WITH_SINK);
            if (protocol.bug != Bug.READ) {
                channel.schedule(Duration.ZERO, () -> {
                    throwIf(Bug.TASK);
                    sink = null;
                    protocol.script.accept(to);
                    channel.changed();
                });
            }
            return new Call();
        }

        @Override
        public void read(ByteBuf bytes) {
            throwIf(Bug.READ);
        }

        @Override
        public void closed(String cause) {
            ResponseSink open = sink;
            if (open != null) {
                sink = null;
                open.failed(new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, false, "connection_lost"));
            }
        }

        private final class Call implements UpstreamCall {
            @Override
            public void body(ByteBuf data, boolean last) {
                data.release();
            }

            @Override
            public void trailers(Headers trailers) {}

            @Override
            public boolean writable() {
                return true;
            }

            @Override
            public void reading(boolean on) {}

            @Override
            public void cancel() {
                sink = null;
                channel.close();
            }
        }
    }

    /// Runs the script for a request, and then checks that the connection serves another one.
    private static ReceivedResponse answer(String method, Consumer<ResponseSink> script) {
        try (MessageServer server = MessageServer.holding();
                GatewayUnderTest gateway = GatewayUnderTest.setup().protocol(new Scripted(script, Bug.NONE))
                        .cluster("up", "scripted", Json.Obj.EMPTY, server.address())
                        .route(GatewayUnderTest.forward("all", "/", "up")).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head(method, "/1") + "\r\n" + TestClient.head(method, "/2") + "\r\n");
            ReceivedResponse first = client.readResponse(method);
            assertThat(undated(client.readResponse(method))).isEqualTo(undated(first));
            client.assertOpen();
            return first;
        }
    }

    /// A response without the time at which the gateway received it.
    private static String undated(ReceivedResponse response) {
        return response.rawText().replaceFirst("date: [^\\r]*\\r\\n", "");
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    @Test
    void aResponseThatEndsWithItsHeadHasTheLengthZero() {
        assertThat(undated(answer("GET", sink -> sink.head(ResponseHead.of(200, -1), true))))
                .isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    }

    @Test
    void aBodyInAnswerToHeadIsDropped() {
        assertThat(undated(answer("HEAD", sink -> {
            sink.head(ResponseHead.of(200, 3), false);
            sink.body(bytes("abc"), true);
        }))).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n");
    }

    @Test
    void aProtocolThatThrowsWhileItIsConfiguredCostsItsClusterOnly() {
        UpstreamProtocol throwing = new UpstreamProtocol() {
            @Override
            public String name() {
                return "throwing";
            }

            @Override
            public UpstreamProtocol configured(JsonReader config) {
                throw new NoClassDefFoundError("com/example/Codec");
            }

            @Override
            public UpstreamSession session(UpstreamChannel channel) {
                throw new AssertionError();
            }
        };
        try (TestUpstream a = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.setup().protocol(throwing).cluster("a", a.address())
                        .route(GatewayUnderTest.forward("a", "/a", "a"))
                        .route(GatewayUnderTest.forward("b", "/b", "b")).start()) {
            gateway.apply(
                    GatewayUnderTest.cluster("b", "throwing", Json.object().build(), ConnectionLimits.DEFAULT, a.address()));
            assertThat(TestClient.get(gateway.port(), "/a").status()).isEqualTo(200);
            assertThat(TestClient.get(gateway.port(), "/b").status()).isEqualTo(500);
            assertThat(gateway.gateway().faults()).singleElement().asString().contains("Backend test/b", "com/example/Codec");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 304})
    void aBodyWithAStatusThatHasNoneIsDropped(int status) {
        assertThat(answer("GET", sink -> {
            sink.head(ResponseHead.of(status, -1), false);
            sink.body(bytes("abc"), false);
            sink.body(bytes("def"), true);
        }).body()).isEmpty();
    }

    @Test
    void aLengthThatIsNotKnownIsChunked() {
        ReceivedResponse response = answer("GET", sink -> {
            sink.head(ResponseHead.of(200, -1), false);
            sink.body(bytes("abc"), false);
            sink.body(bytes("def"), true);
        });
        assertThat(response.headers().first("transfer-encoding")).isEqualTo("chunked");
        assertThat(response.text()).isEqualTo("abcdef");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aBugInAProtocolCostsTheRequest(Bug bug) {
        try (MessageServer server = MessageServer.holding();
                GatewayUnderTest gateway = GatewayUnderTest.setup().protocol(new Scripted(_ -> {}, bug))
                        .cluster("up", "scripted", Json.Obj.EMPTY, server.address())
                        .route(GatewayUnderTest.forward("all", "/", "up")).start();
                TestClient client = gateway.connect()) {
            for (int i = 1; i <= 2; i++) {
                client.send(TestClient.head("GET", "/") + "\r\n");
                MessageServer.Connection connection = server.accepted();
                assertThat(connection.number()).isEqualTo(i);
                connection.heartbeat(1);
                assertThat(client.readResponse().status()).isEqualTo(502);
                gateway.awaitMetric("jigress_pool_connections_open{loop=\"0\"}", 0);
            }
            gateway.awaitMetric("jigress_pool_pending{loop=\"0\"}", 0);
        }
    }
}
