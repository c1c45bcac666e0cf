package io.jigress.app.sources;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.RegistrySettings;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Registry;
import io.jigress.sentinel.RuleFeed;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RuleTextsTest {
    private static final RegistrySettings UNUSABLE = new RegistrySettings(
            new Registry(Registry.Type.NACOS, List.of("127.0.0.1:1"), "", Map.of(), true), "a.yaml", Map.of(),
            "there is no Secret");

    @Test
    void registriesOfOneNameInTwoClustersAreTwo() {
        try (RuleTexts texts = new RuleTexts()) {
            texts.follow(new RuleFeed.Text("default/nacos@east", "G", "flow"), _ -> List.of());
            texts.configure(Kinds.registry("default", "nacos"), UNUSABLE);
            assertThat(texts.problems()).singleElement().satisfies(problem -> {
                assertThat(problem.resource()).isEqualTo(Kinds.registry("default", "nacos").in("east"));
                assertThat(problem.what()).endsWith("there is no Registry default/nacos@east");
            });
            texts.configure(Kinds.registry("default", "nacos").in("east"), UNUSABLE);
            assertThat(texts.problems()).singleElement()
                    .satisfies(problem -> assertThat(problem.what()).endsWith("there is no Secret"));
        }
    }
}
