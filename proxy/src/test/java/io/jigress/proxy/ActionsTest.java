package io.jigress.proxy;

import static io.jigress.proxy.GatewayUnderTest.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HttpFilter;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteAction.Forward;
import io.jigress.config.RouteAction.PathRewrite.ReplaceFull;
import io.jigress.config.RouteAction.PathRewrite.ReplacePrefix;
import io.jigress.config.RouteAction.Rewrite;
import io.jigress.config.RouteAction.WeightedCluster;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(NoLeaks.class)
class ActionsTest {

    @Test
    void weightsDivideTheRequests() {
        try (TestUpstream a = TestUpstream.named("a");
                TestUpstream b = TestUpstream.named("b");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", a.address()).cluster("b", b.address())
                        .route(route("all", "/",
                                new Forward(List.of(weighted("a", 3), weighted("b", 1), weighted("none", 0)), Rewrite.NONE)))
                        .start();
                TestClient client = gateway.connect()) {
            int toA = 0;
            for (int i = 0; i < 400; i++) {
                ReceivedResponse response = client.request("GET", "/");
                assertThat(response.status()).isEqualTo(200);
                toA += response.text().equals("a") ? 1 : 0;
            }
            assertThat(toA).isBetween(300 - 50, 300 + 50);
        }
    }

    @Test
    void aBrokenReferenceDrawsItsShareOf500() {
        try (TestUpstream a = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", a.address())
                        .route(route("all", "/", new Forward(List.of(weighted("a", 1), weighted("gone", 1)), Rewrite.NONE)))
                        .route(route("zero", "/zero", new Forward(List.of(weighted("a", 0)), Rewrite.NONE))).start();
                TestClient client = gateway.connect()) {
            int broken = 0;
            for (int i = 0; i < 200; i++) {
                broken += client.request("GET", "/").status() == 500 ? 1 : 0;
            }
            assertThat(broken).isBetween(60, 140);
            assertThat(client.request("GET", "/zero").status()).isEqualTo(500);
        }
    }

    private static WeightedCluster weighted(String cluster, int weight) {
        return new WeightedCluster(cluster, weight, List.of());
    }

    @ParameterizedTest
    @CsvSource({"/a/x?q=1, https://shop.example/a/x?q=1", "/a, https://shop.example/a"})
    void aRedirectChangesTheScheme(String target, String location) {
        redirects(new RouteAction.Redirect(301, "https", null, null, null), target, location, 301);
    }

    @Test
    void aRedirectChangesHostPortAndPath() {
        redirects(new RouteAction.Redirect(302, "http", "new.example", 81, new ReplaceFull("/b")), "/a/x?q=1",
                "http://new.example:81/b?q=1", 302);
    }

    @ParameterizedTest
    @CsvSource({"/a/x, http://shop.example/b/x", "/a, http://shop.example/b", "/a/, http://shop.example/b/"})
    void aRedirectReplacesThePrefix(String target, String location) {
        redirects(new RouteAction.Redirect(308, "http", null, null, new ReplacePrefix("/b")), target, location, 308);
    }

    private static final RouteAction.Redirect MOVED = new RouteAction.Redirect(302, null, null, null, new ReplacePrefix("/b"));

