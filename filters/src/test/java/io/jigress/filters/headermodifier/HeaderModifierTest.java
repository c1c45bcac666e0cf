package io.jigress.filters.headermodifier;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.JsonReader;
import io.jigress.testkit.Allocations;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import org.junit.jupiter.api.Test;

class HeaderModifierTest {
    private static final HeaderModifierFactory FACTORY = new HeaderModifierFactory();

    @Test
    void setReplacesAddKeepsAndRemoveTakesAllWithoutCase() {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'request': {'set': [{'name': 'X-Set', 'value': 'new'}], 'add': [{'name': 'x-add', 'value': '2'}], 'remove': ['X-GONE']}}");
        TestExchange exchange = tester.exchange("GET", "/", "x-set: a", "X-SET: b", "X-Add: 1", "x-gone: 1", "X-Gone: 2",
                "other: 1");
        assertThat(exchange.requestHead()).isEqualTo(FilterDecision.CONTINUE);
        assertThat(exchange.requestHeaders().lines()).containsExactly("X-Add: 1", "other: 1", "x-set: new", "x-add: 2");
        exchange.respond(200, "x-gone: stays");
        assertThat(exchange.responseHeaders().lines()).containsExactly("x-gone: stays");
    }

    @Test
    void responsesAreEditedAlone() {
        TestExchange exchange = FilterTester
                .start(FACTORY, "{'response': {'remove': ['server'], 'set': [{'name': 'x-empty', 'value': ''}]}}")
                .exchange("GET", "/", "server: mine");
        exchange.requestHead();
        exchange.respond(200, "Server: x", "a: b");
        assertThat(exchange.requestHeaders().lines()).containsExactly("server: mine");
        assertThat(exchange.responseHeaders().lines()).containsExactly("a: b", "x-empty: ");
    }

    @Test
    void bothDirectionsAtOnce() {
        TestExchange exchange = FilterTester.start(FACTORY, "{'request': {'remove': ['a']}, 'response': {'remove': ['b']}}")
                .exchange("GET", "/", "a: 1", "b: 1");
        exchange.requestHead();
        exchange.respond(200, "a: 1", "b: 1");
        assertThat(exchange.requestHeaders().lines()).containsExactly("b: 1");
        assertThat(exchange.responseHeaders().lines()).containsExactly("a: 1");
    }

    @Test
    void faultsComeWithTheirPaths() {
        assertThat(FilterTester.issues(FACTORY, """
                {"request": {"set": [{"name": "bad name", "value": "x"}, {"value": "x"}, {"name": "x-a"}], "add": [{"name": "content-length", "value": "1"}],
                             "remove": ["Host", 7], "replace": []},
                 "response": {"add": [{"name": "x", "value": "a\\r\\nb"}]}, "extra": 1}"""))
                .extracting(JsonReader.Issue::path)
                .containsExactlyInAnyOrder("request.set[0].name", "request.set[1].name", "request.set[2].value",
                        "request.add[0].name", "request.remove[0]",
                        "request.remove[1]", "request.replace", "response.add[0].value", "extra");
    }

    @Test
    void anEmptyConfigurationIsAWarning() {
        assertThat(FilterTester.issues(FACTORY, "{}")).singleElement().satisfies(issue -> assertThat(issue.error()).isFalse());
    }

    @Test
    void equalConfigurationsAreEqual() {
        String config = "{'request': {'set': [{'name': 'A', 'value': '1'}]}}";
        assertThat(FilterTester.parse(FACTORY, config)).isEqualTo(FilterTester.parse(FACTORY, config.replace("'A'", "'a'")));
    }

    @Test
    void editsAllocateNothing() {
        TestExchange exchange = FilterTester.start(FACTORY,
                "{'request': {'set': [{'name': 'x-a', 'value': '1'}, {'name': 'x-b', 'value': '2'}], 'remove': ['x-c']}, 'response': {'set': [{'name': 'd', 'value': '1'}]}}")
                .exchange("GET", "/", "x-a: 0", "x-c: 0");
        exchange.respond(200, "d: 0");
        var filter = FilterTester.parse(FACTORY,
                "{'request': {'set': [{'name': 'x-a', 'value': '1'}]}, 'response': {'set': [{'name': 'd', 'value': '1'}]}}")
                .filter();
        assertThat(Allocations.perCall(exchange::requestHead)).isZero();
        assertThat(Allocations.perCall(() -> filter.onResponseHead(exchange))).isZero();
    }
}
