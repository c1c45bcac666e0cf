package io.jigress.app.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.TestGateway;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The YAML in the manual is what a gateway takes without a word.
class DocsExamplesTest {
    private static final Pattern YAML = Pattern.compile("(?ms)^```yaml\n(.*?)^```");

    /// What the filters' pages attach to.
    private static final String SCENE = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: demo}
            spec:
              gatewayClassName: jigress
              listeners: [{name: http, port: 8080, protocol: HTTP}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: shop}
            spec:
              parentRefs: [{name: demo}]
              rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: blue}]}]
            ---
            apiVersion: jigress.io/v1
            kind: Backend
            metadata: {name: blue}
            spec: {endpoints: [{address: 127.0.0.1, port: 1}]}
            ---
            apiVersion: jigress.io/v1
            kind: Backend
            metadata: {name: green}
            spec: {endpoints: [{address: 127.0.0.1, port: 2}]}
            """;

    private final SourceTree tree = SourceTree.ofThisRepository();

    @TestFactory
    Stream<DynamicTest> theExamplesHaveNoProblems() {
        Map<String, String> pages = tree.files("docs/(?:filters/)?[^/]+\\.md").stream()
                .collect(Collectors.toMap(page -> tree.root().relativize(page).toString(), DocsExamplesTest::examples));
        pages.values().removeIf(String::isEmpty);
        assertThat(pages).containsKeys("docs/resources.md", "docs/getting-started.md", "docs/filters/cors.md");
        return pages.entrySet().stream().map(page -> DynamicTest.dynamicTest(page.getKey(), () -> {
            try (TestGateway gateway = TestGateway.start()) {
                if (!page.getKey().equals("docs/resources.md")) {
                    gateway.apply(SCENE);
                }
                gateway.apply(page.getValue());
                assertThat(gateway.problems()).isEmpty();
            }
        }));
    }

    /// All examples of objects on a page, as one text.
    private static String examples(Path page) {
        List<String> blocks = YAML.matcher(SourceTree.read(page)).results().map(block -> block.group(1))
                .filter(block -> block.contains("kind:")).toList();
        return String.join("---\n", blocks);
    }
}
