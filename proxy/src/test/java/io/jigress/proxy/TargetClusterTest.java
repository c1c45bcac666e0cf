package io.jigress.proxy;

import static io.jigress.proxy.GatewayUnderTest.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.EndpointFacts;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.api.IpLiteral;
import io.jigress.config.FilterSpec;
import io.jigress.config.RouteAction.Forward;
import io.jigress.config.RouteAction.Redirect;
import io.jigress.config.RouteAction.Rewrite;
import io.jigress.config.RouteAction.WeightedCluster;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The cluster of a request and its endpoints, as filters see them before the request goes there, and the choice of one.
@ExtendWith(NoLeaks.class)
class TargetClusterTest {
    private static final HeaderName MARK = HeaderName.of("x-mark");
    private static final HeaderName TO = HeaderName.of("x-to");
    private static final HeaderName STRICT = HeaderName.of("x-strict");

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
        try (GatewayUnderTest gateway = GatewayUnderTest.setup()
                .route(route("all", "/", new Redirect(302, "https", null, null, null)))
                .filters(TestFilter.of(seeing)).start();
                TestClient client = gateway.connect()) {
            client.request("GET", "/");
            assertThat(seeing.seen).containsExactly((String) null);
        }
    }

    // ---- endpoints

    /// Chooses the endpoint that the request names in `x-to`, strictly with `x-strict`.
    private static final class Choosing implements HttpFilter {
        private List<InetSocketAddress> seen = List.of();
        private final List<Boolean> late = new ArrayList<>();

        @Override
        public FilterDecision onRequestHead(Exchange exchange) {
            seen = exchange.endpoints().stream().map(EndpointFacts::address).toList();
            String to = exchange.request().headers().first(TO);
            InetSocketAddress address = to == null ? null : IpLiteral.withPort(to);
            if (address != null) {
                exchange.overrideEndpoint(address, exchange.request().headers().contains(STRICT));
            }
            return FilterDecision.CONTINUE;
        }

        @Override
        public FilterDecision onResponseHead(Exchange exchange) {
            late.add(exchange.overrideEndpoint(InetSocketAddress.createUnresolved("late", 1), true));
            return FilterDecision.CONTINUE;
        }
    }

    private static String text(TestUpstream upstream) {
        return upstream.address().getAddress().getHostAddress() + ":" + upstream.port();
    }

    @Test
    void aFilterChoosesTheEndpoint() {
        Choosing choosing = new Choosing();
        try (TestUpstream a = TestUpstream.named("a");
                TestUpstream b = TestUpstream.named("b");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("all", a.address(), b.address())
                        .route(GatewayUnderTest.forward("all", "/", "all")).filters(TestFilter.of(choosing)).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 10; i++) {
                assertThat(client.request("GET", "/", "x-to: " + text(b)).text()).isEqualTo("b");
            }
            assertThat(choosing.seen).containsExactly(a.address(), b.address());
            assertThat(choosing.late).containsOnly(false);
            assertThat(List.of(client.request("GET", "/").text(), client.request("GET", "/").text()))
                    .as("the choice was for one request").containsExactlyInAnyOrder("a", "b");
        }
    }

    @Test
    void withoutThatEndpointAnotherIsPickedOrTheRequestFails() {
        try (TestUpstream a = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("all", a.address())
                        .route(GatewayUnderTest.forward("all", "/", "all")).filters(TestFilter.of(new Choosing())).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/", "x-to: 192.0.2.1:80").text()).isEqualTo("a");
            ReceivedResponse refused = client.request("GET", "/", "x-to: 192.0.2.1:80", "x-strict: 1");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(a.requests()).hasSize(1);
        }
    }

    @Test
    void aRetryGoesToAnotherEndpointThanTheChosenOne() throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        InetSocketAddress refusing = new InetSocketAddress(InetAddress.getLoopbackAddress(), closed);
        try (TestUpstream a = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("all", a.address(), refusing)
                        .route(GatewayUnderTest.forward("all", "/", "all")).filters(TestFilter.of(new Choosing())).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/", "x-to: 127.0.0.1:" + closed, "x-strict: 1").text()).isEqualTo("a");
        }
    }
}
