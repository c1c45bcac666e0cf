package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HttpFilter;
import io.jigress.api.Json;
import io.jigress.api.LocalReply;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.RouteOptions;
import io.jigress.message.MessageProtocol;
import io.jigress.message.MessageServer;
import io.jigress.message.MessageServer.Connection;
import io.jigress.message.MessageServer.Request;
import io.jigress.proxy.http.ClientTimeouts;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A protocol other than HTTP, which the gateway is given from outside: many calls on one connection, whole messages, heartbeats. It tests the
/// contract of [io.jigress.api.UpstreamProtocol] end to end.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class MessageUpstreamTest {
    private static final Json.Obj DEFAULTS = Json.Obj.EMPTY;

    private final MessageServer server = MessageServer.holding();
    private final List<TestClient> clients = new ArrayList<>();

    @AfterEach
    void close() {
        clients.forEach(TestClient::close);
        server.close();
    }

    private GatewayUnderTest.Setup setup(Json config) {
        return GatewayUnderTest.setup().protocol(MessageProtocol.DEFAULT).cluster("up", "message", config, server.address())
                .route(GatewayUnderTest.forward("all", "/", "up")).accessLog();
    }

    private GatewayUnderTest start(Json config) {
        return setup(config).start();
    }

    private static Json config(String field, Json value) {
        return Json.object().put(field, value).build();
    }

    /// Sends a request on a connection of its own, and waits until the server has it.
    private Asked ask(GatewayUnderTest gateway, String method, String target) {
        TestClient client = send(gateway, TestClient.head(method, target) + "\r\n");
        return new Asked(client, server.take());
    }

    private TestClient send(GatewayUnderTest gateway, String bytes) {
        TestClient client = gateway.connect();
        clients.add(client);
        return client.send(bytes);
    }

    /// A request that the server has and has not answered.
    private record Asked(TestClient client, Request request) {}

    @Test
    void roomsForProtocolsNeedOnlyTheApi() throws IOException {
        Path sources = Path.of("src/test/java/io/jigress/message");
        try (Stream<Path> files = Files.list(sources)) {
            List<String> imports = new ArrayList<>();
            for (Path file : files.filter(file -> file.endsWith("MessageProtocol.java") || file.endsWith("MessageSession.java"))
                    .toList()) {
                Files.readAllLines(file).stream().filter(line -> line.startsWith("import ")).forEach(imports::add);
            }
            assertThat(imports).isNotEmpty().allMatch(
                    line -> line.matches("import (io\\.jigress\\.api|io\\.netty\\.buffer|java|org\\.jspecify)\\..*"));
        }
    }

    @Test
    void callsShareOneConnectionAndAreAnsweredInAnyOrder() {
        try (GatewayUnderTest gateway = start(DEFAULTS)) {
            List<Asked> asked = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                asked.add(ask(gateway, "GET", "/" + i));
            }
            List<Asked> order = new ArrayList<>(asked);
            Collections.reverse(order);
            for (Asked each : order) {
                each.request.answer("answer to " + each.request.line());
                assertThat(each.client.readResponse().text()).isEqualTo("answer to GET /" + asked.indexOf(each));
            }
            assertThat(server.connectionsOpened()).isOne();
            gateway.awaitMetric("jigress_pool_connections_idle{loop=\"0\"}", 1);
            assertThat(gateway.metric("jigress_pool_connections_open{loop=\"0\"}")).isOne();
        }
    }

    @Test
    void headsAndBodiesGoBothWays() {
        try (GatewayUnderTest gateway = start(DEFAULTS)) {
            byte[] body = "0123456789".repeat(50_000).getBytes(StandardCharsets.ISO_8859_1);
            TestClient client = send(gateway,
                    TestClient.head("POST", "/a?b=c", "host: Shop.Example", "x-a: 1", "x-secret: 2", "te: trailers",
                            "connection: x-secret", "content-length: " + body.length) + "\r\n");
            client.send(body);
            Request request = server.take();
            assertThat(request.line()).isEqualTo("POST /a?b=c");
            assertThat(request.head()).contains("authority: Shop.Example", "x-a: 1")
                    .noneMatch(line -> line.matches("(?i)(x-secret|connection|te|content-length|host):.*"))
                    .anyMatch(line -> line.startsWith("x-request-id: "));
            assertThat(request.payload()).isEqualTo(body);
            request.answer(body, "content-type: text/x", "x-b: 3");
            ReceivedResponse response = client.readResponse();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.headers().first("content-type")).isEqualTo("text/x");
            assertThat(response.headers().first("x-b")).isEqualTo("3");
            assertThat(response.headers().first("content-length")).isEqualTo(String.valueOf(body.length));
            assertThat(response.body()).isEqualTo(body);

            client.send(TestClient.head("PUT", "/b", "transfer-encoding: chunked") + "\r\n3\r\nabc\r\n");
            client.send("2\r\nde\r\n0\r\nx-trailer: 1\r\n\r\n");
            Request chunked = server.take();
            assertThat(chunked.text()).isEqualTo("abcde");
            chunked.answer("");
            assertThat(client.readResponse().headers().first("content-length")).isEqualTo("0");
        }
    }

    @Test
    void aResponseToHeadHasNoBody() {
        try (GatewayUnderTest gateway = start(DEFAULTS)) {
            Asked head = ask(gateway, "HEAD", "/");
            head.request.answer("abc");
            assertThat(head.client.readResponse("HEAD").headers().first("content-length")).isEqualTo("3");
            head.client.send(TestClient.head("GET", "/") + "\r\n");
            server.take().answer("abc");
            assertThat(head.client.readResponse().text()).isEqualTo("abc");
        }
    }

    @Test
    void aClientThatWaitsFor100GetsItFromTheProtocol() {
        try (GatewayUnderTest gateway = start(DEFAULTS)) {
            TestClient client = send(gateway, TestClient.head("POST", "/", "expect: 100-continue", "content-length: 3") + "\r\n");
            assertThat(client.readInformational().status()).isEqualTo(100);
            client.send("abc");
            Request request = server.take();
            assertThat(request.text()).isEqualTo("abc");
            assertThat(request.head()).noneMatch(line -> line.startsWith("expect"));
            request.answer("ok");
            assertThat(client.readResponse().text()).isEqualTo("ok");
        }
    }

    @Test
    void errorsOfTheServerBecomeStatuses() {
        try (GatewayUnderTest gateway = start(DEFAULTS)) {
            Asked unknown = ask(gateway, "GET", "/");
            unknown.request.fail(60, "no such service");
            ReceivedResponse response = unknown.client.readResponse();
            assertThat(response.status()).isEqualTo(404);
            assertThat(response.text()).isEqualTo("no such service");
            Asked busy = ask(gateway, "GET", "/");
            busy.request.fail(100, "");
            assertThat(busy.client.readResponse().status()).isEqualTo(503);
        }
    }

    // ---- limits

    @Test
    void aRequestOverTheLimitIs413AndReachesNobody() {
        try (GatewayUnderTest gateway = start(config("frameBytes", Json.of(1000)))) {
            Asked before = ask(gateway, "GET", "/before");
            TestClient declared = send(gateway, TestClient.head("POST", "/declared", "content-length: 5000") + "\r\n");
            assertThat(declared.readResponse().status()).isEqualTo(413);
            TestClient chunked = send(gateway, TestClient.head("POST", "/chunked", "transfer-encoding: chunked") + "\r\n");
            String chunk = "258\r\n" + "x".repeat(0x258) + "\r\n";
            chunked.send(chunk).send(chunk);
            assertThat(chunked.readResponse().status()).isEqualTo(413);
            TestClient head = send(gateway, TestClient.head("GET", "/" + "h".repeat(1000)) + "\r\n");
            assertThat(head.readResponse().status()).isEqualTo(413);

            Asked after = ask(gateway, "GET", "/after");
            assertThat(after.request.line()).isEqualTo("GET /after");
            before.request.answer("before");
            assertThat(before.client.readResponse().text()).isEqualTo("before");
            after.request.answer("after");
            assertThat(after.client.readResponse().text()).isEqualTo("after");
            assertThat(server.connectionsOpened()).isOne();
            assertThat(gateway.closeAndReadLog()).filteredOn(line -> line.contains("\"flag\":\"BL\"")).hasSize(3)
                    .allMatch(line -> line.contains("\"reason\":\"request_over_frame\""));
        }
    }

    @Test
    void aResponseOverTheLimitOrMalformedFailsItsCallOnly() {
        try (GatewayUnderTest gateway = start(config("frameBytes", Json.of(1000)))) {
            Asked large = ask(gateway, "GET", "/large");
            Asked malformed = ask(gateway, "GET", "/malformed");
            Asked good = ask(gateway, "GET", "/good");
            large.request.answer("x".repeat(100_000));
            malformed.request.answer("", "a line without a colon");
            assertThat(large.client.readResponse().status()).isEqualTo(502);
            assertThat(malformed.client.readResponse().status()).isEqualTo(502);
            good.request.answer("good");
            assertThat(good.client.readResponse().text()).isEqualTo("good");
            assertThat(server.connectionsOpened()).isOne();
            assertThat(gateway.closeAndReadLog()).filteredOn(line -> line.contains("\"flag\":\"UPE\"")).hasSize(2);
        }
    }

    @Test
    void pastTheConcurrencyAnotherConnectionOpensAndPastTheLimitRequestsWait() {
        try (GatewayUnderTest gateway = GatewayUnderTest.setup().protocol(MessageProtocol.DEFAULT)
                .limits(new ConnectionLimits(Duration.ofSeconds(5), Duration.ofSeconds(50), 2, 10))
                .cluster("up", "message", config("concurrency", Json.of(2)), server.address())
                .route(GatewayUnderTest.forward("all", "/", "up")).start()) {
            List<Asked> asked = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                asked.add(ask(gateway, "GET", "/" + i));
            }
            assertThat(asked).extracting(each -> each.request.connection().number()).containsExactly(1, 1, 2, 2);
            TestClient waits = send(gateway, TestClient.head("GET", "/waits") + "\r\n");
            gateway.awaitMetric("jigress_pool_pending{loop=\"0\"}", 1);
            assertThat(server.hasRequest()).isFalse();
            asked.get(2).request.answer("ok");
            Request last = server.take();
            assertThat(last.line()).isEqualTo("GET /waits");
            assertThat(last.connection().number()).isEqualTo(2);
            last.answer("waited");
            assertThat(waits.readResponse().text()).isEqualTo("waited");
            for (int i : new int[] {0, 1, 3}) {
                asked.get(i).request.answer("ok");
                assertThat(asked.get(i).client.readResponse().text()).isEqualTo("ok");
            }
            gateway.awaitMetric("jigress_pool_connections_idle{loop=\"0\"}", 2);
        }
    }

    // ---- calls do not disturb each other

    @Test
    void aClientThatDoesNotReadStallsNobodyElse() {
        int large = 24 << 20;
        try (GatewayUnderTest gateway = start(config("frameBytes", Json.of(large + 1000)))) {
            Asked slow = ask(gateway, "GET", "/slow");
            Asked other = ask(gateway, "GET", "/other");
            byte[] payload = new byte[large];
            payload[large - 1] = 7;
            slow.request.answer(payload);
            for (int i = 0; i < 10; i++) {
                other.request.answer("other");
                assertThat(other.client.readResponse().text()).isEqualTo("other");
                other.client.send(TestClient.head("GET", "/other") + "\r\n");
                other = new Asked(other.client, server.take());
            }
            assertThat(slow.client.readResponse().body()).isEqualTo(payload);
            assertThat(server.connectionsOpened()).isOne();
        }
    }

    /// The exchange ends long before its client has the response; neither the end of the connection nor an idle timeout may truncate it.
    @Tag("suite")
    @ParameterizedTest
    @ValueSource(strings = {"connection: close", "x-a: b"})
    void aSlowClientGetsTheWholeResponse(String header) {
        int large = 24 << 20;
        try (GatewayUnderTest gateway = setup(config("frameBytes", Json.of(large + 1000)))
                .timeouts(was -> new ClientTimeouts(Duration.ofMillis(4_000), Duration.ofMillis(1_500), was.request(),
                        was.attempt(),
                        was.silence()))
                .start()) {
            TestClient slow = send(gateway, TestClient.head("GET", "/slow", header) + "\r\n");
            server.take().answer(new byte[large]);
            slow.readHead();
            TestClient clock = gateway.connect();
            clients.add(clock);
            Thread late = Thread.ofPlatform().start(clock::assertClosed);
            int taken = 0;
            while (late.isAlive()) {
                slow.readBytes(64 << 10);
                taken += 64 << 10;
                LockSupport.parkNanos(12_000_000);
            }
            assertThat(taken).as("taken while the timeouts passed").isLessThan(large);
            slow.readBytes(large - taken);
        }
    }

    @Test
    void aClientThatGoesAwayLeavesTheOtherCallsAlone() {
        try (GatewayUnderTest gateway = start(DEFAULTS)) {
            Asked stays = ask(gateway, "GET", "/stays");
            Asked goes = ask(gateway, "GET", "/goes");
            goes.client.reset();
            gateway.awaitMetric("jigress_requests_cancelled_total", 1);
            goes.request.answer("nobody wants this");
            stays.request.answer("stays");
            assertThat(stays.client.readResponse().text()).isEqualTo("stays");
            assertThat(server.connectionsOpened()).isOne();
            gateway.awaitMetric("jigress_pool_connections_idle{loop=\"0\"}", 1);
            assertThat(gateway.closeAndReadLog().getFirst()).contains("\"flag\":\"DC\"");
        }
    }

    @Test
    void aClientThatGoesAwayWhileItsBodyIsCollectedLeavesNothing() {
        try (GatewayUnderTest gateway = start(DEFAULTS)) {
            Asked stays = ask(gateway, "GET", "/stays");
            TestClient goes = send(gateway, TestClient.head("POST", "/goes", "content-length: 100") + "\r\nabc");
            gateway.awaitMetric("jigress_upstream_attempts_total{cluster=\"Backend test/up\"}", 2);
            goes.reset();
            gateway.awaitMetric("jigress_requests_cancelled_total", 1);
            stays.request.answer("stays");
            assertThat(stays.client.readResponse().text()).isEqualTo("stays");
            assertThat(server.hasRequest()).isFalse();
        }
    }

    @Test
    void anAttemptThatTakesTooLongLeavesTheOtherCallsAlone() {
        try (GatewayUnderTest gateway = setup(DEFAULTS)
                .route(GatewayUnderTest.with(GatewayUnderTest.forward("slow", "/slow", "up"),
                        new RouteOptions(null, Duration.ofMillis(100), null, null, true)))
                .start()) {
            Asked other = ask(gateway, "GET", "/other");
            Asked slow = ask(gateway, "GET", "/slow");
            assertThat(slow.client.readResponse().status()).isEqualTo(504);
            slow.request.answer("late");
            other.request.answer("other");
            assertThat(other.client.readResponse().text()).isEqualTo("other");
            assertThat(server.connectionsOpened()).isOne();
        }
    }

    @Test
    void aFilterThatAnswersInsteadOfTheResponseCancelsTheCall() {
        HttpFilter denies = new HttpFilter() {
            @Override
            public FilterDecision onResponseHead(Exchange exchange) {
                return exchange.request().path().equals("/denied")
                        ? new FilterDecision.Reply(LocalReply.text(451, "denied", "denied"))
                        : FilterDecision.CONTINUE;
            }
        };
        try (GatewayUnderTest gateway = setup(DEFAULTS).filters(TestFilter.of(denies)).start()) {
            Asked denied = ask(gateway, "GET", "/denied");
            denied.request.answer("secret");
            assertThat(denied.client.readResponse().text()).isEqualTo("denied");
            Asked next = ask(gateway, "GET", "/next");
            next.request.answer("next");
            assertThat(next.client.readResponse().text()).isEqualTo("next");
            assertThat(server.connectionsOpened()).isOne();
        }
    }

    // ---- connections end

    @Test
    void aLostConnectionFailsItsCallsAndSafeRequestsAreSentAgain() {
        try (GatewayUnderTest gateway = start(DEFAULTS)) {
            Asked first = ask(gateway, "GET", "/first");
            first.request.answer("first");
            first.client.readResponse();
            Asked one = ask(gateway, "GET", "/one");
            Asked two = ask(gateway, "GET", "/two");
            Asked unsafe = ask(gateway, "POST", "/unsafe");
            one.request.connection().close();
            assertThat(unsafe.client.readResponse().status()).isEqualTo(502);
            Request again = server.take();
            Request also = server.take();
            assertThat(List.of(again.line(), also.line())).containsExactlyInAnyOrder("GET /one", "GET /two");
            assertThat(List.of(again, also)).extracting(each -> each.connection().number()).containsExactly(2, 2);
            again.answer(again.line());
            also.answer(also.line());
            assertThat(one.client.readResponse().text()).isEqualTo("GET /one");
            assertThat(two.client.readResponse().text()).isEqualTo("GET /two");
            assertThat(gateway.closeAndReadLog()).filteredOn(line -> line.contains("\"flag\":\"UC\"")).singleElement().asString()
                    .contains("/unsafe", "\"reason\":\"connection_lost\"");
        }
    }

    @Test
    void whatIsNoFrameEndsTheConnectionAndItsCalls() throws IOException {
        try (GatewayUnderTest gateway = start(DEFAULTS)) {
            Asked first = ask(gateway, "GET", "/first");
            first.request.answer("first");
            first.client.readResponse();
            Asked one = ask(gateway, "GET", "/one");
            Asked two = ask(gateway, "GET", "/two");
            one.request.connection().sendRaw("HTTP/1.1 400 Bad Request\r\n\r\n");
            assertThat(one.client.readResponse().status()).isEqualTo(502);
            assertThat(two.client.readResponse().status()).isEqualTo(502);
            assertThat(one.request.connection().event()).isEqualTo("closed");
            Asked next = ask(gateway, "GET", "/next");
            assertThat(next.request.connection().number()).isEqualTo(2);
        }
    }

    @Test
    void aServerThatGoesAwayFinishesItsCallsAndGetsNoMore() {
        try (GatewayUnderTest gateway = start(DEFAULTS)) {
            Asked old = ask(gateway, "GET", "/old");
            Connection first = old.request.connection();
            first.goAway();
            first.heartbeat(99);
            assertThat(first.event()).isEqualTo("answer 99");
            Asked fresh = ask(gateway, "GET", "/fresh");
            assertThat(fresh.request.connection().number()).isEqualTo(2);
            old.request.answer("old");
            assertThat(old.client.readResponse().text()).isEqualTo("old");
            assertThat(first.event()).isEqualTo("closed");
            fresh.request.answer("fresh");
            assertThat(fresh.client.readResponse().text()).isEqualTo("fresh");
            gateway.awaitMetric("jigress_pool_connections_open{loop=\"0\"}", 1);
        }
    }

    @Test
    void aConnectionWithoutCallsThatIsAnnouncedToEndIsClosed() {
        try (GatewayUnderTest gateway = start(DEFAULTS)) {
            Asked only = ask(gateway, "GET", "/");
            only.request.answer("ok");
            only.client.readResponse();
            only.request.connection().goAway();
            assertThat(only.request.connection().event()).isEqualTo("closed");
            gateway.awaitMetric("jigress_pool_connections_open{loop=\"0\"}", 0);
        }
    }

    // ---- heartbeats

    @Test
    void heartbeatsGoBothWays() {
        try (GatewayUnderTest gateway = start(config("heartbeat", Json.of("20ms")))) {
            Asked patient = ask(gateway, "GET", "/");
            Connection connection = patient.request.connection();
            for (int i = 0; i < 10; i++) {
                assertThat(connection.event()).isEqualTo("heartbeat");
            }
            patient.request.answer("at last");
            assertThat(patient.client.readResponse().text()).isEqualTo("at last");
            // Idle connections too.
            assertThat(connection.event()).isEqualTo("heartbeat");
            assertThat(server.connectionsOpened()).isOne();
        }
    }

    @Test
    void aServerThatIsSilentIsGivenUp() {
        try (GatewayUnderTest gateway = start(config("heartbeat", Json.of("20ms")))) {
            MessageServer deaf = server;
            Asked waits = ask(gateway, "GET", "/");
            waits.request.connection().mute();
            assertThat(waits.client.readResponse().status()).isEqualTo(502);
            assertThat(deaf.connectionsOpened()).isOne();
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"reason\":\"no_heartbeat\"");
        }
    }

    // ---- configuration

    @Test
    void aConfigurationThatIsWrongIsAFaultAndItsRequestsGet500() {
        try (GatewayUnderTest gateway = start(DEFAULTS)) {
            ApplyReport report = gateway.apply(cluster("message", config("frameBytes", Json.of("many"))));
            assertThat(report.faults()).singleElement().asString().contains("Backend test/up", "config.frameBytes",
                    "a whole number");
            assertThat(send(gateway, TestClient.head("GET", "/") + "\r\n").readResponse().status()).isEqualTo(500);
            report = gateway.apply(cluster("carrier-pigeon", DEFAULTS));
            assertThat(report.faults()).singleElement().asString().contains("carrier-pigeon", "[h2c, http1, message, tcp, udp]");
            assertThat(gateway.apply(cluster("message", DEFAULTS)).faults()).isEmpty();
            ask(gateway, "GET", "/").request.answer("ok");
        }
    }

    @Test
    void callsStayWithTheConfigurationOfTheirConnection() {
        try (GatewayUnderTest gateway = start(DEFAULTS)) {
            Asked old = ask(gateway, "GET", "/old");
            gateway.apply(cluster("message", config("concurrency", Json.of(7))));
            Asked fresh = ask(gateway, "GET", "/fresh");
            assertThat(fresh.request.connection().number()).isEqualTo(2);
            old.request.answer("old");
            assertThat(old.client.readResponse().text()).isEqualTo("old");
            assertThat(old.request.connection().event()).isEqualTo("closed");
        }
    }

    private Cluster cluster(String protocol, Json config) {
        return GatewayUnderTest.cluster("up", protocol, config, ConnectionLimits.DEFAULT, server.address());
    }
}
