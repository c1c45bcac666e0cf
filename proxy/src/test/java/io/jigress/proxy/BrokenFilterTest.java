package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HttpFilter;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.api.Services;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What happens to requests whose filter cannot be instantiated.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class BrokenFilterTest {

    enum Fault {
        EXCEPTION(() -> {
            throw new IllegalStateException("no such list");
        }),
        MISSING_CLASS(() -> {
            throw new NoClassDefFoundError("com/example/Gone");
        }),
        NULL(() -> null);

        private final Supplier<HttpFilter> create;

        Fault(Supplier<HttpFilter> create) {
            this.create = create;
        }
    }

    /// @param tries how often it was to be made
    private record Broken(boolean protects, Fault fault, AtomicInteger tries) implements FilterFactory<Boolean> {
        Broken(boolean protects, Fault fault) {
            this(protects, fault, new AtomicInteger());
        }

        @Override
        public String name() {
            return "broken";
        }

        @Override
        public FilterPhase phase() {
            return FilterPhase.LIMIT;
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public Boolean parse(JsonReader config) {
            return true;
        }

        @Override
        public CompletionStage<PreparedFilter> prepare(Boolean config) {
            return CompletableFuture.completedFuture((Services _) -> {
                tries.incrementAndGet();
                return fault.create.get();
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFilterThatCannotBeMadeIs500AndTheConnectionGoesOn(Fault fault) {
        answersWith(500, new Broken(false, fault));
    }

    @ParameterizedTest
    @EnumSource
    void aProtectingFilterThatCannotBeMadeIs503AndTheConnectionGoesOn(Fault fault) {
        answersWith(503, new Broken(true, fault));
    }

    private static void answersWith(int status, Broken filter) {
        try (TestUpstream a = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", a.address()).known(filter)
                        .route(GatewayUnderTest.with(GatewayUnderTest.forward("closed", "/closed", "a"), filter))
                        .route(GatewayUnderTest.forward("open", "/open", "a")).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                ReceivedResponse response = client.request("POST", "/closed", new byte[10]);
                assertThat(response.status()).isEqualTo(status);
                assertThat(client.request("GET", "/open").text()).isEqualTo("a");
            }
            GatewayUnderTest.await(() -> gateway.gateway().faults().size() == 1, () -> "a fault");
            assertThat(gateway.gateway().faults().getFirst()).startsWith("Plugin test/broken: ").contains("" + status);

            assertThat(filter.tries.get()).as("an event loop tries it again after a minute").isEqualTo(1);
            gateway.delete("closed");
            assertThat(client.request("GET", "/closed").status()).isEqualTo(404);
        }
    }

    @Test
    void aFilterThatFailsToReadItsConfigurationIsAFault() {
        FilterFactory<Boolean> filter = new FilterFactory<>() {
            @Override
            public String name() {
                return "unreadable";
            }

            @Override
            public FilterPhase phase() {
                return FilterPhase.LIMIT;
            }

            @Override
            public int priority() {
                return 0;
            }

            @Override
            public Boolean parse(JsonReader config) {
                throw new IllegalStateException("parse");
            }

            @Override
            public boolean protects() {
                throw new IllegalStateException("protects");
            }

            @Override
            public CompletionStage<PreparedFilter> prepare(Boolean config) {
                throw new AssertionError();
            }
        };
        try (TestUpstream a = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", a.address()).known(filter)
                        .route(GatewayUnderTest.forward("open", "/open", "a")).start()) {
            gateway.apply(GatewayUnderTest.with(GatewayUnderTest.forward("closed", "/closed", "a"), filter));
            assertThat(TestClient.get(gateway.port(), "/closed").status()).isEqualTo(503);
            assertThat(TestClient.get(gateway.port(), "/open").status()).isEqualTo(200);
            assertThat(gateway.gateway().faults()).singleElement().asString().contains("Plugin test/unreadable", "parse");
        }
    }
}
