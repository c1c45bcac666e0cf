package io.jigress.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.PersistentMap;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.sources.manifest.ManifestReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class GatewayFaultsTest {
    private static final String YAML = """
            apiVersion: jigress.io/v1
            kind: Plugin
            metadata: {name: limit, namespace: shop}
            """;

    private static PersistentMap<ResourceKey, Resource> resources() {
        PersistentMap<ResourceKey, Resource> all = PersistentMap.empty();
        for (Resource resource : ManifestReader.read("plugins.yaml", YAML.getBytes(StandardCharsets.UTF_8)).resources()) {
            all = all.with(resource.key(), resource);
        }
        return all;
    }

    @Test
    void isAProblemOfTheObjectThatAskedForIt() {
        assertThat(GatewayFaults.problem("Plugin shop/limit: could not be made: an error", resources())).satisfies(problem -> {
            assertThat(problem.resource()).hasToString("Plugin shop/limit");
            assertThat(problem.source()).isEqualTo("plugins.yaml");
            assertThat(problem.what()).isEqualTo("could not be made: an error");
        });
    }

    @Test
    void isAProblemOfTheProcessWhenNoObjectAskedForIt() {
        assertThat(GatewayFaults.problem("Plugin shop/other: broken", resources())).satisfies(problem -> {
            assertThat(problem.resource()).hasToString("Process jigress");
            assertThat(problem.what()).isEqualTo("Plugin shop/other: broken");
        });
    }
}
