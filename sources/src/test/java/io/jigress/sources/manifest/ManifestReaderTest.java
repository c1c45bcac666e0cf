package io.jigress.sources.manifest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

public class ManifestReaderTest {

    @Test
    void readsAnObjectAsCompactJson() {
        Resource route = only(read("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop, creationTimestamp: 2026-01-31T12:00:00Z}
                spec:
                  rules:
                  - port: 80
                    on: yes
                    text: "80"
                    none: ~
                    yes: true
                """));
        assertThat(route.key()).isEqualTo(new ResourceKey("gateway.networking.k8s.io", "HTTPRoute", "default", "shop"));
        assertThat(route.version()).isEqualTo("v1");
        assertThat(route.created()).isEqualTo(1_769_860_800_000L);
        assertThat(new String(route.json(), UTF_8))
                .isEqualTo("{\"apiVersion\":\"gateway.networking.k8s.io/v1\",\"kind\":\"HTTPRoute\","
                        + "\"metadata\":{\"name\":\"shop\",\"creationTimestamp\":\"2026-01-31T12:00:00Z\"},"
                        + "\"spec\":{\"rules\":[{\"port\":80,\"on\":\"yes\",\"text\":\"80\",\"none\":null,\"yes\":true}]}}");
    }

    @ParameterizedTest
    @CsvSource({"007,7", "+5,5", "-0,-0", ".5,0.5", "-.5e3,-0.5e3", "1.,1", "1.e2,1e2", "1e3,1e3", "0x1F,31", "0o17,15",
        "12e,'\"12e\"'", "1.2.3,'\"1.2.3\"'",
        ".,'\".\"'", "0x,'\"0x\"'", "0x-1,'\"0x-1\"'", "10.0.0.1,'\"10.0.0.1\"'", "True,true", "NULL,null", "nullx,'\"nullx\"'",
        "1_000,'\"1_000\"'",
        "'\"5\"','\"5\"'", "!!str 5,'\"5\"'", "!!int \"5\",5", "12345678901234567890,12345678901234567890"})
    void scalarsFollowTheCoreSchema(String yaml, String json) {
        assertThat(new String(only(read(object("a") + "x: " + yaml + "\n")).json(), UTF_8)).endsWith(",\"x\":" + json + "}");
    }

    @Test
    void aNamespaceThatIsNoStringIsRefused() {
        assertThat(read("{apiVersion: v1, kind: Service, metadata: {name: a, namespace: 7}}").resources()).isEmpty();
        assertThat(whats("{apiVersion: v1, kind: Service, metadata: {name: a, namespace: 7}}"))
                .containsExactly("line 1: an object whose metadata.namespace is of type number");
    }

    /// `a@east` names an object of the cluster east.
    @Test
    void aNameWithAnAtSignIsRefused() {
        Manifest manifest = read("""
                {apiVersion: v1, kind: Service, metadata: {name: a@east}}
                ---
                {apiVersion: v1, kind: Service, metadata: {name: a, namespace: team@east}}
                ---
                {apiVersion: v1, kind: Service, metadata: {name: b}}
                """);
        assertThat(keys(manifest)).containsExactly("Service default/b");
        assertThat(manifest.problems()).extracting(Problem::what).containsExactly(
                "line 1: Service \"a@east\" has an @ in metadata.name",
                "line 3: Service \"a\" has an @ in metadata.namespace");
    }

    @Test
    void theScopeDecidesTheNamespace() {
        assertThat(keys(read("""
                {apiVersion: v1, kind: Service, metadata: {name: a}}
                ---
                {apiVersion: v1, kind: Service, metadata: {name: a, namespace: team}}
                --- # a class has none
                {apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: a, namespace: team}}
                ---
                """))).containsExactly("Service default/a", "Service team/a", "GatewayClass a");
    }

    @Test
    void listsAreUnrolled() {
        Manifest manifest = read("""
                apiVersion: v1
                kind: List
                items:
                - {apiVersion: v1, kind: Service, metadata: {name: a}}
                - apiVersion: gateway.networking.k8s.io/v1
                  kind: HTTPRouteList
                  items:
                  - {metadata: {name: b}}
                """);
        assertThat(keys(manifest)).containsExactly("Service default/a", "HTTPRoute default/b");
        assertThat(manifest.problems()).isEmpty();
    }

    @Test
    void aBrokenDocumentCostsOnlyItself() {
        Manifest manifest = read(
                object("a") + "---\n" + "kind: [oops\nx: 1\n" + "---\n" + object("b") + "text: |\n  x\n---\n" + "a: b: c\n");
        assertThat(keys(manifest)).containsExactly("HTTPRoute default/a", "HTTPRoute default/b");
        assertThat(manifest.complete()).isFalse();
        assertThat(manifest.problems()).hasSize(2);
        assertThat(manifest.problems().get(0).toString()).startsWith("line 6, column 2: expected")
                .contains("at line 5, column 7");
        assertThat(manifest.problems().get(1).toString())
                .startsWith("line 14, column 5: mapping values are not allowed here");
    }

    @Test
    void anObjectWithoutIdentityIsShownWithItsLine() {
        assertThat(whats("\n# hello\n\nkind: Service\nmetadata: {name: a}\n"))
                .containsExactly("line 4: an object without apiVersion");
        assertThat(whats(object("a") + "---\n\napiVersion: v1\nmetadata: {name: a}\n"))
                .containsExactly("line 6: an object without kind");
        assertThat(whats("apiVersion: v1\nkind: Service\nmetadata: {name: 7}\n"))
                .containsExactly("line 1: an object without metadata.name");
        assertThat(whats("just text")).containsExactly("line 1: holds a value of type string");
        assertThat(whats("[]")).containsExactly("line 1: holds a value of type array");
    }

    @Test
    void aKeyThatIsThereTwiceIsAFaultWithItsLine() {
        assertThat(whats(object("a") + "spec:\n  x: 1\n  x: 2\n"))
                .containsExactly("line 6, column 3: the key \"x\" occurs twice");
    }

    @Test
    void theFirstOfTwoEqualObjectsCounts() {
        Manifest manifest = read(object("a") + "---\n" + object("a") + "x: 1\n");
        assertThat(manifest.resources()).hasSize(1);
        assertThat(manifest.problems()).singleElement().satisfies(p -> assertThat(p.toString())
                .startsWith("HTTPRoute default/a: is defined twice in this file; the one in the document at line 5"));
    }

    @Test
    void anchorsAliasesAndMergesWork() {
        Resource route = only(read(object("a") + "base: &b {x: 1, y: 2}\ncopy: *b\nmerged: {<<: *b, y: 3}\n"));
        assertThat(new String(route.json(), UTF_8))
                .endsWith("\"base\":{\"x\":1,\"y\":2},\"copy\":{\"x\":1,\"y\":2},\"merged\":{\"y\":3,\"x\":1}}");
        assertThat(whats(object("a") + "x: *nothing\n")).singleElement().asString()
                .startsWith("line 4, column 4: the alias *nothing");
    }

    @Test
    void aliasBombsAreDefused() {
        StringBuilder bomb = new StringBuilder(object("a") + "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
        for (int i = 1; i < 30; i++) {
            bomb.append("a" + i + ": &a" + i + " [" + ("*a" + (i - 1) + ", ").repeat(10) + "]\n");
        }
        assertThat(whats(bomb.toString())).singleElement().asString().contains("aliases add more than");
    }

    @Test
    void deepNestingIsAFault() {
        assertThat(whats(object("a") + "x: " + "[".repeat(5000) + "]".repeat(5000) + "\n")).singleElement().asString()
                .contains("nested deeper than 200");
        assertThat(read("x.json", "[".repeat(5000)).problems()).hasSize(1);
    }

    @Test
    void readsJsonWithItsFaults() {
        assertThat(keys(read("x.json", "{\"apiVersion\":\"v1\",\n\t\"kind\":\"Service\",\"metadata\":{\"name\":\"a\\/b\"}}")))
                .containsExactly("Service default/a/b");
        assertThat(read("x.json", "{\n\"a\": 1,\n\"a\": 2}").problems()).singleElement()
                .satisfies(p -> assertThat(p.what()).startsWith("line 3, column "));
    }

    @Test
    void textThatIsNotUtf8IsAProblem() {
        Manifest manifest = ManifestReader.read("x.yaml", "kind: é".getBytes(ISO_8859_1));
        assertThat(manifest.problems()).singleElement().satisfies(p -> assertThat(p.what()).isEqualTo("is not UTF-8"));
        assertThat(manifest.complete()).isFalse();
    }

    @Test
    void emptyTextsAndCommentsHoldNothing() {
        for (String text : List.of("", "\n", "# x\n", "---\n", "---\n---\n# x\n", "%YAML 1.2\n---\n# x\n...\n", "\uFEFF")) {
            assertThat(read(text)).as(text).isEqualTo(new Manifest(List.of(), List.of(), true));
        }
    }

    @Test
    void aWrongTimeIsAWarning() {
        Manifest manifest = read("apiVersion: v1\nkind: Service\nmetadata: {name: a, creationTimestamp: today}\n");
        assertThat(manifest.resources()).hasSize(1);
        assertThat(manifest.problems()).singleElement()
                .satisfies(p -> assertThat(p.severity()).isEqualTo(Problem.Severity.WARNING));
        assertThat(manifest.complete()).isTrue();
    }

    @Test
    @Tag("suite")
    void neverThrowsWhateverTheText() {
        Random random = new Random(11);
        String good = object("a") + "spec: &x\n  - {a: [1, 'b', \"c\"], *x : |-\n  }\n---\n" + object("b")
                + "s: >\n  text\n? x\n: !!int 5\n";
        for (int i = 0; i < 3_000; i++) {
            StringBuilder text = new StringBuilder(good);
            for (int edits = random.nextInt(4); edits >= 0; edits--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.setCharAt(at, "{}[]:-&*!|>'\"\n \t#%@`\0\uFFFE".charAt(random.nextInt(22)));
                    case 1 -> text.deleteCharAt(at);
                    default -> text.insert(at, good, 0, random.nextInt(good.length()));
                }
            }
            Manifest manifest = read(i % 5 == 0 ? "x.json" : "x.yaml", text.toString());
            assertThat(manifest.complete() || !manifest.problems().isEmpty()).isTrue();
        }
    }

    public static String object(String name) {
        return "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: " + name + "}\n";
    }

    private static Manifest read(String text) {
        return read("x.yaml", text);
    }

    private static Manifest read(String source, String text) {
        return ManifestReader.read(source, text.getBytes(UTF_8));
    }

    private static Resource only(Manifest manifest) {
        assertThat(manifest.problems()).isEmpty();
        assertThat(manifest.resources()).hasSize(1);
        return manifest.resources().getFirst();
    }

    private static List<String> keys(Manifest manifest) {
        return manifest.resources().stream().map(r -> r.key().toString()).toList();
    }

    private static List<String> whats(String text) {
        return read(text).problems().stream().map(Problem::what).toList();
    }
}
