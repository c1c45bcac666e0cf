package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HttpFilter;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.config.Route;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A change that is interrupted by a bug of the program.
@Timeout(60)
class FailedApplyTest {
    private final AtomicBoolean broken = new AtomicBoolean();
    /// Throws an exception that a filter should not throw.
    private final FilterFactory<Boolean> filter = new FilterFactory<>() {
        @Override
        public String name() {
            return "test";
        }

        @Override
        public FilterPhase phase() {
            return FilterPhase.TRANSFORM;
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public Boolean parse(JsonReader config) {
            if (broken.get()) {
                throw new AssertionError("an interruption");
            }
            return true;
        }

        @Override
        public CompletionStage<PreparedFilter> prepare(Boolean config) {
            return CompletableFuture.completedFuture(_ -> new HttpFilter() {});
        }
    };

    @Test
    void isNotLiveInPartAndIsAppliedAsAWholeTheNextTime() {
        try (TestUpstream a = TestUpstream.named("a");
                TestUpstream b = TestUpstream.named("b");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", a.address()).known(filter)
                        .route(GatewayUnderTest.forward("gone", "/gone", "a"))
                        .route(GatewayUnderTest.forward("moved", "/here", "a"))
                        .route(GatewayUnderTest.forward("kept", "/kept", "a")).start()) {
            PersistentMap<String, Route> routes = PersistentMap.<String, Route>empty()
                    .with("moved", GatewayUnderTest.forward("moved", "/there", "b"))
                    .with("kept", GatewayUnderTest.forward("kept", "/kept", "b"));
            for (int i = 0; i < 20; i++) {
                String id = "new-" + i;
                routes = routes.with(id, GatewayUnderTest.with(GatewayUnderTest.forward(id, "/" + id, "b"), filter));
            }
            Listener listener = GatewayUnderTest.listener(GatewayUnderTest.LISTENER, 0, routes);
            GatewayConfig next = GatewayConfig.EMPTY.with(listener)
                    .with(GatewayUnderTest.cluster("b", ConnectionLimits.DEFAULT, b.address()));

            broken.set(true);
            assertThatThrownBy(() -> gateway.apply(_ -> next)).hasMessage("an interruption");
            assertThatThrownBy(() -> gateway.apply(_ -> next)).as("it is tried again").hasMessage("an interruption");
            assertThat(answers(gateway, "/gone", "/here", "/there", "/kept", "/new-0")).isEqualTo("a a 404 a 404");

            assertThat(gateway.metric("jigress_config_apply_failures_total")).isEqualTo(2);

            broken.set(false);
            gateway.apply(_ -> next);
            assertThat(answers(gateway, "/gone", "/here", "/there", "/kept", "/new-0")).isEqualTo("404 404 b b b");
            assertThat(gateway.gateway().faults()).isEmpty();
            assertThat(gateway.gateway().filtersInUse()).isOne();
        }
    }

    private static String answers(GatewayUnderTest gateway, String... paths) {
        StringBuilder all = new StringBuilder();
        for (String path : paths) {
            var response = TestClient.get(gateway.port(), path);
            all.append(response.status() == 200 ? response.text() : Integer.toString(response.status())).append(' ');
        }
        return all.toString().strip();
    }
}
