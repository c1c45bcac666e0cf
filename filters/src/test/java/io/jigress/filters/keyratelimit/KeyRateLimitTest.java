package io.jigress.filters.keyratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.JsonReader;
import io.jigress.api.LocalReply;
import io.jigress.testkit.Allocations;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyRateLimitTest {
    private static final KeyRateLimitFactory FACTORY = new KeyRateLimitFactory();

    @Test
    void aListedKeyHasItsLimitAndOthersHaveNone() {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'limit_by_header': 'X-Ca-Key', 'limit_keys': [{'key': 102234, 'query_per_second': 2}]}");
        assertThat(IntStream.range(0, 5).filter(_ -> passes(tester.exchange("GET", "/", "x-ca-key: 102234"))).count())
                .isEqualTo(2);
        assertThat(IntStream.range(0, 5).filter(_ -> passes(tester.exchange("GET", "/", "x-ca-key: other"))).count())
                .isEqualTo(5);
        assertThat(IntStream.range(0, 5).filter(_ -> passes(tester.exchange("GET", "/"))).count()).isEqualTo(5);
        assertThat(tester.services().counted("rejected")).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"query_per_second, 1", "query_per_minute, 60", "query_per_hour, 3600", "query_per_day, 86400"})
    void tokensComeBackEvenly(String field, long seconds) {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'limit_by_param': 'apikey', 'limit_keys': [{'key': 'a b', '" + field + "': 10}]}");
        assertThat(passing(tester, 20, "a%20b")).isEqualTo(10);
        tester.advance(Duration.ofSeconds(seconds).dividedBy(10).minusNanos(1));
        assertThat(passing(tester, 20, "a+b")).isZero();
        tester.advance(Duration.ofNanos(1));
        assertThat(passing(tester, 20, "a+b")).isEqualTo(1);
        tester.advance(Duration.ofSeconds(seconds * 100));
        assertThat(passing(tester, 20, "a+b")).isEqualTo(10);
    }

    @Test
    void theAnswerIsConfigurable() {
        String limit = "'limit_by_per_route': true, 'limit_keys': [{'key': '*', 'query_per_day': 1}]";
        FilterTester tester = FilterTester.start(FACTORY, "{" + limit + "}");
        tester.exchange("GET", "/").requestHead();
        LocalReply reply = tester.exchange("GET", "/").reply();
        assertThat(reply.status()).isEqualTo(429);
        assertThat(reply.message()).isEqualTo("Too many requests");
        assertThat(reply.reason()).isEqualTo("rate_limited");

        FilterTester other = FilterTester.start(FACTORY, "{" + limit + ", 'rejected_code': 503, 'rejected_msg': 'slow'}");
        other.exchange("GET", "/").requestHead();
        assertThat(other.exchange("GET", "/").reply().status()).isEqualTo(503);
    }

    @Test
    void eachRouteHasItsBucket() {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'limit_by_per_route': true, 'limit_keys': [{'key': '*', 'query_per_minute': 1}]}");
        assertThat(passes(tester.exchange("GET", "/").route("a"))).isTrue();
        assertThat(passes(tester.exchange("GET", "/").route("a"))).isFalse();
        assertThat(passes(tester.exchange("GET", "/").route("b"))).isTrue();
    }

    @Test
    void eachAddressHasItsBucketAndAnIpv6NetworkIsOneClient() {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'limit_by_per_ip': 'from-remote-addr', 'limit_keys': [{'key': '10.0.0.1', 'query_per_minute': 2}, {'key': '0.0.0.0/0', 'query_per_minute': 1}]}");
        assertThat(IntStream.range(0, 5).filter(_ -> passes(tester.exchange("GET", "/").from("10.0.0.1"))).count()).isEqualTo(2);
        assertThat(passes(tester.exchange("GET", "/").from("10.0.0.2"))).isTrue();
        assertThat(passes(tester.exchange("GET", "/").from("10.0.0.2"))).isFalse();
        assertThat(passes(tester.exchange("GET", "/").from("2001:db8::1"))).isTrue();
        assertThat(passes(tester.exchange("GET", "/").from("2001:db8::2"))).isFalse();
        assertThat(passes(tester.exchange("GET", "/").from("2001:db8:0:1::1"))).isTrue();
    }

    @Test
    void anAddressInAHeaderCountsAndItsAbsenceDoesNotLiftTheLimit() {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'limit_by_per_ip': 'from-header-x-forwarded-for', 'limit_keys': [{'key': '*', 'query_per_minute': 1}]}");
        assertThat(passes(tester.exchange("GET", "/", "x-forwarded-for: 10.0.0.1, 1.1.1.1"))).isTrue();
        assertThat(passes(tester.exchange("GET", "/", "x-forwarded-for: 10.0.0.1"))).isFalse();
        assertThat(passes(tester.exchange("GET", "/", "x-forwarded-for: junk"))).isTrue();
        assertThat(passes(tester.exchange("GET", "/"))).isFalse();
    }

    @Test
    void eventLoopsShareTheirBuckets() throws ExecutionException, InterruptedException {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'limit_by_per_header': 'k', 'limit_keys': [{'key': '*', 'query_per_day': 1000}]}");
        try (var threads = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> passed = IntStream.range(0, 4).mapToObj(_ -> tester.anotherLoop())
                    .map(loop -> threads.submit(() -> {
                        TestExchange exchange = loop.exchange("GET", "/", "k: 1");
                        int count = 0;
                        for (int i = 0; i < 1000; i++) {
                            count += loop.filter().onRequestHead(exchange).equals(FilterDecision.CONTINUE) ? 1 : 0;
                        }
                        return count;
                    })).toList();
            int sum = 0;
            for (Future<Integer> count : passed) {
                sum += count.get();
            }
            assertThat(sum).isEqualTo(1000);
        }
    }

    @Test
    void trackedKeysAreBoundedAndRefilledOnesMakeRoom() {
        BucketTable table = new BucketTable(100);
        Limit limit = new Limit(10, 10_000);
        for (int i = 0; i < 100; i++) {
            table.bucket("k" + i, 0).take(limit, 0);
        }
        assertThat(table.size()).isEqualTo(100);
        assertThat(table.bucket("one more", 0)).isSameAs(table.common());
        assertThat(table.bucket("k7", 0)).isNotSameAs(table.common());
        for (int i = 0; i < 1000; i++) {
            assertThat(table.bucket("new" + i, 2_000)).isNotSameAs(table.common());
            assertThat(table.size()).isLessThanOrEqualTo(100);
        }
        assertThat(table.bucket("x".repeat(BucketTable.LONGEST_KEY + 1), 2_000)).isSameAs(table.common());
    }

    @Test
    void aKeyWhoseBucketIsNotRefilledIsNeverForgotten() {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'limit_by_per_param': 'apikey', 'max_keys': 8, 'limit_keys': [{'key': '*', 'query_per_hour': 1}]}");
        assertThat(passing(tester, 1, "victim")).isEqualTo(1);
        for (int i = 0; i < 1000; i++) {
            passing(tester, 1, "flood" + i);
        }
        assertThat(passing(tester, 1, "victim")).isZero();
    }

    @Test
    void faultsComeWithTheirPaths() {
        assertThat(paths("{'limit_by_header': 'a', 'limit_by_param': 'b', 'limit_keys': [{'key': 'x', 'query_per_day': 1}]}"))
                .containsExactly("limit_by_param");
        assertThat(paths("{'limit_keys': [{'key': 'x', 'query_per_day': 1}]}")).containsExactly("");
        assertThat(paths("{'limit_by_header': 'a'}")).containsExactly("limit_keys");
        assertThat(paths("{'limit_by_header': 'a', 'limit_keys': []}")).containsExactly("limit_keys");
        assertThat(
                paths("""
                {"limit_by_header": "a", "limit_keys": [{"query_per_day": 1}, {"key": "a"}, {"key": "b", "query_per_day": 1, "query_per_hour": 1},
                 {"key": "c", "query_per_second": 0}, {"key": "d", "query_per_day": 1}, {"key": "d", "query_per_day": 1}, {"key": "e", "query_per_day": 1, "x": 1}]}"""))
                .containsExactly("limit_keys[0].key", "limit_keys[1]", "limit_keys[2]", "limit_keys[3].query_per_second",
                        "limit_keys[5].key", "limit_keys[6].x");
        assertThat(paths("{'limit_by_per_ip': 'x', 'limit_keys': [{'key': '*', 'query_per_day': 1}]}"))
                .containsExactly("limit_by_per_ip");
        assertThat(paths("{'limit_by_per_ip': 'from-header-', 'limit_keys': [{'key': '*', 'query_per_day': 1}]}"))
                .containsExactly("limit_by_per_ip");
        assertThat(paths("{'limit_by_per_ip': 'from-remote-addr', 'limit_keys': [{'key': 'shop', 'query_per_day': 1}]}"))
                .containsExactly("limit_keys[0].key");
        assertThat(paths("{'limit_by_per_header': 'a', 'limit_keys': [{'key': 'regexp:^a', 'query_per_day': 1}]}"))
                .containsExactly("limit_keys[0].key");
        assertThat(paths(
                "{'limit_by_header': 'a b', 'limit_by_x': 1, 'rejected_code': 200, 'max_keys': 0, 'limit_keys': [{'key': 'a', 'query_per_day': 1}]}"))
                .containsExactly("limit_by_header", "rejected_code", "max_keys", "limit_by_x");
    }

    @Test
    void equalConfigurationsAreEqual() {
        String config = "{'limit_by_header': 'A', 'limit_keys': [{'key': 'a', 'query_per_day': 1}, {'key': 'b', 'query_per_day': 1}]}";
        assertThat(FilterTester.parse(FACTORY, config)).isEqualTo(FilterTester.parse(FACTORY, config.replace("'A'", "'a'")));
    }

    @Test
    void knownKeysAllocateNothing() {
        FilterTester byAddress = FilterTester.start(FACTORY,
                "{'limit_by_per_ip': 'from-remote-addr', 'limit_keys': [{'key': '*', 'query_per_second': 3}]}");
        assertThat(Allocations.perCall(byAddress.exchange("GET", "/")::requestHead)).isZero();
        FilterTester byHeader = FilterTester.start(FACTORY,
                "{'limit_by_header': 'k', 'limit_keys': [{'key': 'a', 'query_per_second': 1000000000}]}");
        assertThat(Allocations.perCall(byHeader.exchange("GET", "/", "k: a")::requestHead)).isZero();
    }

    private static long passing(FilterTester tester, int requests, String key) {
        return IntStream.range(0, requests).filter(_ -> passes(tester.exchange("GET", "/x?a=1&apikey=" + key + "&b"))).count();
    }

    private static List<String> paths(String config) {
        return FilterTester.issues(FACTORY, config).stream().map(JsonReader.Issue::path).toList();
    }

    private static boolean passes(TestExchange exchange) {
        return exchange.requestHead().equals(FilterDecision.CONTINUE);
    }
}
