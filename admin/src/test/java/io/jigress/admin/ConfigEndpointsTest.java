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
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
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

    /// The body of a reply, joined from its pieces.
    private record Answer(int status, String text) {
        Answer(AdminReply reply) {
            StringBuilder text = new StringBuilder();
            reply.body().forEachRemaining(text::append);
            this(reply.status(), text.toString());
        }
    }

    private Answer ask(String path, String... parameters) {
        Map<String, List<String>> map = new HashMap<>();
        for (int i = 0; i < parameters.length; i += 2) {
            map.put(parameters[i], List.of(parameters[i + 1]));
        }
        return new Answer(table.answer("GET", new AdminRequest(path, map)));
    }

    @Test
    void aSecretShowsItsKeysButNotItsValues() {
        String body = ask("/config/resources", "kind", "secret").text();

        assertThat(body).contains("\"password\": \"(redacted)\"", "\"plain\": \"(redacted)\"", "\"total\": 1")
                .doesNotContain("hunter2", "aHVudGVyMg");
    }

    @Test
    void otherObjectsAreShownWhole() {
        assertThat(ask("/config/resources", "name", "shop").text()).contains("\"port\": 9000", "\"source\": \"shop.yaml\"");
    }

    @Test
    void aListSaysWhenItIsNotWhole() {
        assertThat(ask("/config/resources", "limit", "1").text()).contains("\"total\": 2", "\"shown\": 1", "Backend")
                .doesNotContain("Secret");
        assertThat(ask("/config/resources", "limit", "many").status()).isEqualTo(400);
    }

    @Test
    void aLongListIsMadePieceByPiece() {
        int count = 100_000;
        PersistentMap<ResourceKey, Resource> resources = PersistentMap.empty();
        byte[] json = "{\"kind\":\"Backend\",\"spec\":{\"endpoints\":[]}}".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < count; i++) {
            ResourceKey key = new ResourceKey("jigress.io", "Backend", "default", "b" + i);
            resources = resources.with(key, new Resource(key, "v1", 0, "all.yaml", json));
        }
        ResourceSet set = new ResourceSet(4, resources);
        Live live = new Live(set, live().translation(), PersistentMap.empty(), List.of(), live().timing());
        EndpointTable large = new EndpointTable(ConfigEndpoints.of(() -> live, _ -> 7));

        Iterator<String> body = large.answer("GET", new AdminRequest("/config/resources", Map.of("limit", List.of("999999"))))
                .body();
        int pieces = 0;
        long items = 0;
        while (body.hasNext()) {
            String piece = body.next();
            assertThat(piece.length()).isLessThan(2 * ListText.PIECE_CHARS);
            items += Pattern.compile("\"source\"").matcher(piece).results().count();
            pieces++;
        }
        assertThat(items).isEqualTo(count);
        assertThat(pieces).isGreaterThan(100);
    }

    @Test
    void aListIsJsonHoweverLong() {
        for (int size : new int[] {0, 1, 2, 5_000}) {
            List<Integer> numbers = IntStream.range(0, size).boxed().toList();
            ListText<Integer> text = new ListText<>(numbers, 4_000, i -> Json.object().put("n", i).build());
            StringBuilder all = new StringBuilder();
            text.forEachRemaining(all::append);
            Json expected = Json.object().put("total", size).put("shown", Math.min(size, 4_000))
                    .put("items", Json.array(numbers.stream().limit(4_000).map(i -> Json.object().put("n", i).build()).toList()))
                    .build();
            assertThat(all).hasToString(PrettyJson.print(expected) + "\n");
        }
    }

    @Test
    void problemsHaveTheirPlace() {
        assertThat(ask("/config/problems").text()).contains("\"severity\": \"error\"", "\"source\": \"shop.yaml\"", "\"line\": 7",
                "\"path\": \"spec.endpoints\"", "\"what\": \"is missing\"", "\"expected\": \"a list\"");
        assertThat(ask("/config/problems", "kind", "Secret").text()).contains("\"total\": 0");
    }

    @Test
    void errorsComeBeforeWarningsEachByObjectAndField() {
        Problem late = new Problem(BACKEND, "a.yaml", "spec.tls", "is late", "", Problem.Severity.ERROR);
        Problem early = new Problem(BACKEND, "b.yaml", "spec.endpoints", "is early", "", Problem.Severity.ERROR);
        Problem unused = new Problem(BACKEND, "a.yaml", "spec.a", "is unused", "", Problem.Severity.WARNING);
        Problem secret = new Problem(SECRET, "a.yaml", "data", "is another", "", Problem.Severity.ERROR);
        Translation translation = new Translation(3, GatewayConfig.EMPTY, PersistentMap.empty(),
                PersistentMap.<ResourceKey, List<Problem>>empty().with(BACKEND, List.of(unused, late, early)).with(SECRET,
                        List.of(secret)));
        Live live = new Live(live().resources(), translation, PersistentMap.empty(), List.of(), live().timing());
        EndpointTable ordered = new EndpointTable(ConfigEndpoints.of(() -> live, _ -> 7));

        String text = new Answer(ordered.answer("GET", new AdminRequest("/config/problems", Map.of()))).text();
        assertThat(Pattern.compile("is (early|late|another|unused)").matcher(text).results().map(found -> found.group(1)))
                .containsExactly("early", "late", "another", "unused");
    }

    @Test
    void statusesAreByObject() {
        assertThat(ask("/config/statuses").text()).contains("\"kind\": \"Backend\"", "\"ok\": false");
    }

    @Test
    void theRevisionTellsWhatIsLive() {
        assertThat(ask("/config/revision").text()).contains("\"revision\": 4", "\"translated\": 3", "\"resources\": 2",
                "\"errors\": 1",
                "\"warnings\": 0", "\"applyMicros\": 5");
    }
}
