package io.jigress.filters.matchrules;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.FilterFactory;
import io.jigress.filters.headermodifier.HeaderModifierFactory;
import io.jigress.filters.iprestriction.IpRestrictionFactory;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuledFactoryTest {
    private static final FilterFactory<?> FACTORY = RuledFactory.of(new IpRestrictionFactory());

    @ParameterizedTest
    @CsvSource({"shop.example, true", "shop.example:8080, true", "SHOP.example, true", "a.pay.example, true",
        "pay.example, false",
        "api.v2.example, true", "xshop.example, false", "[::1]:80, false"})
    void theFirstRuleOfTheDomainReplacesTheDefault(String host, boolean ruled) {
        FilterTester tester = FilterTester.start(FACTORY, "{'deny': ['10.0.0.1'], '_rules_': ["
                + "{'_match_domain_': ['shop.example', '*.pay.example', 'api.*'], 'deny': ['10.0.0.2']}]}");
        assertThat(passes(tester.exchange("GET", "/", "host: " + host).from("10.0.0.1"))).isEqualTo(ruled);
        assertThat(passes(tester.exchange("GET", "/", "host: " + host).from("10.0.0.2"))).isEqualTo(!ruled);
    }

    @Test
    void withoutADefaultOtherRequestsPass() {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'_rules_': [{'_match_domain_': ['shop.example'], 'deny': ['0.0.0.0/0']}]}");
        assertThat(passes(tester.exchange("GET", "/", "host: shop.example").from("10.0.0.1"))).isFalse();
        assertThat(passes(tester.exchange("GET", "/", "host: other.example").from("10.0.0.1"))).isTrue();
    }

    @Test
    void aRuleMayBeForRoutes() {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'_rules_': [{'_match_route_': ['default/shop'], 'deny': ['0.0.0.0/0']}]}");
        assertThat(passes(tester.exchange("GET", "/").from("10.0.0.1").route("HTTPRoute default/shop rule 0"))).isFalse();
        assertThat(passes(tester.exchange("GET", "/").from("10.0.0.1").route("Ingress default/shop"))).isFalse();
        assertThat(passes(tester.exchange("GET", "/").from("10.0.0.1").route("HTTPRoute default/shops rule 0"))).isTrue();
        assertThat(passes(tester.exchange("GET", "/").from("10.0.0.1").route("-"))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"service/default/cart, true", "service/default/cart/80, true", "service/default/cart/80?connect=1s, true",
        "service/default/carts/80, false", "service/default/cart/8080, true", "backend/default/cart, false"})
    void aRuleMayBeForServices(String cluster, boolean matches) {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'_rules_': [{'_match_service_': ['service/default/cart'], 'deny': ['0.0.0.0/0']}]}");
        assertThat(passes(tester.exchange("GET", "/").from("10.0.0.1").targets("service/default/other/80", cluster)))
                .isEqualTo(!matches);
    }

    @Test
    void aRuleMayBeForAPortOfAService() {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'_rules_': [{'_match_service_': ['service/default/cart/80'], 'deny': ['0.0.0.0/0']}]}");
        assertThat(passes(tester.exchange("GET", "/").from("10.0.0.1").targets("service/default/cart/80?connect=1s"))).isFalse();
        assertThat(passes(tester.exchange("GET", "/").from("10.0.0.1").targets("service/default/cart/8080"))).isTrue();
        assertThat(passes(tester.exchange("GET", "/").from("10.0.0.1"))).isTrue();
    }

    @Test
    void responsesGoToTheSameRule() {
        FilterTester tester = FilterTester.start(RuledFactory.of(new HeaderModifierFactory()),
                "{'response': {'set': [{'name': 'x-rule', 'value': 'default'}]}, '_rules_': ["
                        + "{'_match_domain_': ['shop.example'], 'response': {'set': [{'name': 'x-rule', 'value': 'shop'}]}}]}");
        TestExchange shop = tester.exchange("GET", "/", "host: shop.example");
        assertThat(shop.requestHead()).isEqualTo(FilterDecision.CONTINUE);
        shop.respond(200);
        assertThat(shop.responseHeaders().all("x-rule")).containsExactly("shop");
    }

    @Test
    void aRuleMaySwitchTheFilterOff() {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'deny': ['0.0.0.0/0'], '_rules_': [{'_match_domain_': ['open.example'], '_disabled_': true}]}");
        assertThat(passes(tester.exchange("GET", "/", "host: open.example").from("10.0.0.1"))).isTrue();
        assertThat(passes(tester.exchange("GET", "/", "host: shop.example").from("10.0.0.1"))).isFalse();
    }

    @Test
    void faultsHaveThePathOfTheirRule() {
        assertThat(FilterTester.issues(FACTORY, "{'_rules_': [{'_match_domain_': ['a'], 'deny': 7}, {'deny': []}]}"))
                .extracting(issue -> issue.path())
                .contains("_rules_[0].deny", "_rules_[1]");
    }

    private static boolean passes(TestExchange exchange) {
        return exchange.requestHead() == FilterDecision.CONTINUE;
    }
}
