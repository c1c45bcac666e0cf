package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.config.Route;
import io.jigress.config.RouteAction;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// A filter that needs time to get ready delays the routes that use it, and nothing else.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class SlowFilterTest {
    private static final HeaderName MARK = HeaderName.of("x-mark");
    private static final HttpFilter MARKING = new HttpFilter() {
        @Override
        public FilterDecision onRequestHead(Exchange exchange) {
            exchange.request().headers().set(MARK, "seen");
            return FilterDecision.CONTINUE;
        }
    };

    private final TestUpstream upstream = TestUpstream.named("up");

    @AfterEach
    void close() {
        upstream.close();
    }

    private GatewayUnderTest start(SlowFilter filter) {
        return GatewayUnderTest.to(upstream).known(filter).start();
    }

    private static ReceivedResponse until(TestClient client, String path, Predicate<ReceivedResponse> wanted) {
        ReceivedResponse response = client.request("GET", path);
        while (!wanted.test(response)) {
            response = client.request("GET", path);
        }
        return response;
    }

    private boolean marked() {
        return upstream.lastRequest().headers().contains("x-mark");
    }

    @Test
    void aRouteServesAsItDidUntilItsFilterIsReady() {
        SlowFilter filter = SlowFilter.protecting(MARKING);
        try (GatewayUnderTest gateway = start(filter); TestClient client = gateway.connect()) {
            assertThat(gateway.apply(GatewayUnderTest.with(GatewayUnderTest.forward("all", "/", "up"), filter)).waiting())
                    .isEqualTo(1);
            gateway.apply(GatewayUnderTest.route("other", "/other", new RouteAction.Reply(200, "text/plain", "other", "other")));
            assertThat(client.request("GET", "/other").text()).as("another change goes live").isEqualTo("other");
            assertThat(client.request("GET", "/").status()).isEqualTo(200);
            assertThat(marked()).isFalse();
            filter.ready();
            until(client, "/", response -> response.status() == 200 && marked());
            assertThat(gateway.gateway().faults()).isEmpty();
        }
    }

    @Test
    void aFirstRouteAnswers503UntilItsFilterIsReadyAndNoOtherRouteGetsItsRequests() {
        SlowFilter filter = SlowFilter.protecting(MARKING);
        Route secret = GatewayUnderTest.with(GatewayUnderTest.forward("secret", "/secret", "up"), filter);
        try (GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("up", upstream.address()).known(filter)
                .route(GatewayUnderTest.forward("all", "/", "up")).route(secret).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/secret").status()).isEqualTo(503);
            assertThat(upstream.requests()).isEmpty();
            assertThat(gateway.gateway().waiting()).isEqualTo(1);
            assertThat(client.request("GET", "/").status()).isEqualTo(200);
            filter.ready();
            until(client, "/secret", response -> response.status() == 200);
            assertThat(marked()).isTrue();
            assertThat(gateway.gateway().waiting()).isZero();
        }
    }

    @Test
    void aFirstRouteThatIsChangedOrDeletedBeforeItsFilterIsReadyIsClosedWhereItIs() {
        SlowFilter filter = SlowFilter.protecting(MARKING);
        try (GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("up", upstream.address()).known(filter)
                .route(GatewayUnderTest.with(GatewayUnderTest.forward("secret", "/secret", "up"), filter)).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/secret").status()).isEqualTo(503);
            gateway.apply(GatewayUnderTest.with(GatewayUnderTest.forward("secret", "/private", "up"), filter));
            assertThat(client.request("GET", "/secret").status()).isEqualTo(404);
            assertThat(client.request("GET", "/private").status()).isEqualTo(503);
            gateway.delete("secret");
            assertThat(client.request("GET", "/private").status()).isEqualTo(404);
            filter.ready();
            assertThat(client.request("GET", "/private").status()).isEqualTo(404);
        }
    }

    @Test
    void aNewRouteIsNotLiveUntilItsFilterIsReady() {
        SlowFilter filter = SlowFilter.protecting(MARKING);
        try (GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("up", upstream.address()).known(filter)
                .route(GatewayUnderTest.forward("other", "/other", "up")).start();
                TestClient client = gateway.connect()) {
            gateway.apply(GatewayUnderTest.with(GatewayUnderTest.forward("secret", "/secret", "up"), filter));
            assertThat(client.request("GET", "/secret").status()).isEqualTo(404);
            filter.ready();
            until(client, "/secret", response -> response.status() == 200);
            assertThat(upstream.requests()).allMatch(request -> request.headers().contains("x-mark"));
        }
    }

    @Test
    void aProtectingFilterThatFailsClosesItsRouteAndIsAFault() {
        SlowFilter filter = SlowFilter.protecting(MARKING);
        Route route = GatewayUnderTest.with(GatewayUnderTest.forward("all", "/", "up"), filter);
        try (GatewayUnderTest gateway = start(filter); TestClient client = gateway.connect()) {
            gateway.apply(route);
            assertThat(client.request("GET", "/").status()).isEqualTo(200);
            filter.prepared().completeExceptionally(new IOException("the download broke off"));
            until(client, "/", response -> response.status() == 503);
            assertThat(gateway.gateway().faults()).singleElement().asString().contains("Plugin test/slow",
                    "the download broke off");

            gateway.apply(GatewayUnderTest.forward("all", "/", "up"));
            assertThat(client.request("GET", "/").status()).isEqualTo(200);
            assertThat(gateway.gateway().faults()).isEmpty();
        }
    }

    @Test
    void anotherFilterThatFailsIsLeftOutAndIsAFault() {
        SlowFilter filter = SlowFilter.optional(MARKING);
        try (GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("up", upstream.address()).known(filter)
                .route(GatewayUnderTest.forward("other", "/other", "up")).start();
                TestClient client = gateway.connect()) {
            gateway.apply(GatewayUnderTest.with(GatewayUnderTest.forward("new", "/", "up"), filter));
            assertThat(client.request("GET", "/").status()).isEqualTo(404);
            filter.prepared().completeExceptionally(new IOException("the download broke off"));
            until(client, "/", response -> response.status() == 200);
            assertThat(marked()).isFalse();
            assertThat(gateway.gateway().faults()).singleElement().asString().contains("the download broke off");
        }
    }
}
