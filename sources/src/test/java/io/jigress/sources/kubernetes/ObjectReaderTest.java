package io.jigress.sources.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.JsonParser;
import io.jigress.sources.kubernetes.ObjectReader.Item;
import io.jigress.sources.kubernetes.ObjectReader.Page;
import org.junit.jupiter.api.Test;

class ObjectReaderTest {
    private static WatchedKind kind(String name) {
        return WatchedKind.ALL.stream().filter(each -> each.kind().equals(name)).findFirst().orElseThrow();
    }

    private static Page page(String kind, String... items) {
        String list = "{\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[" + String.join(",", items) + "]}";
        return new ObjectReader(kind(kind), "test").page(list.getBytes(UTF_8), "v1");
    }

    private static String plugin(String name, String config) {
        return "{\"metadata\":{\"name\":\"" + name + "\",\"namespace\":\"a\"},\"spec\":{\"config\":" + config + "}}";
    }

    /// The API server accepts 10,000 levels.
    @Test
    void anObjectWithManyLevelsIsReadAndItsNeighbours() {
        for (int levels : new int[] {499, 600, 9_990}) {
            Page page = page("Plugin", plugin("before", "{}"), plugin("deep", "[".repeat(levels) + "]".repeat(levels)),
                    plugin("after", "{}"));
            assertThat(page.items()).extracting(item -> item.resource().key().name()).containsExactly("before", "deep", "after");
            assertThat(JsonParser.parse(page.items().get(2).resource().json())).isInstanceOf(JsonParser.Result.Parsed.class);
        }
    }

    @Test
    void anObjectWithALongNameIsReadAndItsNeighbours() {
        Page page = page("Plugin", plugin("long", "{\"" + "n".repeat(1_000_000) + "\":1}"), plugin("after", "{}"));
        assertThat(page.items()).extracting(item -> item.resource().key().name()).containsExactly("long", "after");
    }

    @Test
    void annotationsAreKeptWhereTheyHaveAMeaning() {
        String object = "{\"metadata\":{\"annotations\":{\"a\":\"" + "x".repeat(250_000)
                + "\"},\"name\":\"n\",\"namespace\":\"a\"},\"spec\":{}}";
        assertThat(json(page("HTTPRoute", object).items().getFirst())).doesNotContain("xxx").endsWith("\"spec\":{}}");
        assertThat(json(page("Ingress", object).items().getFirst())).contains("\"annotations\":{\"a\":\"xxx");
    }

    private static String json(Item item) {
        return new String(item.resource().json(), UTF_8);
    }
}
