package io.jigress.sources.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.ResourceKey;
import org.junit.jupiter.api.Test;

class PartIndexTest {
    @Test
    void onlyPartsThatNameTheObjectAreParsed() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            text.append("---\n").append(service("cart-" + i));
        }
        PartIndex index = index("a.yaml", text.toString());

        assertThat(line(index, "cart-7")).isEqualTo(7 * 5);
        assertThat(line(index, "cart-700")).isEqualTo(700 * 5);
        assertThat(line(index, "cart-700")).isEqualTo(700 * 5);
        assertThat(index.parsedParts()).isEqualTo(2);
    }

    @Test
    void ofPartsThatMentionANameTheOneThatHoldsTheObjectIsFound() {
        PartIndex index = index("a.yaml", """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec: {rules: [{backendRefs: [{name: cart, port: 80}]}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: other}
                ---
                """ + service("cart"));

        assertThat(line(index, "cart")).isEqualTo(8);
        assertThat(index.parsedParts()).isEqualTo(2);
    }

    @Test
    void namesMayBeQuotedEscapedOrAliases() {
        PartIndex index = index("a.yaml", """
                apiVersion: v1
                kind: Service
                metadata: {"name": 'first'}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: "s\\x65cond"}
                ---
                apiVersion: v1
                kind: Service
                metadata: {labels: {app: &app third}, name: *app}
                ---
                apiVersion: v1
                kind: Service
                metadata:
                  ? name
                  : fourth
                """);

        assertThat(line(index, "first")).isEqualTo(0);
        assertThat(line(index, "second")).isEqualTo(3);
        assertThat(line(index, "third")).isEqualTo(7);
        assertThat(line(index, "fourth")).isEqualTo(11);
        assertThat(index.find(new ResourceKey("", "Service", "default", "fifth"))).isNull();
        assertThat(index.parsedParts()).isEqualTo(4);
    }

    @Test
    void ofTwoDefinitionsTheFirstIsFound() {
        PartIndex index = index("a.yaml", service("cart") + "---\n" + service("cart"));

        assertThat(line(index, "cart")).isEqualTo(0);
    }

    private static String service(String name) {
        return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name + "}\nspec: {}\n";
    }

    private static PartIndex index(String file, String text) {
        return new PartIndex(ManifestText.of(file, text).parts());
    }

    private static int line(PartIndex index, String name) {
        ManifestText.Part part = index.find(new ResourceKey("", "Service", "default", name));
        return part == null ? -1 : part.lineOffset();
    }
}
