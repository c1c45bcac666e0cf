package io.jigress.filters.cors;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.JsonReader;
import io.jigress.api.LocalReply;
import io.jigress.api.ReplyBody;
import io.jigress.testkit.Allocations;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CorsTest {
    private static final CorsFactory FACTORY = new CorsFactory();
    private static final String SHOP = """
            {"allow_origins": ["https://shop.example"], "allow_origin_patterns": ["https://*.example.org:[8080,9090]"], "allow_methods": ["GET", "PUT"],
             "allow_headers": ["Token", "Content-Type"], "expose_headers": ["X-Count"], "allow_credentials": true, "max_age": 3600}""";

    @Test
    void aPreflightRequestIsAnswered() {
        LocalReply reply = preflight(SHOP, "https://shop.example", "PUT", "access-control-request-headers: content-type, token")
                .reply();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).isEqualTo(ReplyBody.EMPTY);
        assertThat(lines(reply)).containsExactly("access-control-allow-origin: https://shop.example",
                "access-control-allow-methods: GET,PUT",
                "access-control-allow-headers: Token,Content-Type", "access-control-expose-headers: X-Count",
                "access-control-allow-credentials: true",
                "access-control-max-age: 3600", "vary: Origin");
    }

    @Test
    void thePreflightAnswerPassesTheFilterUnchanged() {
        TestExchange exchange = preflight(SHOP, "https://shop.example", "PUT");
        LocalReply reply = exchange.reply();
        exchange.respond(reply);
        assertThat(exchange.responseHeaders().lines()).containsExactlyElementsOf(lines(reply));
    }

    @ParameterizedTest
    @CsvSource({"https://evil.example, GET, Token", "https://shop.example, DELETE, Token", "https://shop.example, GET, X-Other"})
    void aPreflightRequestForMoreIsRefused(String origin, String method, String header) {
        LocalReply reply = preflight(SHOP, origin, method, "access-control-request-headers: " + header).reply();
        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.message()).isEqualTo("Invalid CORS request");
        assertThat(lines(reply)).contains("vary: Origin").noneMatch(line -> line.startsWith("access-control"));
    }

    @Test
    void otherOptionsRequestsGoUpstream() {
        FilterTester tester = FilterTester.start(FACTORY, "{}");
        assertThat(tester.exchange("OPTIONS", "/", "origin: https://a.example").requestHead()).isEqualTo(FilterDecision.CONTINUE);
        assertThat(tester.exchange("OPTIONS", "/", "access-control-request-method: PUT").requestHead())
                .isEqualTo(FilterDecision.CONTINUE);
    }

    @Test
    void theUpstreamsCorsHeadersAreReplaced() {
        TestExchange exchange = FilterTester.start(FACTORY, SHOP).exchange("GET", "/", "origin: https://Shop.example");
        assertThat(exchange.requestHead()).isEqualTo(FilterDecision.CONTINUE);
        exchange.respond(200, "Access-Control-Allow-Origin: *", "access-control-max-age: 5", "vary: Accept-Encoding", "a: b");
        assertThat(exchange.responseHeaders().lines()).containsExactly("vary: Accept-Encoding", "a: b",
                "access-control-allow-origin: https://Shop.example",
                "access-control-allow-credentials: true", "access-control-expose-headers: X-Count", "vary: Origin");
    }

    @Test
    void withCredentialsAllExposedHeadersAreNamed() {
        String config = "{'allow_origins': ['https://shop.example'], 'allow_credentials': true, 'expose_headers': ['*']}";
        assertThat(FilterTester.issues(FACTORY, config)).isEmpty();
        TestExchange exchange = FilterTester.start(FACTORY, config).exchange("GET", "/", "origin: https://shop.example");
        exchange.requestHead();
        exchange.respond(200, "X-Count: 1", "x-count: 2", "set-cookie: a=b", "x-page: 3");
        assertThat(exchange.responseHeaders().lines()).contains("access-control-expose-headers: x-count,x-page");
        assertThat(lines(preflight(config, "https://shop.example", "GET").reply()))
                .noneMatch(line -> line.startsWith("access-control-expose-headers"));
    }

    @Test
    void aMisspelledFieldThatRestrictsIsAnError() {
        assertThat(FilterTester.issues(FACTORY, "{'allow_origin': ['https://shop.example']}")).singleElement()
                .satisfies(issue -> assertThat(issue.error()).isTrue())
                .satisfies(issue -> assertThat(issue.what()).contains("did you mean \"allow_origins\"?"));
    }

    @Test
    void varyIsAddedOnceAndWithoutAnOriginToo() {
        TestExchange exchange = FilterTester.start(FACTORY, SHOP).exchange("GET", "/");
        exchange.requestHead();
        exchange.respond(200, "vary: accept, origin");
        assertThat(exchange.responseHeaders().lines()).containsExactly("vary: accept, origin");
        exchange.respond(200, "Access-Control-Allow-Origin: *");
        assertThat(exchange.responseHeaders().lines()).containsExactly("Access-Control-Allow-Origin: *", "vary: Origin");
    }

    @Test
    void everyOriginIsToldAStarWhichDoesNotVary() {
        TestExchange exchange = FilterTester.start(FACTORY, "{}").exchange("POST", "/", "origin: null");
        exchange.requestHead();
        exchange.respond(200);
        assertThat(exchange.responseHeaders().lines()).containsExactly("access-control-allow-origin: *");
    }

    @Test
    void theDefaultsAreHigresss() {
        assertThat(lines(preflight("{}", "https://a", "PATCH").reply())).containsExactly("access-control-allow-origin: *",
                "access-control-allow-methods: GET,PUT,POST,DELETE,PATCH,OPTIONS",
                "access-control-allow-headers: DNT,X-CustomHeader,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Authorization",
                "access-control-max-age: 86400");
    }

    @Test
    void withCredentialsAStarIsSpelledOut() {
        String all = "{'allow_origin_patterns': ['*'], 'allow_methods': ['*'], 'allow_headers': ['*'], 'allow_credentials': true}";
        assertThat(lines(preflight(all, "https://a", "PURGE", "access-control-request-headers: X-1, X-2").reply()))
                .contains("access-control-allow-origin: https://a", "access-control-allow-methods: PURGE",
                        "access-control-allow-headers: X-1, X-2", "vary: Origin");
    }

    @Test
    void otherOriginsAndMethodsAreRefusedButNotTheHostItself() {
        FilterTester tester = FilterTester.start(FACTORY, SHOP);
        assertThat(tester.exchange("GET", "/", "host: api.example", "origin: https://evil.example").reply().status())
                .isEqualTo(403);
        assertThat(tester.exchange("DELETE", "/", "host: api.example", "origin: https://shop.example").reply().status())
                .isEqualTo(403);
        assertThat(tester.exchange("HEAD", "/", "host: api.example", "origin: https://shop.example").requestHead())
                .isEqualTo(FilterDecision.CONTINUE);
        TestExchange own = tester.exchange("DELETE", "/", "host: API.example:443", "origin: https://api.example");
        assertThat(own.requestHead()).isEqualTo(FilterDecision.CONTINUE);
        own.respond(200, "access-control-allow-origin: *");
        assertThat(own.responseHeaders().lines()).containsExactly("vary: Origin");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "*|null|true",
        "https://*.example.com|https://a.example.com|true",
        "https://*.example.com|https://a.b.EXAMPLE.com|true",
        "https://*.example.com|https://example.com|false",
        "https://*.example.com|http://a.example.com|false",
        "https://*.example.com|https://a.example.com.evil.com|false",
        "https://*.example.com|https://a.example.com:8443|false",
        "https://*.example.com/|https://a.example.com|true",
        "http://*.example.com:[8080,9090]|http://a.example.com:9090|true",
        "http://*.example.com:[8080,9090]|http://a.example.com:80|false",
        "http://*.example.com:[8080,9090]|http://a.example.com|false",
        "http://*.example.com:[*]|http://a.example.com|true",
        "http://*.example.com:[*]|http://a.example.com:1|true",
        "http://*.example.com:[*]|http://a.example.com:x|false",
        "https://*:[]|https://a.example.com|true",
        "https://*:[]|https://a.example.com:8443|false",
        "http://[::1]:[*]|http://[::1]:80|true",
        "http://[::1]:[*]|http://[::1]|true",
        "http://a*b*c.com|http://a-b-c.com|true",
        "http://a*b*c.com|http://a-c.com|false",
        "http://ab*ba|http://aba|false",
        "http://localhost:*|http://localhost:3000|true"})
    void patternsFitWholeOrigins(String pattern, String origin, boolean fits) {
        CorsPolicy policy = FilterTester.parse(FACTORY, "{'allow_origin_patterns': ['" + pattern + "']}");
        assertThat(policy.allowsOrigin(origin)).isEqualTo(fits);
    }

    @Test
    void faultsComeWithTheirPaths() {
        assertThat(paths(
                "{'allow_origins': ['example.com', 'https://*.a', 'https://a/b', 'https://ok'], 'allow_origin_patterns': ['http://a:[x]', '']}"))
                .containsExactly("allow_origins[0]", "allow_origins[1]", "allow_origins[2]", "allow_origin_patterns[0]",
                        "allow_origin_patterns[1]");
        assertThat(paths(
                "{'allow_methods': ['GE T'], 'allow_headers': 'x', 'expose_headers': [1], 'allow_credentials': 'yes', 'max_age': -1, 'extra': 1}"))
                .containsExactlyInAnyOrder("allow_methods[0]", "allow_headers", "expose_headers[0]", "allow_credentials",
                        "max_age", "extra");
        assertThat(FilterTester.issues(FACTORY, "{'allow_origins': ['*'], 'allow_credentials': true}")).singleElement()
                .satisfies(issue -> assertThat(issue.error()).isTrue());
        assertThat(FilterTester.issues(FACTORY, "{'allow_credentials': true}")).singleElement()
                .satisfies(issue -> assertThat(issue.error()).isFalse());
    }

    @Test
    void withoutEnforcementTheBrowserDecides() {
        String config = "{'enforce': false, 'allow_origins': ['https://shop.example'], 'allow_methods': ['PUT'], 'allow_headers': []}";
        assertThat(FilterTester.issues(FACTORY, config)).isEmpty();
        assertThat(lines(preflight(config, "https://shop.example", "DELETE", "access-control-request-headers: x-1").reply()))
                .containsExactly("access-control-allow-origin: https://shop.example", "access-control-allow-methods: PUT",
                        "access-control-max-age: 86400", "vary: Origin");
        assertThat(preflight(config, "https://evil.example", "PUT").reply().status()).isEqualTo(403);

        FilterTester tester = FilterTester.start(FACTORY, config);
        TestExchange evil = tester.exchange("GET", "/", "host: api.example", "origin: https://evil.example");
        assertThat(evil.requestHead()).isEqualTo(FilterDecision.CONTINUE);
        evil.respond(200, "access-control-allow-origin: *");
        assertThat(evil.responseHeaders().lines()).containsExactly("vary: Origin");
        TestExchange other = tester.exchange("DELETE", "/", "host: api.example", "origin: https://shop.example");
        assertThat(other.requestHead()).isEqualTo(FilterDecision.CONTINUE);
        other.respond(200);
        assertThat(other.responseHeaders().lines()).containsExactly("access-control-allow-origin: https://shop.example",
                "vary: Origin");
    }

    @Test
    void anEmptyListAllowsNothing() {
        assertThat(preflight("{'allow_origins': []}", "https://a.example", "GET").reply().status()).isEqualTo(403);
        assertThat(preflight("{'allow_methods': []}", "https://a.example", "GET").reply().status()).isEqualTo(403);
        assertThat(preflight("{'allow_headers': []}", "https://a.example", "GET", "access-control-request-headers: x-1").reply()
                .status()).isEqualTo(403);
    }

    @Test
    void withCredentialsAStarThatNobodyAskedForIsLeftOut() {
        String config = "{'allow_origin_patterns': ['*'], 'allow_headers': ['*'], 'allow_credentials': true}";
        assertThat(lines(preflight(config, "https://a.example", "GET").reply()))
                .noneMatch(line -> line.startsWith("access-control-allow-headers"));
    }

    @Test
    void requestsWithoutAnOriginAllocateNothing() {
        TestExchange exchange = FilterTester.start(FACTORY, SHOP).exchange("GET", "/");
        CorsFilter filter = new CorsFilter(FilterTester.parse(FACTORY, SHOP));
        exchange.respond(200, "vary: Origin");
        assertThat(Allocations.perCall(exchange::requestHead)).isZero();
        assertThat(Allocations.perCall(() -> filter.onRequestHead(exchange))).isZero();
    }

    private static TestExchange preflight(String config, String origin, String method, String... more) {
        String[] headers = new String[more.length + 2];
        headers[0] = "origin: " + origin;
        headers[1] = "access-control-request-method: " + method;
        System.arraycopy(more, 0, headers, 2, more.length);
        return FilterTester.start(FACTORY, config).exchange("OPTIONS", "/", headers);
    }

    private static List<String> lines(LocalReply reply) {
        return reply.headers().stream().map(header -> header.getKey() + ": " + header.getValue()).toList();
    }

    private static List<String> paths(String config) {
        return FilterTester.issues(FACTORY, config).stream().map(JsonReader.Issue::path).toList();
    }
}
