package io.jigress.sentinel.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.sentinel.RuleFeed;
import io.jigress.sentinel.SentinelFactory;
import io.jigress.sentinel.engine.SentinelEngine;
import io.jigress.sentinel.rule.ClusterLimit;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.Poll;
import io.jigress.testkit.TestExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Cluster rules with Sentinel's own token server and token client in processes of their own.
class ClusterFlowTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String ROUTE = "HTTPRoute default/shop rule 0";

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    @Test
    void gatewaysShareTheTokensOfSentinelsServer() throws IOException {
        TokenProcess server = opened(TokenProcess.server());
        // In a window of a minute Sentinel's server gives a token while count - given / 60 is at least 1.
        server.tell("flow 7 1.5 1");
        String rules = "{'flowRules': [" + flow(7, 1_000_000) + "]}";
        FilterTester one = start(client(server.port()), rules);
        FilterTester two = start(client(server.port()), rules);
        assertThat(admitted(one, 20)).isEqualTo(20);
        assertThat(admitted(two, 20)).isEqualTo(11);
        assertThat(admitted(one, 5)).isZero();
        assertThat(one.services().counted("refused_flow")).isEqualTo(5);
        assertThat(one.services().counted("tokens_asked")).isEqualTo(25);
        assertThat(one.services().counted("tokens_unavailable")).isZero();
        TestExchange refused = exchange(one);
        assertThat(refused.requestHead()).isInstanceOf(FilterDecision.Wait.class);
        assertThat(refused.awaitResumed()).isInstanceOfSatisfying(FilterDecision.Reply.class,
                reply -> assertThat(reply.reply().status()).isEqualTo(429));
    }

    @Test
    @Tag("suite")
    void aCountForEachClientIsMultipliedWithTheirNumber() throws IOException {
        TokenProcess server = opened(TokenProcess.server());
        server.tell("flow 7 0.75 0");
        String rules = "{'flowRules': [" + flow(7, 1_000_000) + "]}";
        FilterTester one = start(client(server.port()), rules);
        client(server.port());
        assertThat(admitted(one, 40)).isEqualTo(31);
    }

    @Test
    void valuesOfAParameterHaveTokensAtTheServer() throws IOException {
        TokenProcess server = opened(TokenProcess.server());
        server.tell("param 8 1.1");
        FilterTester tester = start(client(server.port()), "{'gatewayFlowRules': [{'resource': '" + ROUTE
                + "', 'count': 1000000, 'paramItem': {'parseStrategy': 2, 'fieldName': 'u'}, 'clusterMode': true, 'clusterConfig': {'flowId': 8}}]}");
        assertThat(admitted(tester, 10, "u: ann")).isEqualTo(7);
        assertThat(admitted(tester, 10, "u: b\u00f6b")).isEqualTo(7);
        assertThat(admitted(tester, 10, "a: b")).as("without the header").isEqualTo(10);
    }

    @Test
    void whatTheServerDoesNotKnowIsDecidedByTheRuleItself() throws IOException {
        TokenProcess server = opened(TokenProcess.server());
        TokenClient client = client(server.port());
        FilterTester local = start(client, "{'flowRules': [" + flow(9, 0) + "]}");
        assertThat(admitted(local, 6)).isZero();
        assertThat(local.services().counted("tokens_unavailable")).isEqualTo(6);
        FilterTester none = start(client, "{'flowRules': [" + flow(9, 0).replace("'flowId'",
                "'fallbackToLocalWhenFail': false, 'flowId'") + "]}");
        assertThat(admitted(none, 5)).isEqualTo(5);
    }

    @Test
    @Tag("suite")
    void aServerThatIsDownIsReplacedByTheRuleItselfUntilItIsBack() throws IOException {
        int port = TokenProcess.freePort();
        TokenClient client = opened(
                TokenClient.start(new TokenClient.Server("127.0.0.1", port, "jigress"), 5_000, System::nanoTime));
        FilterTester tester = start(client, "{'flowRules': [" + flow(7, 0) + "]}");
        assertThat(exchange(tester).reply().status()).as("no server yet, and the count of the rule is 0").isEqualTo(429);
        try (TokenProcess server = TokenProcess.server(port)) {
            server.tell("flow 7 1000 1");
            until("the server is found", client::isReady);
            assertThat(admitted(tester, 5)).isEqualTo(5);
        }
        until("the client notices the end of the server", () -> !client.isReady());
        assertThat(exchange(tester).reply().status()).isEqualTo(429);
        try (TokenProcess server = TokenProcess.server(port)) {
            server.tell("flow 7 1000 1");
            until("the server is back", client::isReady);
            assertThat(admitted(tester, 5)).isEqualTo(5);
        }
    }

    @Test
    @Tag("suite")
    void sentinelsClientGetsTokensOfTheEmbeddedServer() throws IOException {
        TokenRules rules = new TokenRules("jigress");
        TokenServer server = opened(TokenServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), rules));
        SentinelEngine engine = new SentinelEngine(rules, rules);
        FilterTester gateway = start(engine, "{'flowRules': [" + flow(7, 0.5) + ", " + flow(9, 0.1).replace("'thresholdType': 1",
                "'thresholdType': 0") + "], 'gatewayFlowRules': [{'resource': '" + ROUTE + "', 'count': 3, 'intervalSec': 60,"
                + "'paramItem': {'parseStrategy': 2, 'fieldName': 'u'}, 'paramFlowItemList': [{'object': 'boss', 'count': 5}],"
                + "'clusterMode': true, 'clusterConfig': {'flowId': 8, 'thresholdType': 'global'}}]}");
        TokenProcess client = opened(TokenProcess.client(server.address().getPort()));
        assertThat(client.tell("flow 7 20")).as("a token for each").satisfies(tokens(20, 0));
        assertThat(client.tell("flow 7 20")).as("ten are left").satisfies(tokens(10, 10));
        assertThat(client.tell("param 8 5 ann")).satisfies(tokens(3, 2));
        assertThat(client.tell("param 8 9 boss")).satisfies(tokens(5, 4));
        assertThat(client.tell("flow 9 20")).as("six for the gateway and six for the client").satisfies(tokens(12, 8));
        assertThat(client.tell("flow 10 3")).as("no such rule").containsPattern("[{ ]3=[123]");
        assertThat(client.tell("flow 8 3")).as("a rule of values").containsPattern("[{ ]3=[123]");
        assertThat(client.tell("flow 0 1")).as("refused by the client").isEqualTo("{-4=1}");
        assertThat(exchange(gateway).reply().status()).as("the gateway has the same tokens").isEqualTo(429);
        gateway.close();
        assertThat(client.tell("flow 7 3")).as("rules that are gone").containsPattern("[{ ]3=[123]");
        assertThat(rules.size()).isZero();
    }

    @Test
    @Tag("suite")
    void requestsOfPriorityTakeTokensOfTheNextPartOfTheWindow() throws IOException {
        TokenRules rules = new TokenRules("jigress");
        TokenServer server = opened(TokenServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), rules));
        rules.add(new TokenRules.Rule(new ClusterLimit(7, false, true, 1_000, 2), 10, null));
        TokenProcess client = opened(TokenProcess.client(server.address().getPort()));
        // There are such tokens when those of the older half of the window are used up.
        until("a token of the next half", () -> client.tell("flow 7 15 priority").matches("\\{.*2=.*} wait"));
    }

    @Test
    void twoGatewaysShareTheTokensOfOneOfThem() throws IOException {
        TokenRules rules = new TokenRules("jigress");
        TokenServer server = opened(TokenServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), rules));
        String config = "{'flowRules': [" + flow(7, 0.5) + "]}";
        FilterTester serving = start(new SentinelEngine(rules, rules), config);
        FilterTester asking = start(client(server.address().getPort()), config);
        assertThat(admitted(serving, 10)).isEqualTo(10);
        assertThat(admitted(asking, 30)).isEqualTo(20);
        assertThat(admitted(serving, 5)).isZero();
    }

    /// What Sentinel's client has got. It registers a request after it has sent it, so it misses some of the answers that come quickly, and
    /// counts them as failed (-1).
    private static Consumer<String> tokens(int given, int refused) {
        return answer -> {
            int failed = count(answer, -1);
            assertThat(count(answer, 0)).as(answer).isBetween(given - failed, given);
            assertThat(count(answer, 1)).as(answer).isBetween(refused - failed, refused);
            assertThat(count(answer, 0) + count(answer, 1) + failed).as(answer).isEqualTo(given + refused);
        };
    }

    /// How many answers have this status.
    private static int count(String answer, int status) {
        Matcher found = Pattern.compile("[{ ]" + status + "=(\\d+)").matcher(answer);
        return found.find() ? Integer.parseInt(found.group(1)) : 0;
    }

    private static String flow(long id, double count) {
        return "{'resource': '" + ROUTE + "', 'count': " + count + ", 'clusterMode': true,"
                + " 'clusterConfig': {'flowId': " + id + ", 'thresholdType': 1, 'windowIntervalMs': 60000}}";
    }

    private <T extends AutoCloseable> T opened(T one) {
        open.add(one);
        return one;
    }

    /// A client that is connected, and waits for answers as long as a slow machine may need.
    private TokenClient client(int port) throws IOException {
        TokenClient client = opened(
                TokenClient.start(new TokenClient.Server("127.0.0.1", port, "jigress"), 20_000, System::nanoTime));
        until("a connection", client::isReady);
        return client;
    }

    private FilterTester start(TokenClient client, String config) {
        return start(new SentinelEngine(client, new TokenRules("")), config);
    }

    private FilterTester start(SentinelEngine engine, String config) {
        return FilterTester.start(SentinelFactory.of(engine, RuleFeed.NONE), config);
    }

    private static TestExchange exchange(FilterTester tester, String... headers) {
        return tester.exchange("GET", "/", headers).route(ROUTE);
    }

    private static long admitted(FilterTester tester, int requests, String... headers) {
        return IntStream.range(0, requests).filter(_ -> {
            TestExchange exchange = exchange(tester, headers);
            FilterDecision decision = exchange.requestHead();
            if (decision instanceof FilterDecision.Wait) {
                decision = exchange.awaitResumed();
            }
            exchange.complete();
            return decision.equals(FilterDecision.CONTINUE);
        }).count();
    }

    private static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("%s within %s", what, PATIENCE).isNegative();
            Poll.pause();
        }
    }
}
