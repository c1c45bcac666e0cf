package io.jigress.app.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.Reading;
import io.jigress.app.translate.Filters;
import io.jigress.app.translate.Translators;
import io.jigress.api.FilterFactory;
import io.jigress.control.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// README and the status page name exactly what the code supports: kinds, types of registries, filters. The names are taken from the code's
/// messages, which list them.
class StatusPageTest {
    private static final Pattern LINK = Pattern.compile("\\[([^]]*)]\\([^)]*\\)");
    private static final Pattern WORD = Pattern.compile("[A-Za-z][\\w.-]*");

    private final SourceTree tree = SourceTree.ofThisRepository();
    private final Settings settings = Settings.defaults(new Machine(1, 512 << 20));

    @TempDir private Path folder;

    private record Row(Set<String> works, Set<String> coming) {}

    private Row row(String area) {
        for (String line : tree.text("docs/status.md").orElseThrow().lines().toList()) {
            String[] cells = line.split("\\|", -1);
            if (cells.length > 3 && LINK.matcher(cells[1]).replaceAll("$1").strip().equals(area)) {
                return new Row(words(cells[2]), words(cells[3]));
            }
        }
        throw new AssertionError("docs/status.md has no row " + area);
    }

    private static Set<String> words(String cell) {
        return WORD.matcher(LINK.matcher(cell).replaceAll("$1")).results().map(word -> word.group())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// The names that the message about a mistake lists.
    private Set<String> listed(String field, String yaml) throws IOException {
        Path here = Files.createTempDirectory(folder, "mistake");
        Files.writeString(here.resolve("mistake.yaml"), yaml);
        List<Problem> problems = Reading.of(here, Translators.of(settings)).problems().stream()
                .filter(problem -> problem.path().endsWith(field)).toList();
        assertThat(problems).as(yaml).hasSize(1);
        return Arrays.stream(problems.getFirst().expected().split("[, ]+", -1))
                .filter(word -> !Set.of("one", "of", "or").contains(word))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<String> kinds(String apiVersion) throws IOException {
        return listed("kind", """
                apiVersion: %s
                kind: Xyzzy
                metadata: {name: x}
                """.formatted(apiVersion));
    }

    @Test
    void theKindsOfGatewayApiThatWorkAreThoseThatAreRead() throws IOException {
        Row row = row("Gateway API");
        Set<String> known = kinds("gateway.networking.k8s.io/v1");

        assertThat(row.works).containsAll(known);
        assertThat(row.works).filteredOn(word -> word.matches(".*(Route|Class|Set|Grant|Policy)")).isSubsetOf(known);
        assertThat(row.coming).isNotEmpty().doesNotContainAnyElementsOf(known);
    }

    @Test
    void theFiltersOfAnHttpRouteThatWorkAreThoseThatAreRead() throws IOException {
        Map<String, List<String>> types = Map.of("header", List.of("RequestHeaderModifier", "ResponseHeaderModifier"), "redirect",
                List.of("RequestRedirect"), "rewrite", List.of("URLRewrite"), "mirrors", List.of("RequestMirror"), "CORS",
                List.of("CORS"), "ExtensionRef", List.of("ExtensionRef"));

        assertThat(row("HTTPRoute").works).containsAll(types.keySet());
        assertThat(listed("type", """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: x}
                spec: {rules: [{filters: [{type: Xyzzy}]}]}
                """)).containsExactlyInAnyOrderElementsOf(types.values().stream().flatMap(List::stream).toList());
    }

    @Test
    void theRegistriesThatWorkAreThoseOfTheKindRegistry() throws IOException {
        Set<String> known = listed("type", """
                apiVersion: jigress.io/v1
                kind: Registry
                metadata: {name: x}
                spec: {type: xyzzy}
                """);
        Map<String, String> names = new TreeMap<>(
                Map.of("Nacos", "nacos", "ZooKeeper", "zookeeper", "Consul", "consul", "Eureka", "eureka", "DNS", "dns"));
        String readme = tree.text("README.md").orElseThrow();

        assertThat(known).containsExactlyInAnyOrderElementsOf(names.values());
        assertThat(row("Finding endpoints").works).containsAll(names.keySet()).contains("McpBridge");
        assertThat(kinds("networking.higress.io/v1")).contains("McpBridge");
        assertThat(names.keySet()).allSatisfy(name -> assertThat(readme).contains(name));
    }

    @Test
    void theFiltersThatWorkAreThoseOfTheCatalog() {
        Set<String> known = Filters.ofChecks(settings, folder).stream().map(FilterFactory::name).collect(Collectors.toSet());
        Set<String> hosts = known.stream().filter(name -> name.matches("lua|wasm|jar|ext-.*")).collect(Collectors.toSet());
        known.removeAll(hosts);
        assertThat(row("Plugins").works).containsAll(hosts);
        assertThat(row("Plugins").coming).doesNotContainAnyElementsOf(hosts);
        Row row = row("Filters");

        assertThat(row.works).isEqualTo(new TreeSet<>(known));
        assertThat(row.coming).doesNotContainAnyElementsOf(known);
        String manual = tree.text("docs/README.md").orElseThrow() + tree.text("docs/resources.md").orElseThrow();
        assertThat(known).allSatisfy(name -> {
            assertThat(tree.hasPath("docs/filters/" + name + ".md")).as(name).isTrue();
            assertThat(manual).contains("filters/" + name + ".md");
        });
    }

    @Test
    void theWaysOfBalancingThatWorkAreThoseOfATrafficPolicy() throws IOException {
        Set<String> known = listed("loadBalancing.type", """
                apiVersion: jigress.io/v1
                kind: TrafficPolicy
                metadata: {name: x}
                spec: {targetRefs: [{kind: Service, name: x}], loadBalancing: {type: Xyzzy}}
                """);
        String words = String.join(" ", row("Balancing and resilience").works).toLowerCase(Locale.ROOT);

        assertThat(known).containsExactlyInAnyOrder("RoundRobin", "LeastRequest");
        assertThat(words).contains("round", "robin", "least", "request");
    }

    /// Each kind of our own has a description.
    @Test
    void everyKindOfOurOwnIsDescribed() throws IOException {
        String pages = String.join("\n", tree.files("docs/[^/]+\\.md").stream().map(SourceTree::read).toList());

        assertThat(kinds("jigress.io/v1")).hasSizeGreaterThanOrEqualTo(6)
                .allSatisfy(kind -> assertThat(pages).contains("kind: " + kind + "\n"));
    }
}
