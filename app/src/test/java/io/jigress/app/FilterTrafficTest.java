package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The built-in filters in live traffic, configured by Plugin objects.
class FilterTrafficTest {
    private static final String SCENE = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main}
            spec:
              gatewayClassName: jigress
              listeners:
                - {name: web, port: 8080, protocol: HTTP}
                - {name: side, port: 8081, protocol: HTTP}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: shop}
            spec:
              parentRefs: [{name: main}]
              hostnames: [shop.example]
              rules:
                - name: cart
                  matches: [{path: {value: /cart}}]
                  backendRefs: [{name: all, port: 80}]
                - backendRefs: [{name: all, port: 80}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: blog}
            spec:
              parentRefs: [{name: main, sectionName: web}]
              hostnames: [blog.example]
              rules:
                - backendRefs: [{name: all, port: 80}]
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: legacy}
            spec:
              rules:
                - host: legacy.example
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: all, port: {number: 80}}}}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: all}
            spec: {ports: [{port: 80}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: all-1, labels: {kubernetes.io/service-name: all}}
            addressType: IPv4
            ports: [{port: %d}]
            endpoints: [{addresses: [127.0.0.1]}]
            """;

    private TestUpstream upstream;
    private TestGateway gateway;

    @BeforeEach
    void start() {
        upstream = TestUpstream.answering("""
                HTTP/1.1 200 OK\r
                content-length: 2\r
                server: upstream\r
                access-control-allow-origin: https://upstream.example\r
                \r
                ok""");
        gateway = start(Map.of());
    }

    /// Ingresses have a port of their own here, so that they share no host with the Gateway.
    private TestGateway start(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("ports.http", "8090");
        TestGateway started = TestGateway.start(all).apply(SCENE.formatted(upstream.port()));
        assertThat(started.problems()).isEmpty();
        return started;
    }

    private void restart(Map<String, String> settings) {
        gateway.close();
        gateway = start(settings);
    }

    @AfterEach
    void stop() {
        gateway.close();
        upstream.close();
    }

    /// A destination of requests in the test's configuration.
    private enum Place {
        CART(8080, "shop.example", "/cart"),
        SHOP(8080, "shop.example", "/"),
        BLOG(8080, "blog.example", "/"),
        SIDE_CART(8081, "shop.example", "/cart"),
        LEGACY(8090, "legacy.example", "/");

        private final int port;
        private final String host;
        private final String target;

        Place(int port, String host, String target) {
            this.port = port;
            this.host = host;
            this.target = target;
        }
    }

    private ReceivedResponse send(Place place, String method, String... headers) {
        String[] all = Stream.concat(Stream.of("host: " + place.host), Stream.of(headers)).toArray(String[]::new);
        try (TestClient client = TestClient.connect(gateway.port(place.port))) {
            return client.request(method, place.target, all);
        }
    }

    private ReceivedResponse get(Place place, String... headers) {
        return send(place, "GET", headers);
    }

    /// @param target as in `targetRefs`, or empty for none
    private static String plugin(String name, String filter, String target, String config) {
        return """
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: %s}
                spec:
                  name: %s
                  targetRefs: [%s]
                  config: %s
                """.formatted(name, filter, target, config);
    }

    private void attach(String name, String filter, String target, String config) {
        gateway.apply(plugin(name, filter, target, config));
        assertThat(gateway.problems()).isEmpty();
    }

    // --- Where a Plugin may be attached ------------------------------------------------------------------------------

    private record Attachment(String target, Set<Place> places) {}

    private static final Map<String, Attachment> ATTACHMENTS = Map.of(
            "Gateway", new Attachment("{kind: Gateway, name: main}",
                    EnumSet.of(Place.CART, Place.SHOP, Place.BLOG, Place.SIDE_CART)),
            "listener", new Attachment("{kind: Gateway, name: main, sectionName: web}",
                    EnumSet.of(Place.CART, Place.SHOP, Place.BLOG)),
            "HTTPRoute", new Attachment("{kind: HTTPRoute, name: shop}", EnumSet.of(Place.CART, Place.SHOP, Place.SIDE_CART)),
            "rule", new Attachment("{kind: HTTPRoute, name: shop, sectionName: cart}", EnumSet.of(Place.CART, Place.SIDE_CART)),
            "Ingress", new Attachment("{kind: Ingress, name: legacy}", EnumSet.of(Place.LEGACY)));

    private interface Probe {
        /// Whether requests to a destination pass the filter.
        boolean filtered(FilterTrafficTest test, Place place);
    }

    private record Filter(String config, Probe probe) {}

    private static final Map<String, Filter> FILTERS = Map.of(
            "header-modifier", new Filter("{response: {set: [{name: x-seen, value: here}]}}",
                    (test, place) -> test.get(place).headers().contains("x-seen")),
            "cors", new Filter("{allow_origins: ['https://page.example']}",
                    (test, place) -> "https://page.example".equals(test.get(place, "origin: https://page.example").headers()
                            .first("access-control-allow-origin"))),
            "ip-restriction", new Filter("{deny: [127.0.0.1]}", (test, place) -> test.get(place).status() == 403),
            "key-rate-limit", new Filter("{limit_by_per_route: true, limit_keys: [{key: '*', query_per_day: 1}]}",
                    (test, place) -> Stream.of(test.get(place), test.get(place)).toList().getLast().status() == 429));

    @TestFactory
    Stream<DynamicTest> aPluginHoldsForItsTargetAndNothingElse() {
        return FILTERS.entrySet().stream().flatMap(filter -> ATTACHMENTS.entrySet().stream().map(attachment -> DynamicTest
                .dynamicTest(filter.getKey() + " at " + attachment.getKey(), () -> {
                    attach("it", filter.getKey(), attachment.getValue().target, filter.getValue().config);
                    Set<Place> filtered = EnumSet.noneOf(Place.class);
                    for (Place place : Place.values()) {
                        if (filter.getValue().probe.filtered(this, place)) {
                            filtered.add(place);
                        } else {
                            assertThat(get(place).status()).as(place.name()).isEqualTo(200);
                        }
                    }
                    gateway.delete(plugin("it", filter.getKey(), "", "{}"));
                    assertThat(filtered).isEqualTo(attachment.getValue().places);
                    assertThat(get(Place.CART).status()).as("without the Plugin").isEqualTo(200);
                })));
    }

    @Test
    void aListenersFiltersSeeRequestsThatNoRouteTakes() {
        attach("seen", "header-modifier", "{kind: Gateway, name: main}", "{response: {set: [{name: x-seen, value: here}]}}");

        ReceivedResponse response = TestClient.get(gateway.port(8080), "/", "host: nobody.example");

        assertThat(response.status()).isEqualTo(404);
        assertThat(response.headers().first("x-seen")).isEqualTo("here");
    }

    @Test
    void ofTheSameFilterTheNearerPluginWins() {
        attach("far", "header-modifier", "{kind: Gateway, name: main}", "{response: {add: [{name: x-from, value: gateway}]}}");
        attach("middle", "header-modifier", "{kind: HTTPRoute, name: shop}", "{response: {add: [{name: x-from, value: route}]}}");
        attach("near", "header-modifier", "{kind: HTTPRoute, name: shop, sectionName: cart}",
                "{response: {add: [{name: x-from, value: rule}]}}");

        assertThat(get(Place.BLOG).headers().all("x-from")).containsExactly("gateway");
        assertThat(get(Place.SHOP).headers().all("x-from")).containsExactly("route");
        assertThat(get(Place.CART).headers().all("x-from")).containsExactly("rule");
    }

    @Test
    void aRuleNamesAPluginByExtensionRef() {
        gateway.apply("""
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: named}
                spec: {name: header-modifier, config: {response: {add: [{name: x-from, value: extension}]}}}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: blog}
                spec:
                  parentRefs: [{name: main}]
                  hostnames: [blog.example]
                  rules:
                    - filters: [{type: ExtensionRef, extensionRef: {group: jigress.io, kind: Plugin, name: named}}]
                      backendRefs: [{name: all, port: 80}]
                """);

        assertThat(gateway.problems()).isEmpty();
        assertThat(get(Place.BLOG).headers().all("x-from")).containsExactly("extension");
        assertThat(get(Place.SHOP).headers().all("x-from")).isEmpty();
    }

    /// Both kinds of attachment hold at once: the Plugins that the rule names all run, and those attached to the route or the Gateway by `targetRefs`
    /// unless the rule names one with the same filter.
    @Test
    void pluginsThatARuleNamesRunBesideThoseWithTargets() {
        attach("limited", "key-rate-limit", "{kind: HTTPRoute, name: blog}",
                "{limit_by_per_route: true, limit_keys: [{key: '*', query_per_day: 2}]}");
        attach("far", "header-modifier", "{kind: Gateway, name: main}", "{response: {add: [{name: x-from, value: gateway}]}}");
        gateway.apply("""
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: one}
                spec:
                  name: header-modifier
                  config: {response: {add: [{name: x-from, value: one}]}}
                  targetRefs: [{kind: HTTPRoute, name: shop}]
                ---
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: two}
                spec: {name: header-modifier, config: {response: {add: [{name: x-from, value: two}]}}}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: blog}
                spec:
                  parentRefs: [{name: main}]
                  hostnames: [blog.example]
                  rules:
                    - filters:
                        - {type: ExtensionRef, extensionRef: {group: jigress.io, kind: Plugin, name: one}}
                        - {type: ExtensionRef, extensionRef: {group: jigress.io, kind: Plugin, name: two}}
                        - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-rule, value: "yes"}]}}
                      backendRefs: [{name: all, port: 80}]
                """);

        assertThat(gateway.problems()).isEmpty();
        assertThat(get(Place.BLOG).headers().all("x-from")).containsExactlyInAnyOrder("one", "two");
        assertThat(upstream.lastRequest().headers().first("x-rule")).isEqualTo("yes");
        assertThat(get(Place.SHOP).headers().all("x-from")).containsExactly("one");
        assertThat(get(Place.BLOG).status()).isEqualTo(200);
        assertThat(get(Place.BLOG).status()).isEqualTo(429);
    }

    @Test
    void ofTwoRestrictionsThatARuleNamesBothHold() {
        gateway.apply("""
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: everyone}
                spec: {name: ip-restriction, config: {allow: [0.0.0.0/0]}}
                ---
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: nobody}
                spec: {name: ip-restriction, config: {deny: [127.0.0.1]}}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: blog}
                spec:
                  parentRefs: [{name: main}]
                  hostnames: [blog.example]
                  rules:
                    - filters:
                        - {type: ExtensionRef, extensionRef: {group: jigress.io, kind: Plugin, name: everyone}}
                        - {type: ExtensionRef, extensionRef: {group: jigress.io, kind: Plugin, name: nobody}}
                      backendRefs: [{name: all, port: 80}]
                """);

        assertThat(gateway.problems()).isEmpty();
        assertThat(get(Place.BLOG).status()).isEqualTo(403);
    }

    // --- header-modifier ---------------------------------------------------------------------------------------------

    @Test
    void headersAreEditedInBothDirections() {
        attach("headers", "header-modifier", "{kind: HTTPRoute, name: shop}", """
                {request: {set: [{name: x-env, value: live}], add: [{name: x-tag, value: b}], remove: [x-debug]},
                 response: {set: [{name: server, value: jigress}], remove: [access-control-allow-origin]}}""");

        ReceivedResponse response = get(Place.SHOP, "X-Env: test", "x-tag: a", "x-debug: 1", "x-other: kept");

        var request = upstream.lastRequest().headers();
        assertThat(request.all("x-env")).containsExactly("live");
        assertThat(request.all("x-tag")).containsExactly("a", "b");
        assertThat(request.contains("x-debug")).isFalse();
        assertThat(request.first("x-other")).isEqualTo("kept");
        assertThat(response.headers().all("server")).containsExactly("jigress");
        assertThat(response.headers().contains("access-control-allow-origin")).isFalse();
        assertThat(response.text()).isEqualTo("ok");
    }

    // --- cors --------------------------------------------------------------------------------------------------------

    private static final String CORS = """
            {allow_origins: ['https://page.example'], allow_methods: [GET, PUT, OPTIONS], allow_headers: [x-token], expose_headers: [x-count],
             allow_credentials: true, max_age: 600}""";

    @Test
    void aPreflightRequestIsAnsweredInPlaceOfTheUpstream() {
        attach("cors", "cors", "{kind: HTTPRoute, name: shop}", CORS);

        ReceivedResponse response = send(Place.SHOP, "OPTIONS", "origin: https://page.example",
                "access-control-request-method: PUT", "access-control-request-headers: X-Token");

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.headers().first("access-control-allow-origin")).isEqualTo("https://page.example");
        assertThat(response.headers().first("access-control-allow-methods")).isEqualTo("GET,PUT,OPTIONS");
        assertThat(response.headers().first("access-control-allow-headers")).isEqualTo("x-token");
        assertThat(response.headers().first("access-control-allow-credentials")).isEqualTo("true");
        assertThat(response.headers().first("access-control-max-age")).isEqualTo("600");
        assertThat(response.headers().all("vary").toString()).containsIgnoringCase("origin");
        assertThat(upstream.requests()).isEmpty();

        assertThat(send(Place.SHOP, "OPTIONS", "origin: https://page.example").status()).as("no preflight request")
                .isEqualTo(200);
        assertThat(upstream.lastRequest().method()).isEqualTo("OPTIONS");
    }

    @Test
    void responsesAreMarkedForTheOriginsThatMayReadThem() {
        attach("cors", "cors", "{kind: HTTPRoute, name: shop}", CORS);

        ReceivedResponse allowed = get(Place.SHOP, "origin: https://page.example");
        assertThat(allowed.text()).isEqualTo("ok");
        assertThat(allowed.headers().all("access-control-allow-origin")).as("not the upstream's")
                .containsExactly("https://page.example");
        assertThat(allowed.headers().first("access-control-expose-headers")).isEqualTo("x-count");

        ReceivedResponse refused = get(Place.SHOP, "origin: https://evil.example");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.headers().contains("access-control-allow-origin")).isFalse();
        assertThat(upstream.requests()).hasSize(1);

        assertThat(get(Place.SHOP).status()).as("no page asks").isEqualTo(200);
    }

    @Test
    void pagesMayReadTheLimitersRefusal() {
        attach("cors", "cors", "{kind: HTTPRoute, name: shop}", CORS);
        attach("limit", "key-rate-limit", "{kind: HTTPRoute, name: shop}",
                "{limit_by_per_route: true, limit_keys: [{key: '*', query_per_day: 1}]}");

        get(Place.SHOP, "origin: https://page.example");
        ReceivedResponse refused = get(Place.SHOP, "origin: https://page.example");

        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.headers().first("access-control-allow-origin")).isEqualTo("https://page.example");
    }

    // --- ip-restriction ----------------------------------------------------------------------------------------------

    @Test
    void onlyListedAddressesPass() {
        attach("ip", "ip-restriction", "{kind: HTTPRoute, name: shop}",
                "{allow: [10.0.0.0/8], status: 404, message: nothing here}");

        ReceivedResponse refused = get(Place.SHOP);
        assertThat(refused.status()).isEqualTo(404);
        assertThat(refused.text()).startsWith("404 Not Found\nnothing here\nrequest id: ");
        assertThat(upstream.requests()).isEmpty();

        attach("ip", "ip-restriction", "{kind: HTTPRoute, name: shop}", "{allow: [10.0.0.0/8, 127.0.0.0/8]}");
        assertThat(get(Place.SHOP).status()).isEqualTo(200);
    }

    @Test
    void behindATrustedProxyTheClientItNamesCounts() {
        restart(Map.of("proxies.trusted", "127.0.0.0/8,192.0.2.0/24"));
        attach("ip", "ip-restriction", "{kind: HTTPRoute, name: shop}", "{deny: [203.0.113.7]}");

        assertThat(get(Place.SHOP, "x-forwarded-for: 203.0.113.7").status()).isEqualTo(403);
        assertThat(get(Place.SHOP, "x-forwarded-for: 203.0.113.7, 192.0.2.1").status()).as("through two proxies").isEqualTo(403);
        assertThat(get(Place.SHOP, "x-forwarded-for: 203.0.113.7, 198.51.100.1").status()).as("what the client itself says")
                .isEqualTo(200);
        assertThat(get(Place.SHOP, "x-forwarded-for: 198.51.100.1").status()).isEqualTo(200);
    }

    @Test
    void whoeverIsNotTrustedNamesNobody() {
        attach("ip", "ip-restriction", "{kind: HTTPRoute, name: shop}", "{allow: [203.0.113.7]}");

        assertThat(get(Place.SHOP, "x-forwarded-for: 203.0.113.7").status()).isEqualTo(403);
    }

    @Test
    void aBrokenRestrictionClosesItsTargetUntilItIsMended() {
        gateway.apply(plugin("ip", "ip-restriction", "{kind: HTTPRoute, name: shop}", "{allow: [10.0.0.0/64]}"));
        assertThat(gateway.problems()).extracting(Object::toString)
                .anyMatch(problem -> problem.startsWith("Plugin default/ip: spec.config.allow[0] is \"10.0.0.0/64\" (expected:"));
        assertThat(get(Place.SHOP).status()).isEqualTo(503);
        assertThat(get(Place.BLOG).status()).isEqualTo(200);

        attach("ip", "ip-restriction", "{kind: HTTPRoute, name: shop}", "{allow: [127.0.0.0/8]}");
        assertThat(get(Place.SHOP).status()).isEqualTo(200);
    }

    // --- key-rate-limit ----------------------------------------------------------------------------------------------

    private void expect(int status, Place place, String... headers) {
        assertThat(get(place, headers).status()).as(place + " " + String.join(" ", headers)).isEqualTo(status);
    }

    @Test
    void eachRouteHasItsLimit() {
        attach("limit", "key-rate-limit", "{kind: HTTPRoute, name: shop}",
                "{limit_by_per_route: true, limit_keys: [{key: '*', query_per_day: 1}], rejected_code: 503, rejected_msg: later}");

        expect(200, Place.CART);
        ReceivedResponse refused = get(Place.CART);
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.text()).startsWith("503 Service Unavailable\nlater\nrequest id: ");
        expect(200, Place.SHOP);
        expect(503, Place.SHOP);
    }

    @Test
    void eachAddressHasItsLimit() {
        restart(Map.of("proxies.trusted", "127.0.0.0/8"));
        attach("limit", "key-rate-limit", "{kind: Gateway, name: main}",
                """
                {limit_by_per_ip: from-remote-addr, limit_keys: [{key: 203.0.113.7, query_per_day: 3}, {key: '*', query_per_day: 1}]}""");

        expect(200, Place.SHOP, "x-forwarded-for: 198.51.100.1");
        expect(429, Place.BLOG, "x-forwarded-for: 198.51.100.1");
        expect(200, Place.SHOP, "x-forwarded-for: 198.51.100.2");
        for (int i = 0; i < 3; i++) {
            expect(200, Place.SHOP, "x-forwarded-for: 203.0.113.7");
        }
        expect(429, Place.SHOP, "x-forwarded-for: 203.0.113.7");
    }

    @Test
    void eachValueOfAHeaderHasItsLimit() {
        attach("limit", "key-rate-limit", "{kind: HTTPRoute, name: shop}",
                "{limit_by_header: x-key, limit_keys: [{key: slow, query_per_day: 1}]}");

        expect(200, Place.SHOP, "x-key: slow");
        expect(429, Place.SHOP, "x-key: slow");
        expect(200, Place.SHOP, "x-key: other");
        expect(200, Place.SHOP, "x-key: other");
        expect(200, Place.SHOP);
    }

    @Test
    void whatALimiterHasCountedOutlivesChangesElsewhere() {
        attach("limit", "key-rate-limit", "{kind: HTTPRoute, name: shop}",
                "{limit_by_per_ip: from-remote-addr, limit_keys: [{key: '*', query_per_day: 1}]}");
        expect(200, Place.SHOP);

        attach("other", "header-modifier", "{kind: HTTPRoute, name: shop}", "{response: {set: [{name: x-seen, value: here}]}}");
        gateway.apply(SCENE.formatted(upstream.port()).replace("[blog.example]", "[blog.example, news.example]"));

        ReceivedResponse refused = get(Place.SHOP);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(TestClient.get(gateway.port(8080), "/", "host: news.example").status()).isEqualTo(200);
    }

    @Test
    void allTargetsOfAPluginShareItsLimits() {
        attach("limit", "key-rate-limit", "{kind: HTTPRoute, name: shop}, {kind: HTTPRoute, name: blog}",
                "{limit_by_per_ip: from-remote-addr, limit_keys: [{key: '*', query_per_day: 2}]}");

        expect(200, Place.SHOP);
        expect(200, Place.BLOG);
        expect(429, Place.SHOP);
        expect(429, Place.BLOG);
    }
}
