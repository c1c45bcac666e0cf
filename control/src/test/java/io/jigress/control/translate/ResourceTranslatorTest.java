package io.jigress.control.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.FilterCatalog;
import io.jigress.config.Listener;
import io.jigress.config.RouteAction;
import io.jigress.config.VirtualHost;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import io.jigress.control.Translation;
import io.jigress.control.kinds.Kinds;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ResourceTranslatorTest {
    private static final String WORLD = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main, generation: 2}
            spec: {gatewayClassName: jigress, listeners: [{name: http, port: 80, protocol: HTTP}]}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: shop, generation: 7}
            spec:
              parentRefs: [{name: main, sectionName: http}]
              hostnames: [a.example]
              rules: [{backendRefs: [{name: cart, port: 80}]}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: other}
            spec:
              parentRefs: [{name: main}]
              hostnames: [b.example]
              rules: [{backendRefs: [{name: cart, port: 80}]}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: cart}
            spec: {ports: [{port: 80}]}
            ---
            apiVersion: jigress.io/v1
            kind: Plugin
            metadata: {name: limit}
            spec:
              name: key-rate-limit
              config: {query_per_second: 1}
              targetRefs: [{kind: HTTPRoute, name: shop}]
            """;
    private static final ResourceKey SHOP = new ResourceKey(Kinds.GATEWAY_API, "HTTPRoute", "default", "shop");

    private static VirtualHost host(Translation translation, String host) {
        Listener listener = translation.config().listeners().get(":80");
        assertThat(listener).isNotNull();
        VirtualHost found = listener.traffic().hosts().get(host);
        assertThat(found).as(host).isNotNull();
        return found;
    }

    @Test
    void anHttpRouteStatusIsInKubernetesForm() {
        Translation translation = TestFilters.translator(TranslationSettings.DEFAULT).translate(Yaml.set(Yaml.resources(WORLD)));
        assertThat(translation.statuses().get(SHOP))
                .hasToString("{\"parents\":[{\"parentRef\":{\"group\":\"gateway.networking.k8s.io\","
                        + "\"kind\":\"Gateway\",\"namespace\":\"default\",\"name\":\"main\",\"sectionName\":\"http\"},"
                        + "\"controllerName\":\"jigress.io/gateway-controller\",\"conditions\":["
                        + "{\"type\":\"Accepted\",\"status\":\"True\",\"reason\":\"Accepted\",\"message\":\"The route is accepted\",\"observedGeneration\":7},"
                        + "{\"type\":\"ResolvedRefs\",\"status\":\"True\",\"reason\":\"ResolvedRefs\",\"message\":\"All references are resolved\","
                        + "\"observedGeneration\":7}]}]}");
    }

    @Test
    void aGatewayStatusIsInKubernetesForm() {
        Translation translation = TestFilters.translator(TranslationSettings.DEFAULT).translate(Yaml.set(Yaml.resources(WORLD)));
        Json status = translation.statuses().get(Kinds.gateway("default", "main"));
        assertThat(status).isNotNull();
        assertThat(status.toString()).startsWith(
                "{\"addresses\":[{\"type\":\"IPAddress\",\"value\":\"0.0.0.0\"}],\"conditions\":[{\"type\":\"Accepted\","
                        + "\"status\":\"True\",\"reason\":\"Accepted\",\"message\":\"All listeners are accepted\",\"observedGeneration\":2},")
                .contains("\"listeners\":[{\"name\":\"http\",\"attachedRoutes\":2,\"supportedKinds\":"
                        + "[{\"group\":\"gateway.networking.k8s.io\",\"kind\":\"HTTPRoute\"},"
                        + "{\"group\":\"gateway.networking.k8s.io\",\"kind\":\"GRPCRoute\"}],\"conditions\":[");
    }

    @Test
    void aFaultOfOursCostsOneObjectAndFailsItsTargetsClosed() {
        FilterCatalog faulty = new FilterCatalog() {
            private final FilterCatalog real = new TestFilters();

            @Override
            public @Nullable Entry entry(String name) {
                return real.entry(name);
            }

            @Override
            public Set<String> names() {
                return real.names();
            }

            @Override
            public List<JsonReader.Issue> check(String name, String path, Json config) {
                throw new IllegalStateException("a fault of ours");
            }
        };
        ResourceTranslator translator = new ResourceTranslator(TranslationSettings.DEFAULT, faulty, TestFilters.REGEX,
                TestFilters.RPC);
        Translation translation = translator.translate(Yaml.set(Yaml.resources(WORLD)));
        assertThat(translation.problems().get(Kinds.plugin("default", "limit")))
                .anyMatch(p -> p.what().contains("internal error"));
        host(translation, "a.example").routes()
                .forEach((_, route) -> assertThat(route.action()).isEqualTo(RouteBuild.MISCONFIGURED));
        host(translation, "b.example").routes()
                .forEach((_, route) -> assertThat(route.action()).isInstanceOf(RouteAction.Forward.class));
    }

    @Test
    void aChangeLeavesEverythingElseTheSameInstance() {
        ResourceTranslator translator = TestFilters.translator(TranslationSettings.DEFAULT);
        ResourceSet set = Yaml.set(Yaml.resources(WORLD));
        Translation before = translator.translate(set);
        Resource changed = Yaml.resources(WORLD.replace("a.example", "c.example")).stream().filter(r -> r.key().equals(SHOP))
                .findFirst().orElseThrow();
        Translation after = translator.translate(new ResourceSet(set.revision() + 1, set.resources().with(SHOP, changed)));
        assertThat(host(after, "b.example")).isSameAs(host(before, "b.example"));
        assertThat(after.config().clusters()).isEqualTo(before.config().clusters());
        assertThat(after.config().clusters().get("service/default/cart/80"))
                .isSameAs(before.config().clusters().get("service/default/cart/80"));
        assertThat(after.statuses()).isSameAs(before.statuses());
        assertThat(after.revision()).isEqualTo(set.revision() + 1);
    }
}
