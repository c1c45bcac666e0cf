package io.jigress.sources.eureka;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The client against scripted answers; EurekaTest has a real server.
class EurekaRegistryClientTest {
    private static final String ALL = "/eureka/apps/";
    private static final String DELTA = "/eureka/apps/delta";
    private static final Map<String, String> METADATA = Map.of("zone", "a", "@class", "java.util.Collections$EmptyMap");

    private final HeardLists heard = new HeardLists();
    /// By target; others do not exist.
    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private TestUpstream server;
    private RegistryClient client;

    @BeforeEach
    void start() {
        server = TestUpstream.start(call -> call.write(answers.getOrDefault(call.request().target(), Reply.of(404, ""))));
        client = EurekaRegistryClient.open(new RegistrySettings(
                new Registry(Registry.Type.EUREKA, List.of(server.authority()), "",
                        Map.of("path", "/eureka", "interval", "10ms"), true),
                "a.yaml", Map.of("username", "u", "password", "p"), ""));
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    private static RegistryService service(String name, Map<String, String> parameters) {
        return RegistryService.of(Kinds.registry("default", "eureka"), name, parameters);
    }

    /// @param applications as JSON, without their list
    private static String applications(String hash, String... applications) {
        return Reply.ok("{\"applications\":{\"versions__delta\":\"1\",\"apps__hashcode\":\"" + hash + "\",\"application\":["
                + String.join(",", applications) + "]}}");
    }

    private static String application(String name, String... instances) {
        return "{\"name\":\"" + name + "\",\"instance\":[" + String.join(",", instances) + "]}";
    }

    private static String instance(int host, Object port, String status) {
        return instance(host, port, status, "ADDED");
    }

    private static String instance(int host, Object port, String status, String action) {
        return """
                {"instanceId":"i%1$d","hostName":"host","ipAddr":"10.0.0.%1$d","status":"%2$s","port":{"$":%3$s,"@enabled":"true"},
                 "securePort":{"$":%4$d,"@enabled":"true"},"vipAddress":"orders.example,all.example",
                 "secureVipAddress":"safe.example","actionType":"%5$s",
                 "metadata":{"zone":"a","@class":"java.util.Collections$EmptyMap","number":7}}""".formatted(host, status, port,
                8400 + host, action);
    }

    private long requests(String target) {
        return server.requests().stream().map(ReceivedRequest::target).filter(target::equals).count();
    }

    private void awaitMore(String target) {
        long before = requests(target);
        long end = System.nanoTime() + 30_000_000_000L;
        while (requests(target) < before + 2) {
            assertThat(System.nanoTime() - end).as("requests for %s", target).isNegative();
            Poll.pause();
        }
    }

    @Test
    void everythingIsReadOnceAndThenWhatHasChanged() {
        answers.put(ALL, applications("DOWN_1_OUT_OF_SERVICE_1_UP_2_",
                application("ORDERS", instance(1, 80, "UP"), instance(2, "\"81\"", "DOWN"), instance(3, 82, "OUT_OF_SERVICE")),
                application("CART", instance(9, 90, "UP"))));
        answers.put(DELTA, applications("DOWN_1_OUT_OF_SERVICE_1_UP_2_"));
        client.follow(service("orders", Map.of()), heard);
        assertThat(heard.awaitAddresses("10.0.0.1:80", "10.0.0.2:81", "10.0.0.3:82")).containsExactly(
                new Instance("10.0.0.1", 80, 1, true, true, "a", METADATA),
                new Instance("10.0.0.2", 81, 1, true, false, "a", METADATA),
                new Instance("10.0.0.3", 82, 1, false, true, "a", METADATA));
        assertThat(server.requests().getFirst().headers().first("authorization")).isEqualTo("Basic dTpw");

        // One comes, one changes, one goes; answers repeat what is known already.
        answers.put(DELTA, applications("UP_4_", application("ORDERS", instance(4, 84, "UP"), instance(2, 81, "UP", "MODIFIED"),
                instance(3, 82, "UP", "DELETED"))));
        heard.awaitAddresses("10.0.0.1:80", "10.0.0.2:81", "10.0.0.4:84");
        int lists = heard.size();
        awaitMore(DELTA);
        assertThat(heard.size()).as("an unchanged list is not passed on").isEqualTo(lists);
        assertThat(requests(ALL)).isEqualTo(1);

        // A service that is followed later is known already, however it is written.
        HeardLists cart = new HeardLists();
        client.follow(service("Cart", Map.of()), cart);
        cart.awaitAddresses("10.0.0.9:90");
        HeardLists none = new HeardLists();
        client.follow(service("nobody", Map.of()), none);
        none.awaitAddresses();
        assertThat(requests(ALL)).isEqualTo(1);
    }

    @Test
    void withAnotherHashThanTheServersEverythingIsReadAgain() {
        answers.put(ALL, applications("UP_1_", application("ORDERS", instance(1, 80, "UP"))));
        answers.put(DELTA, applications("UP_1_"));
        client.follow(service("orders", Map.of()), heard);
        heard.awaitAddresses("10.0.0.1:80");

        // The change of the first is missing.
        answers.put(ALL, applications("UP_2_", application("ORDERS", instance(2, 80, "UP"), instance(3, 80, "UP"))));
        answers.put(DELTA, applications("UP_2_", application("ORDERS", instance(2, 80, "UP"), instance(3, 80, "UP"))));
        heard.awaitAddresses("10.0.0.2:80", "10.0.0.3:80");
        assertThat(requests(ALL)).isEqualTo(2);
        awaitMore(DELTA);
        assertThat(requests(ALL)).as("the hash is right again").isEqualTo(2);
    }

    @Test
    void anErrorIsTheServersWordsAndEverythingIsReadAfterIt() {
        answers.put(ALL, applications("UP_1_", application("ORDERS", instance(1, 80, "UP"))));
        answers.put(DELTA, applications("UP_1_"));
        client.follow(service("orders", Map.of()), heard);
        heard.awaitAddresses("10.0.0.1:80");
        answers.put(DELTA, Reply.of(500, "broken"));
        answers.put(ALL, Reply.of(500, "broken"));
        assertThat(heard.awaitFailure()).isEqualTo(server.authority() + ": 500 broken");
        assertThat(client.state().connected()).isFalse();

        // Other instances, with the same hash.
        answers.put(ALL, applications("UP_1_", application("ORDERS", instance(4, 80, "UP"))));
        answers.put(DELTA, applications("UP_1_"));
        heard.awaitAddresses("10.0.0.4:80");
        assertThat(client.state().connected()).isTrue();
    }

    @Test
    void whatIsNoEurekaServerIsAnErrorAndNoEmptyList() {
        client.follow(service("orders", Map.of()), heard);
        assertThat(heard.awaitFailure()).contains("answered 404 to /eureka/apps/");
        assertThat(client.state().error()).contains("answered 404 to /eureka/apps/");
        answers.put(ALL, Reply.ok("{\"status\":\"UP\"}"));
        long end = System.nanoTime() + 30_000_000_000L;
        while (!heard.awaitFailure().contains("without applications")) {
            assertThat(System.nanoTime() - end).isNegative();
        }
        assertThat(heard.size()).isZero();
        answers.put(ALL, applications(""));
        answers.put(DELTA, applications(""));
        heard.awaitAddresses();
        assertThat(client.state().error()).isEmpty();
    }

    @Test
    void servicesAreFoundByTheirVipNames() {
        answers.put(ALL, applications("UP_2_", application("ORDERS", instance(1, 80, "UP")),
                application("CART", instance(2, 81, "UP"))));
        answers.put(DELTA, applications("UP_2_"));
        client.follow(service("Orders.example", Map.of("lookup", "vip")), heard);
        heard.awaitAddresses("10.0.0.1:80", "10.0.0.2:81");
        HeardLists second = new HeardLists();
        client.follow(service("all.example", Map.of("lookup", "vip")), second);
        second.awaitAddresses("10.0.0.1:80", "10.0.0.2:81");
        HeardLists secure = new HeardLists();
        client.follow(service("safe.example", Map.of("lookup", "secureVip")), secure);
        secure.awaitAddresses("10.0.0.1:8401", "10.0.0.2:8402");
        HeardLists none = new HeardLists();
        client.follow(service("safe.example", Map.of("lookup", "vip")), none);
        none.awaitAddresses();
    }

    private void followEach() {
        answers.put("/eureka/apps/ORDERS", Reply.ok("{\"application\":" + application("ORDERS", instance(1, 80, "UP")) + "}"));
        answers.put("/eureka/vips/orders.example", applications("UP_1_", application("ORDERS", instance(2, 80, "UP"))));
        answers.put("/eureka/svips/orders.example", applications("UP_1_", application("ORDERS", instance(3, 80, "UP"))));
        client.follow(service("orders", Map.of()), heard);
        heard.awaitAddresses("10.0.0.1:80");
        HeardLists vip = new HeardLists();
        client.follow(service("orders.example", Map.of("lookup", "vip")), vip);
        vip.awaitAddresses("10.0.0.2:80");
        HeardLists secure = new HeardLists();
        client.follow(service("orders.example", Map.of("lookup", "secureVip")), secure);
        secure.awaitAddresses("10.0.0.3:8403");

        answers.remove("/eureka/apps/ORDERS");
        heard.awaitAddresses();
        answers.put("/eureka/apps/ORDERS", Reply.of(500, "broken"));
        assertThat(heard.awaitFailure()).isEqualTo(server.authority() + ": 500 broken");
        assertThat(requests(ALL)).isEqualTo(1);
    }

    @Test
    void aServerThatTellsNoChangesIsAskedForEachService() {
        answers.put(ALL, applications("UP_1_", application("ORDERS", instance(9, 80, "UP"))));
        answers.put(DELTA, Reply.of(403, ""));
        followEach();
    }

    @Test
    void aServerWithTooManyApplicationsIsAskedForEachService() {
        answers.put(ALL, Reply.ok("x".repeat(17 << 20)));
        followEach();
    }

    @Test
    void instancesOfAmazonAreInTheirAvailabilityZone() {
        answers.put(ALL, applications("UP_1_", application("ORDERS", """
                {"instanceId":"i","ipAddr":"10.0.0.1","port":{"$":80},
                 "dataCenterInfo":{"name":"Amazon","metadata":{"availability-zone":"us-east-1c"}}}""")));
        answers.put(DELTA, applications("UP_1_"));
        client.follow(service("orders", Map.of()), heard);
        assertThat(heard.awaitAddresses("10.0.0.1:80")).first().extracting(Instance::zone).isEqualTo("us-east-1c");
    }
}
