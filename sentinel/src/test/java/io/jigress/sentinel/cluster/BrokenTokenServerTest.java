package io.jigress.sentinel.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.sentinel.RuleFeed;
import io.jigress.sentinel.SentinelFactory;
import io.jigress.sentinel.engine.SentinelEngine;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.Poll;
import io.jigress.testkit.TestExchange;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Token servers that answer slowly, wrongly or not at all.
class BrokenTokenServerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration TIMEOUT = Duration.ofMillis(500);
    private static final String RULES = "{'flowRules': [{'resource': 'r', 'count': %d, 'clusterMode': true, 'clusterConfig': {'flowId': 7}}]}";

    private final List<AutoCloseable> open = new ArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();

    /// What a server does with a connection.
    private interface Script {
        void run(DataInputStream in, DataOutputStream out) throws IOException;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0, true", "1, 0, false", "2, -1, false", "2, 60000, false", "-1, 0, false", "-2, 0, false", "-4, 0, false",
        "3, 0, false", "77, 0, false"})
    void onlyKnownStatusesAreDecisions(int status, int wait, boolean passes) throws IOException {
        TokenClient client = client((in, out) -> {
            greet(in, out);
            while (true) {
                answer(out, request(in), status, wait);
            }
        });
        TestExchange exchange = start(client, 0).exchange("GET", "/").route("r");
        exchange.requestHead();
        // The count of the rule is 0, so that it refuses what the server does not decide.
        assertThat(exchange.awaitResumed().equals(FilterDecision.CONTINUE)).isEqualTo(passes);
    }

    @Test
    void aWaitOfTheServerIsAWaitOfTheExchange() throws IOException {
        TokenClient client = client((in, out) -> {
            greet(in, out);
            answer(out, request(in), 2, 100);
        });
        FilterTester tester = start(client, 0);
        TestExchange exchange = tester.exchange("GET", "/").route("r");
        exchange.requestHead();
        assertThat(exchange.awaitResumed()).isInstanceOf(FilterDecision.Wait.class);
        assertThat(tester.services().pendingTimers()).isEqualTo(1);
        tester.advance(Duration.ofMillis(100));
        assertThat(exchange.awaitResumed()).isEqualTo(FilterDecision.CONTINUE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1_000_000})
    void aServerThatDoesNotAnswerIsReplacedByTheRuleItself(int count) throws Exception {
        TokenClient client = client((in, out) -> {
            greet(in, out);
            in.transferTo(OutputStream.nullOutputStream());
        });
        FilterTester tester = start(client, count);
        TestExchange exchange = tester.exchange("GET", "/").route("r");
        assertThat(exchange.requestHead()).isInstanceOf(FilterDecision.Wait.class);
        tester.advance(TIMEOUT);
        FilterDecision decision = exchange.awaitResumed();
        assertThat(decision.equals(FilterDecision.CONTINUE)).isEqualTo(count > 0);
        assertThat(tester.services().counted("tokens_unavailable")).isEqualTo(1);
        until("a silent server is disconnected", () -> !client.isReady());
        assertThat(tester.exchange("GET", "/").route("r").requestHead()).as("at once").isNotInstanceOf(FilterDecision.Wait.class);
    }

    @Test
    void anAnswerThatComesTooLateChangesNothing() throws Exception {
        CountDownLatch late = new CountDownLatch(1);
        TokenClient client = client((in, out) -> {
            greet(in, out);
            int first = request(in);
            await(late);
            answer(out, first, 0, 0);
            answer(out, request(in), 1, 0);
        });
        FilterTester tester = start(client, 1_000_000);
        TestExchange exchange = tester.exchange("GET", "/").route("r");
        exchange.requestHead();
        tester.advance(TIMEOUT);
        assertThat(exchange.awaitResumed()).isEqualTo(FilterDecision.CONTINUE);
        late.countDown();
        TestExchange next = tester.exchange("GET", "/").route("r");
        next.requestHead();
        assertThat(next.awaitResumed()).isInstanceOf(FilterDecision.Reply.class);
        exchange.complete();
        assertThat(tester.services().pendingTimers()).isZero();
    }

    @Test
    void requestsThatWaitAreDecidedWhenTheConnectionEnds() throws IOException {
        TokenClient client = client((in, out) -> {
            greet(in, out);
            request(in);
        });
        TestExchange exchange = start(client, 0).exchange("GET", "/").route("r");
        assertThat(exchange.requestHead()).isInstanceOf(FilterDecision.Wait.class);
        assertThat(exchange.awaitResumed()).isInstanceOf(FilterDecision.Reply.class);
    }

    @Test
    void aRequestWhoseClientLeavesWhileItWaitsIsNotCounted() throws IOException {
        CountDownLatch over = new CountDownLatch(1);
        TokenClient client = client((in, out) -> {
            greet(in, out);
            await(over);
        });
        until("a connection", client::isReady);
        SentinelEngine engine = new SentinelEngine(client, new TokenRules(""));
        FilterTester tester = FilterTester.start(SentinelFactory.of(engine, RuleFeed.NONE), RULES.formatted(1));
        TestExchange exchange = tester.exchange("GET", "/").route("r");
        exchange.requestHead();
        exchange.complete();
        over.countDown();
        assertThat(engine.nodes()).singleElement().asString().contains("\"threadNum\":0").contains("\"passQps\":0");
    }

    @Test
    void bytesThatAreNoMessagesEndTheConnection() throws IOException {
        byte[] bytes = new byte[4_096];
        new Random(7).nextBytes(bytes);
        bytes[0] = (byte) 0xff;
        TokenClient client = client((in, out) -> {
            out.write(bytes);
            in.transferTo(OutputStream.nullOutputStream());
        });
        until("several attempts", () -> connections.get() >= 3);
        assertThat(client.answerNow(new TokenRequest(7, null))).isEqualTo(TokenAnswer.UNAVAILABLE);
        assertThat(client.isReady()).isFalse();
    }

    @Test
    void aServerThatClosesEveryConnectionIsAskedLessAndLessOften() throws Exception {
        client((in, out) -> greet(in, out));
        long begun = System.nanoTime();
        until("four attempts", () -> connections.get() >= 4);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).as("50 + 100 + 200 ms at least")
                .isGreaterThan(Duration.ofMillis(350));
    }

    @Test
    void requestsWithoutAnAnswerAreBounded() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        TokenClient client = client((in, out) -> {
            greet(in, out);
            await(over);
        });
        until("a connection", client::isReady);
        Queue<TokenAnswer> answers = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < 50_000; i++) {
            client.ask(new TokenRequest(7, "v".repeat(200)), answers::add);
        }
        assertThat(answers).hasSizeGreaterThanOrEqualTo(50_000 - 2 * 4_096);
        assertThat(answers).allMatch(TokenAnswer.UNAVAILABLE::equals);
        over.countDown();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// Answers the first message of a client.
    private static void greet(DataInputStream in, DataOutputStream out) throws IOException {
        byte[] message = new byte[in.readUnsignedShort()];
        in.readFully(message);
        assertThat(message).endsWith("jigress".getBytes(StandardCharsets.UTF_8));
        out.writeShort(10);
        out.writeInt(0);
        out.writeShort(0);
        out.writeInt(1);
    }

    /// @return its id
    private static int request(DataInputStream in) throws IOException {
        byte[] rest = new byte[in.readUnsignedShort() - 4];
        int id = in.readInt();
        in.readFully(rest);
        return id;
    }

    private static void answer(DataOutputStream out, int id, int status, int wait) throws IOException {
        out.writeShort(14);
        out.writeInt(id);
        out.writeByte(1);
        out.writeByte(status);
        out.writeInt(0);
        out.writeInt(wait);
    }

    /// A client of a server with this script.
    private TokenClient client(Script script) throws IOException {
        ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        open.add(server);
        Thread.ofPlatform().daemon().start(() -> {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    connections.incrementAndGet();
                    script.run(new DataInputStream(socket.getInputStream()), new DataOutputStream(socket.getOutputStream()));
                } catch (IOException _) {
                    // The client has left, or the test has ended.
                }
            }
        });
        TokenClient client = TokenClient.start(new TokenClient.Server("127.0.0.1", server.getLocalPort(), "jigress"),
                TIMEOUT.toMillis(),
                System::nanoTime);
        open.add(client);
        return client;
    }

    private FilterTester start(TokenClient client, int count) {
        until("a connection", client::isReady);
        return FilterTester.start(SentinelFactory.of(new SentinelEngine(client, new TokenRules("")), RuleFeed.NONE),
                RULES.formatted(count));
    }

    private static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("%s within %s", what, PATIENCE).isNegative();
            Poll.pause();
        }
    }
}