    /// A redirect without a scheme and a port keeps those by which the client reached the listener.
    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {"shop.example, -, -, http://shop.example:8042/b",
        "shop.example:, -, -, http://shop.example:8042/b",
        "shop.example:9999, -, -, http://shop.example:8042/b", "'[::1]:9', -, -, http://[::1]:8042/b",
        "Shop.Example., -, -, http://shop.example:8042/b", "shop.example, https, 443, https://shop.example/b",
        "shop.example, https, 8443, https://shop.example:8443/b", "shop.example:8443, https, -, https://shop.example:8443/b",
        "shop.example, HTTPS, -, https://shop.example/b", "shop.example, http, 80, http://shop.example/b",
        "shop.example, gopher, 70, http://shop.example:8042/b", "shop.example, https, x, https://shop.example/b",
        "shop.example, https, 99999, https://shop.example/b"})
    void aRedirectKeepsSchemeAndPortOfTheListenerOrOfATrustedProxy(String host, String proto, String port, String location) {
        try (GatewayUnderTest gateway = GatewayUnderTest.setup().trusted("127.0.0.0/8").publicPort(8042)
                .route(route("all", "/a", MOVED)).start();
                TestClient client = gateway.connect()) {
            List<String> fields = new ArrayList<>(List.of("host: " + host));
            if (proto != null) {
                fields.add("x-forwarded-proto: " + proto);
            }
            if (port != null) {
                fields.add("x-forwarded-port: " + port);
            }
            assertThat(client.request("GET", "/a", fields.toArray(String[]::new)).headers().first("location"))
                    .isEqualTo(location);
        }
    }

    @Test
    void aProxyThatIsNotTrustedHasNoSayInARedirect() {
        try (GatewayUnderTest gateway = GatewayUnderTest.setup().publicPort(80).route(route("all", "/a", MOVED)).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/a", "host: shop.example", "x-forwarded-proto: https", "x-forwarded-port: 8443")
                    .headers()
                    .first("location")).isEqualTo("http://shop.example/b");
        }
    }

    @ParameterizedTest
    @CsvSource({"/a?, https://shop.example/a?", "/a?x, https://shop.example/a?x"})
    void aRedirectKeepsTheQueryAlsoWhenItIsEmpty(String target, String location) {
        redirects(new RouteAction.Redirect(301, "https", null, null, null), target, location, 301);
    }

    private static void redirects(RouteAction.Redirect redirect, String target, String location, int status) {
        try (GatewayUnderTest gateway = GatewayUnderTest.setup().route(route("all", "/a", redirect)).start();
                TestClient client = gateway.connect()) {
            ReceivedResponse response = client.request("GET", target, "host: shop.example");
            assertThat(response.status()).isEqualTo(status);
            assertThat(response.headers().first("location")).isEqualTo(location);
            assertThat(response.headers().first("content-length")).isEqualTo("0");
            client.assertOpen();
        }
    }

    @Test
    void aFixedReplyIsSentAndABodyThatNobodyReadsIsDropped() {
        try (GatewayUnderTest gateway = GatewayUnderTest.setup()
                .route(route("all", "/", new RouteAction.Reply(503, "text/html", "<p>later", "maintenance"))).start();
                TestClient client = gateway.connect()) {
            ReceivedResponse response = client.request("POST", "/", new byte[1000]);
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.text()).isEqualTo("<p>later");
            assertThat(client.request("HEAD", "/").headers().first("content-length")).isEqualTo("8");
            assertThat(client.request("GET", "/").status()).isEqualTo(503);
        }
    }

    @ParameterizedTest
    @CsvSource({"/a, /b, /a/x?q=1, /b/x?q=1", "/a, /b, /a, /b", "/a, /b/, /a/x, /b/x", "/a, /, /a/x, /x", "/a, /, /a, /",
        "/a/, /b, /a/x, /b/x", "/, /b, /x, /b/x",
        "/a, /longer/than/before, /a/x?q=1, /longer/than/before/x?q=1"})
    void aPrefixIsReplaced(String prefix, String replacement, String target, String upstreamTarget) {
        assertThat(forwarded(prefix, new Rewrite(null, new ReplacePrefix(replacement)), target).target())
                .isEqualTo(upstreamTarget);
    }

    /// A filter has changed the path after the match. The prefix that the route matched is replaced; if the path no longer begins with it, nothing is.
    @ParameterizedTest
    @CsvSource({"/other/thing?q=1, /other/thing?q=1", "/a/filtered, /b/filtered", "/abc, /abc", "/, /"})
    void aPrefixThatAFilterHasTakenAwayIsNotCut(String filtered, String upstreamTarget) {
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                exchange.request().target(filtered);
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", upstream.address())
                        .route(route("all", "/a",
                                new Forward(List.of(weighted("a", 1)), new Rewrite(null, new ReplacePrefix("/b")))))
                        .filters(TestFilter.of(filter)).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/a/x").status()).isEqualTo(200);
            assertThat(upstream.lastRequest().target()).isEqualTo(upstreamTarget);
        }
    }

    @Test
    void aLongTargetIsRewritten() {
        String long70 = "x".repeat(70 * 1024);
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", upstream.address())
                        .heads(new HeadLimits(1 << 20, 1 << 20, 1 << 20, 100))
                        .route(route("all", "/a",
                                new Forward(List.of(weighted("a", 1)), new Rewrite("inside.example", new ReplacePrefix("/b")))))
                        .start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/./a/" + long70).status()).isEqualTo(200);
            assertThat(upstream.lastRequest().target()).isEqualTo("/b/" + long70);
        }
    }

    @Test
    void aPathIsReplacedAndTheQueryStays() {
        assertThat(forwarded("/a", new Rewrite(null, new ReplaceFull("/b")), "/a/x?q=1").target()).isEqualTo("/b?q=1");
    }

    @Test
    void aHostIsReplacedAndTheOldOneIsForwarded() {
        ReceivedRequest seen = forwarded("/a", new Rewrite("inside.example", null), "/a");
        assertThat(seen.headers().all("host")).containsExactly("inside.example");
        assertThat(seen.headers().first("x-forwarded-host")).isEqualTo("shop.example");
    }

    private static ReceivedRequest forwarded(String prefix, Rewrite rewrite, String target) {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("a", upstream.address())
                        .route(route("all", prefix, new Forward(List.of(weighted("a", 1)), rewrite))).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", target, "host: shop.example", "x-a: b").status()).isEqualTo(200);
            ReceivedRequest seen = upstream.lastRequest();
            assertThat(seen.headers().first("x-a")).isEqualTo("b");
            return seen;
        }
    }
}
