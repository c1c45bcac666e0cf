package io.jigress.sources.eureka;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.RegistryService;
import io.jigress.control.RegistrySettings;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Registry;
import io.jigress.sources.registry.HeardLists;
import io.jigress.sources.registry.Instance;
import io.jigress.sources.registry.RegistryClient;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestUpstream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class EurekaRegistryClientTest {
    private final HeardLists heard = new HeardLists();

    private static String application(String... instances) {
        return "{\"application\":{\"name\":\"ORDERS\",\"instance\":[" + String.join(",", instances) + "]}}";
    }

    private static String instance(String address, Object port, String status) {
        return """
                {"instanceId":"x","hostName":"host","app":"ORDERS","ipAddr":"%s","status":"%s","port":{"$":%s,"@enabled":"true"},
                 "metadata":{"zone":"a","@class":"java.util.Collections$EmptyMap","number":7}}""".formatted(address, status,
                port);
    }

    @Test
    void theApplicationIsAskedForAtAnInterval() {
        AtomicReference<String> answer = new AtomicReference<>(Reply.of(404, ""));
        try (TestUpstream server = TestUpstream.start(call -> {
            call.request();
            call.write(answer.get());
        });
                RegistryClient client = EurekaRegistryClient.open(new RegistrySettings(new Registry(Registry.Type.EUREKA,
                        List.of(server.authority()), "", Map.of("path", "/eureka", "interval", "10ms"), true), "a.yaml",
                        Map.of("username", "u", "password", "p"), ""))) {
            client.follow(RegistryService.of(Kinds.registry("default", "eureka"), "orders", Map.of()), heard);
            heard.awaitAddresses();
            assertThat(server.requests().getFirst().target()).isEqualTo("/eureka/apps/ORDERS");
            assertThat(server.requests().getFirst().headers().first("authorization")).isEqualTo("Basic dTpw");

            answer.set(Reply.ok(application(instance("10.0.0.1", 80, "UP"), instance("10.0.0.2", "\"81\"", "DOWN"),
                    instance("10.0.0.3", 82, "OUT_OF_SERVICE"))));
            Map<String, String> metadata = Map.of("zone", "a", "@class", "java.util.Collections$EmptyMap");
            assertThat(heard.awaitAddresses("10.0.0.1:80", "10.0.0.2:81", "10.0.0.3:82")).containsExactly(
                    new Instance("10.0.0.1", 80, 1, true, true, "a", metadata),
                    new Instance("10.0.0.2", 81, 1, true, false, "a", metadata),
                    new Instance("10.0.0.3", 82, 1, false, true, "a", metadata));

            answer.set(Reply.of(500, "broken"));
            assertThat(heard.awaitFailure()).isEqualTo(server.authority() + ": 500 broken");
            assertThat(client.state().connected()).isFalse();
            answer.set(Reply.ok(application(instance("10.0.0.4", 80, "UP"))));
            heard.awaitAddresses("10.0.0.4:80");
        }
    }
}
