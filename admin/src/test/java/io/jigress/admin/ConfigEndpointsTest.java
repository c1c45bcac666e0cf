package io.jigress.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.config.GatewayConfig;
import io.jigress.config.PersistentMap;
import io.jigress.control.Problem;
import io.jigress.control.Reconciler.Live;
import io.jigress.control.Reconciler.Timing;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import io.jigress.control.Translation;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigEndpointsTest {
    private static final ResourceKey SECRET = new ResourceKey("", "Secret", "default", "users");
    private static final ResourceKey BACKEND = new ResourceKey("jigress.io", "Backend", "default", "shop");

    private final EndpointTable table = new EndpointTable(ConfigEndpoints.of(ConfigEndpointsTest::live, _ -> 7));

    private static Live live() {
        PersistentMap<ResourceKey, Resource> resources = PersistentMap.<ResourceKey, Resource>empty()
                .with(SECRET, resource(SECRET, """
                        {"kind":"Secret","metadata":{"name":"users","annotations":{"last-applied":"hunter2"}},
                         "data":{"password":"aHVudGVyMg=="},"stringData":{"plain":"hunter2"}}"""))
                .with(BACKEND, resource(BACKEND, "{\"kind\":\"Backend\",\"spec\":{\"data\":{\"port\":9000}}}"));
        Problem problem = new Problem(BACKEND, "shop.yaml", "spec.endpoints", "is missing", "a list", Problem.Severity.ERROR);
        Translation translation = new Translation(3, GatewayConfig.EMPTY,
                PersistentMap.<ResourceKey, Json>empty().with(BACKEND, Json.object().put("ok", false).build()),
                PersistentMap.<ResourceKey, List<Problem>>empty().with(BACKEND, List.of(problem)));
        return new Live(new ResourceSet(4, resources), translation, PersistentMap.empty(), List.of(),
                new Timing(1, 2_000, 3_000, 4_000, 5_000));
    }

    private static Resource resource(ResourceKey key, String json) {
        return new Resource(key, "v1", 0, "shop.yaml", json.getBytes(StandardCharsets.UTF_8));
    }

    private AdminReply ask(String path, String... parameters) {
        Map<String, List<String>> map = new HashMap<>();
        for (int i = 0; i < parameters.length; i += 2) {
            map.put(parameters[i], List.of(parameters[i + 1]));
        }
        return table.answer("GET", new AdminRequest(path, map));
    }

    @Test
    void aSecretShowsItsKeysButNotItsValues() {
        String body = ask("/config/resources", "kind", "secret").body();

        assertThat(body).contains("\"password\": \"(redacted)\"", "\"plain\": \"(redacted)\"", "\"total\": 1")
                .doesNotContain("hunter2", "aHVudGVyMg");
    }

    @Test
    void otherObjectsAreShownWhole() {
        assertThat(ask("/config/resources", "name", "shop").body()).contains("\"port\": 9000", "\"source\": \"shop.yaml\"");
    }

    @Test
    void aListSaysWhenItIsNotWhole() {
        assertThat(ask("/config/resources", "limit", "1").body()).contains("\"total\": 2", "\"shown\": 1", "Backend")
                .doesNotContain("Secret");
        assertThat(ask("/config/resources", "limit", "many").status()).isEqualTo(400);
    }

    @Test
    void problemsHaveTheirPlace() {
        assertThat(ask("/config/problems").body()).contains("\"severity\": \"error\"", "\"source\": \"shop.yaml\"", "\"line\": 7",
                "\"path\": \"spec.endpoints\"", "\"what\": \"is missing\"", "\"expected\": \"a list\"");
        assertThat(ask("/config/problems", "kind", "Secret").body()).contains("\"total\": 0");
    }

    @Test
    void statusesAreByObject() {
        assertThat(ask("/config/statuses").body()).contains("\"kind\": \"Backend\"", "\"ok\": false");
    }

    @Test
    void theRevisionTellsWhatIsLive() {
        assertThat(ask("/config/revision").body()).contains("\"revision\": 4", "\"translated\": 3", "\"resources\": 2",
                "\"errors\": 1",
                "\"warnings\": 0", "\"applyMicros\": 5");
    }
}
