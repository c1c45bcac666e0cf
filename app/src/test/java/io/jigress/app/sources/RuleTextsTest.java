package io.jigress.app.sources;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.jigress.api.Json;
import io.jigress.control.RegistrySettings;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Registry;
import io.jigress.sentinel.RuleFeed;
import io.jigress.sources.registry.TextClient;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RuleTextsTest {
    private static final RegistrySettings UNUSABLE = new RegistrySettings(
            new Registry(Registry.Type.NACOS, List.of("127.0.0.1:1"), "", Map.of(), true), "a.yaml", Map.of(),
            "there is no Secret");

    private static final RegistrySettings USABLE = new RegistrySettings(
            new Registry(Registry.Type.NACOS, List.of("127.0.0.1:1"), "", Map.of(), true), "a.yaml", Map.of(), "");

    /// Delivers texts when the test says so.
    private static final class Scripted implements TextClient {
        private final Map<String, Listener> listeners = new HashMap<>();

        @Override
        public void follow(String group, String dataId, Listener listener) {
            listeners.put(dataId, listener);
        }

        @Override
        public void unfollow(String group, String dataId) {}

        @Override
        public void close() {}

        void deliver(String dataId, String text) {
            Objects.requireNonNull(listeners.get(dataId)).text(text);
        }
    }

    @Test
    void aListWithAMistakeIsLoggedOnceUntilItIsMended() {
        Logger logger = (Logger) LoggerFactory.getLogger(RuleTexts.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        Scripted client = new Scripted();
        try (RuleTexts texts = new RuleTexts(_ -> client)) {
            texts.configure(Kinds.registry("default", "nacos"), USABLE);
            texts.follow(new RuleFeed.Text("default/nacos", "G", "flow"), json -> json.equals(Json.Arr.EMPTY)
                    ? List.of()
                    : List.of("flowRules[0].count is -1"));
            client.deliver("flow", "[1]");
            client.deliver("flow", "[1]");
            assertThat(lines.list).singleElement()
                    .satisfies(line -> assertThat(line.getFormattedMessage())
                            .contains("Registry default/nacos", "data id flow of group G has errors: flowRules[0].count is -1"));
            client.deliver("flow", "[]");
            client.deliver("flow", "[1");
            assertThat(lines.list).hasSize(2);
            assertThat(lines.list.getLast().getFormattedMessage()).contains("is not JSON");
        } finally {
            logger.detachAppender(lines);
        }
    }

    @Test
    void theFaultsOfAListenerEndWithIt() {
        Scripted client = new Scripted();
        try (RuleTexts texts = new RuleTexts(_ -> client)) {
            texts.configure(Kinds.registry("default", "nacos"), USABLE);
            RuleFeed.Text text = new RuleFeed.Text("default/nacos", "G", "flow");
            texts.follow(text, _ -> List.of());
            RuleFeed.Subscription refusing = texts.follow(text, _ -> List.of("flowRules[0] is not for this gateway"));
            client.deliver("flow", "[1]");
            assertThat(texts.problems()).singleElement()
                    .satisfies(problem -> assertThat(problem.what()).contains("is not for this gateway"));
            refusing.close();
            assertThat(texts.problems()).isEmpty();
        }
    }

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
