package io.jigress.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.PersistentMap;
import io.jigress.control.Problem.Severity;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReferenceHintsTest {
    private static final ResourceKey ROUTE = new ResourceKey("gateway.networking.k8s.io", "HTTPRoute", "default", "shop");

    private PersistentMap<ResourceKey, Resource> resources = PersistentMap.empty();

    private void there(String group, String kind, String namespace, String name) {
        ResourceKey key = new ResourceKey(group, kind, namespace, name);
        resources = resources.with(key, new Resource(key, "v1", 0, "a.yaml", new byte[0]));
    }

    private String what(String group, String kind, String namespace, String name) {
        Problem problem = new Problem(ROUTE, "a.yaml", "spec", "leads nowhere", "a name", Severity.ERROR,
                new ResourceKey(group, kind, namespace, name));
        return ReferenceHints.complete(List.of(problem), resources).getFirst().what();
    }

    @Test
    void theNearestNameOfTheKindIsNamed() {
        there("", "Service", "default", "cart");
        there("", "Service", "other", "crate");
        assertThat(what("", "Service", "default", "crat")).isEqualTo("leads nowhere; did you mean \"cart\"?");
        assertThat(what("", "Service", "default", "payment")).isEqualTo("leads nowhere");
    }

    @Test
    void aBackendThatIsNamedAsServiceIsRecognised() {
        there("jigress.io", "Backend", "default", "cart");
        assertThat(what("", "Service", "default", "cart")).isEqualTo(
                "leads nowhere; there is a Backend of this name, for which the reference needs group: jigress.io, kind: Backend");
        there("", "Service", "default", "shop");
        assertThat(what("jigress.io", "Backend", "default", "shop"))
                .isEqualTo("leads nowhere; there is a Service of this name, for which the reference needs kind: Service");
    }

    @Test
    void theSameNameInAnotherNamespaceIsNamed() {
        there("gateway.networking.k8s.io", "Gateway", "default", "main");
        assertThat(what("gateway.networking.k8s.io", "Gateway", "prod", "main"))
                .isEqualTo("leads nowhere; there is Gateway default/main");
    }

    @Test
    void otherProblemsStayAsTheyAre() {
        List<Problem> problems = List.of(new Problem(ROUTE, "a.yaml", "spec", "is wrong", "", Severity.ERROR));
        assertThat(ReferenceHints.complete(problems, resources)).isSameAs(problems);
    }
}
