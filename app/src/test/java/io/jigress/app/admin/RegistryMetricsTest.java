package io.jigress.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.control.JsonParser;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RegistryMetricsTest {
    private static Json json(String text) {
        return JsonParser.parse(text.getBytes(StandardCharsets.UTF_8)) instanceof JsonParser.Result.Parsed(Json json)
                ? json
                : Json.Null.NULL;
    }

    @Test
    void eachRegistryAndEachServiceHasAFewFigures() {
        Json registries = json("""
                {"registries": [
                  {"registry": "infra/nacos", "connection": "connected", "services": [
                    {"service": "orders", "group": "G", "state": "current", "used": 2, "ageMillis": 61000},
                    {"service": "a\\"b", "state": "stale", "used": 1, "ageMillis": 5},
                    {"service": "beyond", "state": "waiting"}]},
                  {"registry": "infra/eureka", "connection": "not connected", "services": []},
                  {"registry": "infra/idle", "connection": "unused", "services": []}]}
                """);
        assertThat(RegistryMetrics.text(registries, 2)).contains(
                "# TYPE jigress_registry_connected gauge",
                "jigress_registry_connected{registry=\"infra/nacos\"} 1\njigress_registry_connected{registry=\"infra/eureka\"} 0\n",
                "jigress_registry_endpoints{registry=\"infra/nacos\",service=\"orders\",group=\"G\"} 2\n",
                "jigress_registry_current{registry=\"infra/nacos\",service=\"orders\",group=\"G\"} 1\n",
                "jigress_registry_current{registry=\"infra/nacos\",service=\"a\\\"b\",group=\"\"} 0\n",
                "jigress_registry_age_seconds{registry=\"infra/nacos\",service=\"orders\",group=\"G\"} 61\n")
                .doesNotContain("beyond", "idle");
        assertThat(RegistryMetrics.text(json("{\"registries\": []}"), 2)).isEmpty();
    }
}
