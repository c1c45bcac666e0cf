package io.jigress.proxy;

import static io.jigress.proxy.GatewayUnderTest.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.config.FilterSpec;
import io.jigress.config.RouteAction.Forward;
import io.jigress.config.RouteAction.Redirect;
import io.jigress.config.RouteAction.Rewrite;
import io.jigress.config.RouteAction.WeightedCluster;
import io.jigress.testkit.NoLeaks;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The cluster of a request, as filters see it before the request goes there.
@ExtendWith(NoLeaks.class)
class TargetClusterTest {
    private static final HeaderName MARK = HeaderName.of("x-mark");

    /// Collects the names, in the order of the requests.
    private static final class Seeing implements HttpFilter {
        private final List<@Nullable String> seen = new ArrayList<>();

        @Override
        public FilterDecision onRequestHead(Exchange exchange) {
            String first = exchange.clusterName();
            seen.add(first);
            assertThat(exchange.clusterName()).isEqualTo(first);
            return FilterDecision.CONTINUE;
        }
    }

    private static final class Marking implements HttpFilter {
        @Override
        public FilterDecision onRequestHead(Exchange exchange) {
            exchange.request().headers().add(MARK, "of " + exchange.clusterName());
            return FilterDecision.CONTINUE;
        }
    }

    private static WeightedCluster weighted(String cluster, FilterSpec... filters) {
        return new WeightedCluster(cluster, 1, List.of(filters));
    }

    @Test
    void isTheOneThatTheRequestGoesTo() {
        Seeing seeing = new Seeing();
        try (TestUpstream a = TestUpstream.named("a");
                TestUpstream b = TestUpstream.named("b");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", a.address()).cluster("b", b.address())
                        .route(route("all", "/", new Forward(List.of(weighted("a"), weighted("b")), Rewrite.NONE)))
                        .filters(TestFilter.of(seeing)).start();
                TestClient client = gateway.connect()) {
            List<String> answered = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                answered.add("Backend test/" + client.request("GET", "/").text());
            }
            assertThat(seeing.seen).isEqualTo(answered);
            assertThat(answered).contains("Backend test/a", "Backend test/b");
        }
    }

    @Test
    void theFiltersOfATargetRunWhenOneOfTheRouteHasAskedForItsName() {
        TestFilter seeing = TestFilter.of(new Seeing());
        TestFilter marking = new TestFilter("marking", seeing.phase(), new Marking());
        try (TestUpstream a = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.setup().known(marking).cluster("a", a.address())
                        .filters(seeing)
                        .route(route("all", "/",
                                new Forward(List.of(weighted("a", GatewayUnderTest.spec(marking, 0))), Rewrite.NONE)))
                        .start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").text()).isEqualTo("a");
            assertThat(a.lastRequest().headers().all("x-mark")).containsExactly("of Backend test/a");
        }
    }

    @Test
    void isUnknownWhereTheRouteForwardsToNone() {
        Seeing seeing = new Seeing();
        try (GatewayUnderTest gateway = GatewayUnderTest.setup().route(route("all", "/", new Redirect(302, "https", null, null, null)))
                .filters(TestFilter.of(seeing)).start();
                TestClient client = gateway.connect()) {
            client.request("GET", "/");
            assertThat(seeing.seen).containsExactly((String) null);
        }
    }
}
