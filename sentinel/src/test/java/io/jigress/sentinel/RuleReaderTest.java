package io.jigress.sentinel;

import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.csp.sentinel.adapter.gateway.common.rule.GatewayFlowRule;
import com.alibaba.csp.sentinel.adapter.gateway.common.rule.GatewayParamFlowItem;
import com.alibaba.csp.sentinel.slots.block.authority.AuthorityRule;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRule;
import com.alibaba.csp.sentinel.slots.block.flow.ClusterFlowConfig;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRule;
import com.alibaba.csp.sentinel.slots.system.SystemRule;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.sentinel.rule.ClusterLimit;
import io.jigress.sentinel.rule.Guarded;
import io.jigress.sentinel.rule.Rule;
import io.jigress.sentinel.rule.RuleReader;
import io.jigress.sentinel.rule.RuleSet;
import io.jigress.testkit.FilterTester;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleReaderTest {
    private static final SentinelFactory FACTORY = SentinelFactory.ofChecks();

    @Test
    void sentinelsOwnRulesAreReadFromTheirJson() {
        GatewayFlowRule gateway = new GatewayFlowRule("r").setCount(5).setIntervalSec(2).setBurst(3)
                .setParamItem(
                        new GatewayParamFlowItem().setParseStrategy(2).setFieldName("X").setPattern("a").setMatchStrategy(3));
        FlowRule flow = new FlowRule("r").setCount(7.5).setControlBehavior(1).setWarmUpPeriodSec(4);
        FlowRule shared = new FlowRule("r").setCount(9);
        shared.setClusterMode(true);
        shared.setClusterConfig(new ClusterFlowConfig().setFlowId(12L).setThresholdType(1).setFallbackToLocalWhenFail(false));
        DegradeRule degrade = new DegradeRule("r").setGrade(1).setCount(0.5).setTimeWindow(9);
        AuthorityRule authority = new AuthorityRule();
        authority.setResource("r");
        authority.setLimitApp("a,b");
        SystemRule system = new SystemRule();
        system.setQps(100);
        RuleSet rules = read(Json.object().put("callerHeader", "x-app")
                .put("gatewayFlowRules", Json.array(List.of(bean(gateway))))
                .put("flowRules", Json.array(List.of(bean(flow), bean(shared))))
                .put("degradeRules", Json.array(List.of(bean(degrade))))
                .put("authorityRules", Json.array(List.of(bean(authority))))
                .put("systemRules", Json.array(List.of(bean(system)))).build());
        assertThat(rules.gatewayFlow()).singleElement().extracting(Guarded::rule)
                .matches(rule -> rule.count() == 5 && rule.intervalSeconds() == 2 && rule.burst() == 3
                        && rule.parameter() != null && rule.parameter().field().equals("X"));
        assertThat(rules.flow()).extracting(Guarded::rule)
                .containsExactly(new Rule.Flow("default", false, 7.5, Rule.Strategy.DIRECT, "",
                        Rule.Behavior.WARM_UP, 4, 500),
                        new Rule.Flow("default", false, 9, Rule.Strategy.DIRECT, "", Rule.Behavior.REJECT, 10, 500));
        assertThat(rules.flow()).extracting(Guarded::cluster)
                .containsExactly(null, new ClusterLimit(12, false, false, 1_000, 10));
        assertThat(rules.degrade()).extracting(Guarded::rule)
                .containsExactly(new Rule.Degrade(Rule.Grade.ERROR_RATIO, 0.5, 9, 5, 1, 1_000));
        assertThat(rules.authority().getFirst().rule().callers()).containsExactlyInAnyOrder("a", "b");
        assertThat(rules.system().getFirst().rule().qps()).isEqualTo(100);
    }

    @Test
    void equalConfigurationsAreEqual() {
        String config = "{'resource': 'r', 'flowRules': [{'count': 1}], 'apiDefinitions': [{'apiName': 'a', 'predicateItems': "
                + "[{'pattern': '/a.*', 'matchStrategy': 2}]}], 'gatewayFlowRules': [{'count': 1, 'paramItem': {'parseStrategy': 2, "
                + "'fieldName': 'x', 'pattern': 'a+', 'matchStrategy': 'regex'}}], 'fallback': {'status': 503}}";
        assertThat(FilterTester.parse(FACTORY, config)).isEqualTo(FilterTester.parse(FACTORY, config));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {'flowRules': [{'count': 1}]} | flowRules[0].resource | is missing
            {'resource': 'r', 'flowRules': [{'resource': 'r'}]} | flowRules[0].count | is missing
            {'resource': 'r', 'flowRules': [{'count': -1}]} | flowRules[0].count | is -1
            {'resource': 'r', 'flowRules': [{'count': 'a'}]} | flowRules[0].count | is "a"
            {'resource': 'r', 'flowRules': [{'count': 1, 'grade': 2}]} | flowRules[0].grade | is 2
            {'resource': 'r', 'flowRules': [{'count': 1, 'strategy': 1}]} | flowRules[0].refResource | is missing
            {'resource': 'r', 'flowRules': [{'count': 1, 'grade': 0, 'controlBehavior': 2}]} | flowRules[0].controlBehavior | is queue, and requests in flight can only be rejected
            {'resource': 'r', 'flowRules': [{'count': 0, 'controlBehavior': 2}]} | flowRules[0].count | is 0
            {'resource': 'r', 'flowRules': [{'count': 1, 'limitApp': 'a'}]} | callerHeader | is missing, and rules name callers (limitApp)
            {'resource': 'r', 'flowRules': [{'count': 1, 'clusterMode': true}]} | flowRules[0].clusterConfig | is missing, and clusterMode is true
            {'resource': 'r', 'flowRules': [{'count': 1, 'clusterMode': true, 'clusterConfig': {}}]} | flowRules[0].clusterConfig.flowId | is missing
            {'resource': 'r', 'flowRules': [{'count': 1, 'clusterMode': true, 'clusterConfig': {'flowId': 0}}]} | flowRules[0].clusterConfig.flowId | is 0
            {'resource': 'r', 'flowRules': [{'count': 1, 'clusterMode': true, 'clusterConfig': {'flowId': 1, 'thresholdType': 2}}]} | flowRules[0].clusterConfig.thresholdType | is 2
            {'resource': 'r', 'flowRules': [{'count': 1, 'clusterMode': true, 'clusterConfig': {'flowId': 1, 'sampleCount': 3}}]} | flowRules[0].clusterConfig.sampleCount | is 3, which does not divide windowIntervalMs (1000)
            {'resource': 'r', 'flowRules': [{'count': 1, 'grade': 0, 'clusterMode': true, 'clusterConfig': {'flowId': 1}}]} | flowRules[0].clusterMode | is true, and a token server does not count requests in flight
            {'resource': 'r', 'flowRules': [{'count': 1, 'regex': true}]} | flowRules[0].regex | is true, and expressions for resources are not supported
            {'resource': 'r', 'flowRules': [{'count': 1, 'cuont': 1}]} | flowRules[0].cuont | is not a known field, so that the rule would not limit as written
            {'resource': 'r', 'gatewayFlowRules': [{'count': 1.5}]} | gatewayFlowRules[0].count | is 1.5
            {'resource': 'r', 'gatewayFlowRules': [{'count': 1, 'controlBehavior': 1}]} | gatewayFlowRules[0].controlBehavior | is 1
            {'resource': 'r', 'gatewayFlowRules': [{'count': 1, 'paramItem': {'parseStrategy': 2}}]} | gatewayFlowRules[0].paramItem.fieldName | is missing
            {'resource': 'r', 'degradeRules': [{'count': 1, 'grade': 0}]} | degradeRules[0].timeWindow | is missing
            {'resource': 'r', 'degradeRules': [{'count': 2, 'grade': 1, 'timeWindow': 1}]} | degradeRules[0].count | is 2.0
            {'systemRules': [{}]} | systemRules[0] | has no limit
            {'systemRules': [{'highestCpuUsage': 2}]} | systemRules[0].highestCpuUsage | is 2
            {'resource': 'r', 'flowRules': [{'count': 1, 'fallback': {'status': 99}}]} | flowRules[0].fallback.status | is 99
            {'fallback': {'status': 503, 'redirect': '/busy'}} | fallback.status | is 503 beside redirect
            {'fallback': {'headers': {'content-length': '1'}}} | fallback.headers | cannot have content-length: 1
            """)
    void eachMistakeIsToldAtItsPlace(String config, String path, String what) {
        List<JsonReader.Issue> issues = FilterTester.issues(FACTORY, config);
        assertThat(issues).anySatisfy(issue -> {
            assertThat(issue.path()).isEqualTo(path);
            assertThat(issue.what()).startsWith(what);
        });
    }

    @Test
    void anApiGroupThatCannotBeReadIsToldAtItsPlace() {
        assertThat(FilterTester.issues(FACTORY, "{'apiDefinitions': [{'apiName': 'a'}, {'apiName': 'b', 'predicateItems': "
                + "[{'pattern': '(', 'matchStrategy': 2}]}]}")).extracting(JsonReader.Issue::path)
                .contains("apiDefinitions[0].predicateItems", "apiDefinitions[1].predicateItems[0].pattern");
    }

    private static RuleSet read(Json config) {
        JsonReader reader = JsonReader.of("", config);
        RuleSet rules = RuleReader.read(reader).rules();
        assertThat(reader.issues()).isEmpty();
        return rules;
    }

    /// A bean as JSON libraries serialise it: the values of its getters.
    private static Json bean(Object bean) {
        Json.Builder json = Json.object();
        for (Method method : bean.getClass().getMethods()) {
            String name = method.getName();
            boolean is = name.startsWith("is") && method.getReturnType() == boolean.class;
            if (method.getParameterCount() == 0 && (is || name.startsWith("get")) && !name.equals("getClass")) {
                String field = name.substring(is ? 2 : 3);
                json.put(field.substring(0, 1).toLowerCase(Locale.ROOT) + field.substring(1), value(method, bean));
            }
        }
        return json.build();
    }

    private static Json value(Method getter, Object bean) {
        try {
            return switch (getter.invoke(bean)) {
                case null -> Json.Null.NULL;
                case String text -> Json.of(text);
                case Boolean truth -> Json.of(truth);
                case Number number -> new Json.Num(number.toString());
                case Object inner -> bean(inner);
            };
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("no bean: " + bean, e);
        }
    }
}
