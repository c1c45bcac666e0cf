package io.jigress.sources.consul;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.control.JsonParser;
import io.jigress.control.RegistryService;
import io.jigress.control.RegistrySettings;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Registry;
import io.jigress.sources.registry.HeardLists;
import io.jigress.sources.registry.Instance;
import io.jigress.sources.registry.RegistryClient;
import io.jigress.testkit.Poll;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestUpstream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ConsulRegistryClientTest {
    private final HeardLists heard = new HeardLists();

    private static RegistryClient open(String... servers) {
        Registry registry = new Registry(Registry.Type.CONSUL, List.of(servers), "", Map.of("datacenter", "dc1"), true);
        return ConsulRegistryClient.open(new RegistrySettings(registry, "a.yaml", Map.of("token", "secret"), ""));
    }

    private static RegistryService service(String name, Map<String, String> parameters) {
        return RegistryService.of(Kinds.registry("default", "consul"), name, parameters);
    }

    private static String entry(String address, int port, String checks) {
        return """
                {"Node":{"Node":"n","Address":"10.9.9.9"},"Service":{"ID":"x","Service":"orders","Address":"%s","Port":%d,
                 "Meta":{"version":"v1"},"Weights":{"Passing":10,"Warning":1}},"Checks":[%s]}""".formatted(address, port, checks);
    }

    private static List<Instance> instances(String... entries) {
        byte[] json = ("[" + String.join(",", entries) + "]").getBytes(StandardCharsets.UTF_8);
        return JsonParser.parse(json) instanceof JsonParser.Result.Parsed(Json.Arr list)
                ? ConsulRegistryClient.instances(list.items())
                : List.of();
    }

    @Test
    void healthWeightAndMaintenanceAreRead() {
        String passing = "{\"CheckID\":\"serfHealth\",\"Status\":\"passing\"}";
        String warning = "{\"CheckID\":\"service:x\",\"Status\":\"warning\"}";
        String critical = "{\"CheckID\":\"service:x\",\"Status\":\"critical\"}";
        String maintenance = "{\"CheckID\":\"_service_maintenance:x\",\"Status\":\"critical\"}";
        Map<String, String> metadata = Map.of("version", "v1");
        assertThat(
                instances(entry("10.0.0.1", 80, passing), entry("", 81, passing + "," + warning), entry("10.0.0.3", 80, critical),
                        entry("10.0.0.4", 80, passing + "," + maintenance), "{}"))
                .containsExactly(
                        new Instance("10.0.0.1", 80, 10, true, true, "", metadata),
                        new Instance("10.9.9.9", 81, 1, true, true, "", metadata),
                        new Instance("10.0.0.3", 80, 10, true, false, "", metadata),
                        new Instance("10.0.0.4", 80, 10, false, true, "", metadata),
                        new Instance("", 0, 1, true, true, "", Map.of()));
    }

    @Test
    void eachAnswerAsksForTheNextChange() {
        CountDownLatch never = new CountDownLatch(1);
        try (TestUpstream server = TestUpstream.start(call -> {
            ReceivedRequest request = call.request();
            if (request.target().contains("index=0&")) {
                call.write(Reply.ok("[" + entry("10.0.0.1", 80, "") + "]", "x-consul-index: 7"));
            } else if (request.target().contains("index=7&")) {
                call.write(Reply.ok("[" + entry("10.0.0.2", 80, "") + "]", "x-consul-index: 9"));
            } else {
                call.await(never);
            }
        }); RegistryClient client = open(server.authority())) {
            client.follow(service("or ders", Map.of("tag", "blue")), heard);
            heard.awaitAddresses("10.0.0.2:80");
            ReceivedRequest first = server.requests().getFirst();
            assertThat(first.target()).isEqualTo("/v1/health/service/or%20ders?index=0&wait=55s&dc=dc1&tag=blue");
            assertThat(first.headers().first("x-consul-token")).isEqualTo("secret");
            assertThat(client.state().connected()).isTrue();
            never.countDown();
        }
    }

    @Test
    void anErrorIsTheServersWordsAndTheNextServerIsAsked() {
        AtomicInteger asked = new AtomicInteger();
        CountDownLatch never = new CountDownLatch(1);
        try (TestUpstream broken = TestUpstream.start(call -> {
            call.request();
            asked.incrementAndGet();
            call.write(Reply.of(403, "Permission denied: token lacks service:read"));
        }); TestUpstream good = TestUpstream.start(call -> {
            if (call.request().target().contains("index=0&")) {
                call.write(Reply.ok("[" + entry("10.0.0.1", 80, "") + "]", "x-consul-index: 7"));
            } else {
                call.await(never);
            }
        }); RegistryClient client = open(broken.authority(), good.authority())) {
            client.follow(service("orders", Map.of()), heard);
            assertThat(heard.awaitFailure()).isEqualTo(broken.authority() + ": 403 Permission denied: token lacks service:read");
            heard.awaitAddresses("10.0.0.1:80");
            assertThat(asked.get()).isEqualTo(1);
            assertThat(client.state().error()).isEmpty();
            never.countDown();
        }
    }

    @Test
    @Tag("suite")
    void answersThatAreNoListsAreAskedForLessAndLessOften() {
        List<Long> times = new CopyOnWriteArrayList<>();
        CountDownLatch four = new CountDownLatch(4);
        try (TestUpstream server = TestUpstream.start(call -> {
            call.request();
            times.add(System.nanoTime());
            four.countDown();
            call.write(Reply.ok("{}", "x-consul-index: 7"));
        }); RegistryClient client = open(server.authority())) {
            client.follow(service("orders", Map.of()), heard);
            assertThat(heard.awaitFailure()).contains("not a list");
            assertThat(four.await(60, TimeUnit.SECONDS)).isTrue();
            // The first pause is at most 750 ms, the third at least 1 s.
            assertThat(times.get(3) - times.get(2)).isGreaterThan(900_000_000L);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anIndexThatGoesBackBeginsAnew() {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        try (TestUpstream server = TestUpstream.start(call -> {
            call.request();
            switch (asked.incrementAndGet()) {
                case 1 -> call.write(Reply.ok("[" + entry("10.0.0.1", 80, "") + "]", "x-consul-index: 100"));
                case 2 -> call.write(Reply.ok("[" + entry("10.0.0.2", 80, "") + "]", "x-consul-index: 5"));
                default -> call.await(never);
            }
        }); RegistryClient client = open(server.authority())) {
            client.follow(service("orders", Map.of()), heard);
            heard.awaitAddresses("10.0.0.2:80");
            while (server.requests().size() < 3) {
                Poll.pause();
            }
            assertThat(server.requests().get(2).target()).contains("index=0&");
            never.countDown();
        }
    }
}
