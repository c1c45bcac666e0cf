package io.jigress.proxy.http1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.Services.Cancellable;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamSession;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.testkit.Allocations;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Http1SessionTest {
    private static final String GET = "GET /a HTTP/1.1\r\nHost: b\r\n\r\n";
    private static final String UPGRADE = "GET /a HTTP/1.1\r\nHost: b\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";

    private final Wire wire = new Wire();
    private final Events events = new Events();
    private final Http1Session session = (Http1Session) new Http1Protocol(HeadLimits.STANDARD, new HeadPools(0)).session(wire);

    @Test
    void requestWithoutBodyIsSentAtOnceAndTheConnectionIsFreeAfterTheBatchOfTheResponse() {
        open(GET, true);
        assertThat(wire.sent()).isEqualTo("GET /a HTTP/1.1\r\nHost: b\r\n\r\n");
        assertThat(wire.unflushed).isFalse();

        receive("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        assertThat(events).hasToString("head 200; body ok; last");
        assertThat(wire.available).isZero();
        session.readComplete();
        assertThat(wire.available).isOne();
        assertThat(session.active()).isZero();

        events.clear();
        open(GET, true);
        receive("HTTP/1.1 204 No Content\r\n\r\n");
        session.readComplete();
        assertThat(events).hasToString("head 204 last");
        assertThat(wire.available).isEqualTo(2);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', textBlock = """
            GET  | HTTP/1.1 200 OK~Content-Length: 0~~                                     | head 200 last                                   | kept
            GET  | HTTP/1.1 200 OK~Content-Length: 5~~hello                                | head 200; body hello; last                      | kept
            GET  | HTTP/1.1 200 OK~Content-Length: 5~Connection: close~~hello              | head 200; body hello; last                      | closed
            GET  | HTTP/1.0 200 OK~Content-Length: 5~~hello                                | head 200; body hello; last                      | closed
            HEAD | HTTP/1.1 200 OK~Content-Length: 5~~                                     | head 200 last                                   | kept
            HEAD | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~                            | head 200 last                                   | kept
            GET  | HTTP/1.1 304 Not Modified~Content-Length: 5~~                           | head 304 last                                   | kept
            GET  | HTTP/1.1 204 No Content~~                                               | head 204 last                                   | kept
            GET  | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~he~3~llo~0~~              | head 200; body hello; last                      | kept
            GET  | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1~a~0~x-t: 1~~              | head 200; body a; trailers x-t=1; last          | kept
            GET  | HTTP/1.1 100 Continue~~HTTP/1.1 103 Early~~HTTP/1.1 200 OK~Content-Length: 1~~a | 100; 103; head 200; body a; last | kept
            GET  | HTTP/1.1 200 OK~~hello                                                  | head 200; body hello                            | open
            GET  | HTTP/1.1 200 OK~Content-Length: 1~~aHTTP/1.1 200 OK~~                   | head 200; body a; last                          | closed
            GET  | HTTP/1.1 200 OK~Content-Length: 1, 2~~a                                 | UPSTREAM_BAD_RESPONSE length_invalid            | closed
            GET  | HTTP/1.1 200 OK~Content-Length: 1~Transfer-Encoding: chunked~~0~~       | UPSTREAM_BAD_RESPONSE length_and_coding         | closed
            GET  | HTTP/2.0 200 OK~~                                                       | UPSTREAM_BAD_RESPONSE version                   | closed
            GET  | hello, this is not HTTP~                                                | UPSTREAM_BAD_RESPONSE status_line               | closed
            GET  | HTTP/1.1 99 Low~~                                                       | UPSTREAM_BAD_RESPONSE status_line               | closed
            GET  | HTTP/1.1 200 OK~A : b~~                                                 | UPSTREAM_BAD_RESPONSE space_before_colon        | closed
            GET  | HTTP/1.1 200 OK~A: b~ c~~                                               | UPSTREAM_BAD_RESPONSE obs_fold                  | closed
            GET  | HTTP/1.1 200 OK~Transfer-Encoding: chunked~~zz~                         | head 200; UPSTREAM_BAD_RESPONSE chunk_size      | closed
            GET  | HTTP/1.1 101 Switching Protocols~Connection: upgrade~Upgrade: x~~       | UPSTREAM_BAD_RESPONSE unexpected_101            | closed
            """)
    void responseIsToldTheSameWholeOrByteByByte(String method, String response, String told, String after) {
        String bytes = response.replace("~", "\r\n");
        for (int step : new int[] {bytes.length(), 1}) {
            Wire own = new Wire();
            Events heard = new Events();
            UpstreamSession fresh = new Http1Protocol(HeadLimits.STANDARD, new HeadPools(0)).session(own);
            fresh.open(Heads.request(method + " /a HTTP/1.1\r\nHost: b\r\n\r\n"), true, heard);
            for (int i = 0; i < bytes.length(); i += step) {
                ByteBuf part = Heads.buffer(bytes.substring(i, i + step));
                fresh.read(part);
                part.release();
            }
            fresh.readComplete();
            assertThat(heard).hasToString(told);
            assertThat(own.closed ? "closed" : own.available > 0 ? "kept" : "open").isEqualTo(after);
            fresh.closed("test");
            own.sent();
        }
    }

    @Test
    void endOfConnectionEndsABodyWithoutLength() {
        open(GET, true);
        receive("HTTP/1.1 200 OK\r\n\r\nhello");
        session.closed(UpstreamSession.ENDED);
        assertThat(events).hasToString("head 200; body hello; last");
        assertThat(session.concurrency()).isZero();
    }

    @Test
    void resetIsNoEndOfABodyWithoutLength() {
        open(GET, true);
        receive("HTTP/1.1 200 OK\r\n\r\nhello");
        session.closed("Connection reset by peer");
        assertThat(events).hasToString("head 200; body hello; UPSTREAM_RESET truncated");
    }

    @Test
    void bodyThatIsCutShortFails() {
        open(GET, true);
        receive("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
        session.closed(UpstreamSession.ENDED);
        assertThat(events).hasToString("head 200; body hello; UPSTREAM_RESET truncated");
    }

    @Test
    void onlyAConnectionThatWasUsedBeforeIsStale() {
        open(GET, true);
        session.closed(UpstreamSession.ENDED);
        assertThat(events).hasToString("UPSTREAM_RESET closed_before_response retryable");
    }

    @Test
    void closedBeforeTheSecondResponseIsRetryable() {
        open(GET, true);
        receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        session.readComplete();
        events.clear();
        open(GET, true);
        session.closed(UpstreamSession.ENDED);
        assertThat(events).hasToString("UPSTREAM_RESET stale_connection retryable");
    }

    @Test
    void closedWithinAHeadIsNotRetryable() {
        open(GET, true);
        receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        session.readComplete();
        events.clear();
        open(GET, true);
        receive("HTTP");
        session.closed(UpstreamSession.ENDED);
        assertThat(events).hasToString("UPSTREAM_RESET closed_within_response");
    }

    @Test
    void bytesToNobodyCloseTheConnection() {
        receive("HTTP/1.1 408 Request Timeout\r\n\r\n");
        assertThat(wire.closed).isTrue();
        assertThat(session.concurrency()).isZero();
    }

    @Test
    void bytesBehindAResponseInTheSameBatchCloseTheConnection() {
        open(GET, true);
        receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        receive("H");
        session.readComplete();
        assertThat(wire.closed).isTrue();
        assertThat(wire.available).isZero();
    }

    @Test
    void tooManyInformationalHeadsAreRefused() {
        open(GET, true);
        for (int i = 0; i < 17; i++) {
            receive("HTTP/1.1 102 Processing\r\n\r\n");
        }
        assertThat(events.toString()).endsWith("102; UPSTREAM_BAD_RESPONSE too_many_1xx");
    }

    @Test
    void responseBeforeTheEndOfTheRequestCostsTheConnection() {
        UpstreamCall call = open("POST /a HTTP/1.1\r\nHost: b\r\nContent-Length: 10\r\n\r\n", false);
        call.body(Heads.buffer("12345"), false);
        receive("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
        session.readComplete();
        assertThat(events).hasToString("head 413 last");
        assertThat(wire.closed).isTrue();
        assertThat(wire.available).isZero();
    }

    @Test
    void bodyIsSentInTheFramingOfTheHead() {
        UpstreamCall call = open("POST /a HTTP/1.1\r\nHost: b\r\nContent-Length: 10\r\n\r\n", false);
        call.body(Heads.buffer("12345"), false);
        call.body(Heads.buffer("67890"), true);
        assertThat(wire.sent()).isEqualTo("POST /a HTTP/1.1\r\nHost: b\r\nContent-Length: 10\r\n\r\n1234567890");
        assertThat(wire.unflushed).isFalse();
    }

    @Test
    void bodyOfUnknownLengthIsChunkedWithTrailers() {
        UpstreamCall call = open("POST /a HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n", false);
        String large = "x".repeat(5000);
        call.body(Heads.buffer("123"), false);
        call.body(Heads.buffer(""), false);
        call.body(Heads.buffer(large), false);
        Headers trailers = Heads.response("HTTP/1.1 200 OK\r\nx-t: 1\r\n\r\n").headers();
        call.trailers(trailers);
        assertThat(wire.sent()).isEqualTo("POST /a HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\n123\r\n1388\r\n" + large + "\r\n0\r\nx-t: 1\r\n\r\n");
    }

    @Test
    void bodyThatIsNotAsLongAsDeclaredIsNeverCompletedByWhatFollows() {
        for (String body : new String[] {"1234", "123456"}) {
            Wire own = new Wire();
            Events heard = new Events();
            UpstreamSession fresh = new Http1Protocol(HeadLimits.STANDARD, new HeadPools(0)).session(own);
            Http1RequestHead head = Heads.request("POST /a HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n\r\n");
            fresh.open(head, false, heard).body(Heads.buffer(body), true);
            assertThat(own.closed).isTrue();
            fresh.closed(UpstreamSession.ENDED);
            assertThat(heard).hasToString("FILTER_ERROR body_is_not_as_long_as_declared");
            own.sent();
        }
    }

    @Test
    void bodyThatAFilterTookLeavesALengthOfZero() {
        open("POST /a HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n\r\n", true);
        assertThat(wire.sent()).isEqualTo("POST /a HTTP/1.1\r\nHost: b\r\ncontent-length: 0\r\n\r\n");
    }

    @Test
    void upgradeTurnsTheConnectionIntoATunnel() {
        UpstreamCall call = open(UPGRADE, true);
        assertThat(wire.sent()).contains("Upgrade: websocket\r\n").contains("connection: upgrade\r\n");
        receive("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nfrom upstream");
        call.body(Heads.buffer("from client"), false);
        assertThat(wire.sent()).isEqualTo("from client");
        session.readComplete();
        assertThat(wire.available).isZero();
        receive("!");
        assertThat(session.inputEnded()).as("the other direction goes on").isTrue();
        assertThat(events).hasToString("switched 101; body from upstream!; last");
        call.body(Heads.buffer("the end"), true);
        assertThat(wire.sent()).isEqualTo("the endFIN");
        events.clear();
        session.closed(UpstreamSession.ENDED);
        assertThat(events).hasToString("UPSTREAM_RESET closed_within_response");
    }

    @Test
    void theEndOfTheInputEndsAConnectionThatIsNoTunnel() {
        open(GET, true);
        receive("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
        assertThat(session.inputEnded()).isFalse();
    }

    @Test
    void refusedUpgradeKeepsTheConnection() {
        open(UPGRADE, true);
        receive("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        session.readComplete();
        assertThat(wire.available).isOne();
    }

    @Test
    void cancelClosesTheConnectionAndTellsNothing() {
        UpstreamCall call = open(GET, true);
        receive("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
        events.clear();
        call.cancel();
        assertThat(wire.closed).isTrue();
        receive("more");
        session.closed(UpstreamSession.ENDED);
        assertThat(events).hasToString("");
    }

    @Test
    void cancelWithinACallbackEndsTheReading() {
        Wire own = new Wire();
        UpstreamSession fresh = new Http1Protocol(HeadLimits.STANDARD, new HeadPools(0)).session(own);
        UpstreamCall[] call = new UpstreamCall[1];
        Events heard = new Events() {
            @Override
            public void head(ResponseHead head, boolean last) {
                super.head(head, last);
                call[0].cancel();
            }
        };
        call[0] = fresh.open(Heads.request(GET), true, heard);
        ByteBuf in = Heads.buffer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        fresh.read(in);
        in.release();
        assertThat(heard).hasToString("head 200");
        assertThat(own.closed).isTrue();
        own.sent();
    }

    @Test
    void pausedReadingIsTakenUpAgainForTheNextCall() {
        UpstreamCall call = open(GET, true);
        receive("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1");
        call.reading(false);
        assertThat(wire.reading).isFalse();
        receive("2");
        session.readComplete();
        assertThat(wire.reading).isTrue();
    }

    @Test
    void exchangeOnAWarmConnectionAllocatesNothing() throws Exception {
        // Leak detection allocates.
        ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        try {
            // Netty pools buffers only for its own kind of threads.
            FutureTask<Long> measurement = new FutureTask<>(this::bytesPerExchange);
            new FastThreadLocalThread(measurement).start();
            assertThat(measurement.get()).isZero();
        } finally {
            ResourceLeakDetector.setLevel(level);
        }
    }

    private long bytesPerExchange() {
        Http1RequestHead head = Heads.request(GET);
        ByteBuf response = PooledByteBufAllocator.DEFAULT.directBuffer();
        response.writeBytes(Heads.bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: a\r\n\r\nhello"));
        ResponseSink quiet = new Events() {
            @Override
            public void head(ResponseHead head, boolean last) {}

            @Override
            public void body(ByteBuf data, boolean last) {
                data.release();
            }
        };
        wire.discard = true;
        long bytes = Allocations.perCall(() -> {
            session.open(head, true, quiet);
            response.readerIndex(0);
            session.read(response);
            session.readComplete();
        });
        response.release();
        return bytes;
    }

    private UpstreamCall open(String request, boolean last) {
        return session.open(Heads.request(request), last, events);
    }

    /// The caller that passes on the session's error also closes it: only then does the exchange get the event.
    @Test
    void aRequestThatFindsNoMemoryIsToldOnce() {
        wire.starving = true;
        assertThatThrownBy(() -> open(GET, true)).isInstanceOf(OutOfMemoryError.class);
        session.closed(UpstreamSession.OUT_OF_MEMORY);
        session.closed(UpstreamSession.ENDED);
        assertThat(events).hasToString("OVERLOADED direct_memory");
    }

    @Test
    void aChunkThatFindsNoMemoryIsReleased() {
        UpstreamCall call = open("POST /a HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n", false);
        wire.starving = true;
        for (int size : new int[] {10, 10_000}) {
            ByteBuf data = Heads.buffer("x".repeat(size));
            assertThatThrownBy(() -> call.body(data, false)).isInstanceOf(OutOfMemoryError.class);
            assertThat(data.refCnt()).isZero();
        }
        session.closed(UpstreamSession.OUT_OF_MEMORY);
        assertThat(events).hasToString("OVERLOADED direct_memory");
    }

    /// The response is complete, so its call has ended; but the sink could not pass it on.
    @Test
    void whoRunsOutOfMemoryWhileBeingToldOfTheEndHearsOfIt() {
        Events starving = new Events() {
            @Override
            public void head(ResponseHead head, boolean last) {
                throw new OutOfMemoryError("as planned");
            }
        };
        Http1RequestHead request = Heads.request(GET);
        session.open(request, true, starving);
        assertThatThrownBy(() -> receive("HTTP/1.1 204 No Content\r\n\r\n")).isInstanceOf(OutOfMemoryError.class);
        session.closed(UpstreamSession.OUT_OF_MEMORY);
        assertThat(starving).hasToString("OVERLOADED direct_memory");
    }

    private void receive(String bytes) {
        ByteBuf in = Heads.buffer(bytes);
        session.read(in);
        in.release();
    }

    /// A connection that keeps what is sent.
    private static final class Wire implements UpstreamChannel {
        private final StringBuilder sent = new StringBuilder();
        boolean discard;
        boolean starving;
        boolean unflushed;
        boolean closed;
        boolean reading = true;
        int available;

        String sent() {
            String text = sent.toString();
            sent.setLength(0);
            return text;
        }

        @Override
        public ByteBufAllocator allocator() {
            if (starving) {
                throw new OutOfMemoryError("as planned");
            }
            return PooledByteBufAllocator.DEFAULT;
        }

        @Override
        public long untaken() {
            return 0;
        }

        @Override
        public void shutdownOutput() {
            sent.append("FIN");
        }

        @Override
        public void write(ByteBuf bytes) {
            if (!discard) {
                sent.append(bytes.toString(StandardCharsets.ISO_8859_1));
            }
            bytes.release();
            unflushed = true;
        }

        @Override
        public void flush() {
            unflushed = false;
        }

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public void reading(boolean on) {
            reading = on;
        }

        @Override
        public void close() {
            closed = true;
        }

        @Override
        public void reset() {
            close();
        }

        @Override
        public void changed() {
            available++;
        }

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            throw new AssertionError("HTTP/1 has no timers of its own");
        }
    }

    /// The events of a sink, as text; adjacent parts of a body are joined.
    private static class Events implements ResponseSink {
        private final StringBuilder text = new StringBuilder();
        private boolean inBody;

        void clear() {
            text.setLength(0);
            inBody = false;
        }

        private void add(String event) {
            text.append(text.isEmpty() ? "" : "; ").append(event);
            inBody = false;
        }

        @Override
        public void informational(ResponseHead head) {
            add(Integer.toString(head.status()));
        }

        @Override
        public void switched(ResponseHead head) {
            add("switched " + head.status());
        }

        @Override
        public void head(ResponseHead head, boolean last) {
            add("head " + head.status() + (last ? " last" : ""));
        }

        @Override
        public void body(ByteBuf data, boolean last) {
            if (data.isReadable()) {
                if (!inBody) {
                    add("body ");
                }
                text.append(data.toString(StandardCharsets.ISO_8859_1));
                inBody = true;
            }
            data.release();
            if (last) {
                add("last");
            }
        }

        @Override
        public void trailers(Headers trailers) {
            add("trailers " + trailers.nameAt(0) + "=" + trailers.valueAt(0));
            add("last");
        }

        @Override
        public void failed(ProxyFailure failure) {
            add(failure.kind() + " " + failure.detail() + (failure.retryable() ? " retryable" : ""));
        }

        @Override
        public void writable() {
            add("writable");
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
