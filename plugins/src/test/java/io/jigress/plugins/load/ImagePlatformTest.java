package io.jigress.plugins.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.testkit.TestRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Images for several platforms, for another platform, and of other types.
class ImagePlatformTest {
    private static final String OTHER = Platform.HERE.architecture().equals("arm64") ? "amd64" : "arm64";
    private static final String ATTESTATION = "{\"digest\": \"sha256:" + "0".repeat(64)
            + "\", \"platform\": {\"os\": \"unknown\", \"architecture\": \"unknown\"}, "
            + "\"annotations\": {\"vnd.docker.reference.type\": \"attestation-manifest\"}}";

    private TestRegistry registry;

    @BeforeEach
    void begin() throws IOException {
        registry = new TestRegistry().open();
    }

    @AfterEach
    void end() {
        registry.close();
    }

    private String load(CodeKind kind, String tag) throws CodeFault {
        return new String(new CodeLoader(kind, null).load(new CodeReference(registry.image(tag), null, null, null, null)),
                StandardCharsets.UTF_8);
    }

    /// An entry of an index, whose code is the name of its platform.
    private String entry(CodeKind kind, String os, String architecture) {
        String name = os + "-" + architecture;
        String digest = registry.push(name, kind.mediaType(), name.getBytes(StandardCharsets.UTF_8), "");
        return "{\"digest\": \"sha256:" + digest + "\", \"platform\": {\"os\": \"" + os + "\", \"architecture\": \""
                + architecture
                + "\"}}";
    }

    private void index(String... entries) {
        registry.manifest("index", "{\"manifests\": [" + String.join(", ", entries) + "]}");
    }

    private String own(CodeKind kind) {
        return entry(kind, Platform.HERE.os(), Platform.HERE.architecture());
    }

    @Test
    void ofSeveralPlatformsTheGatewaysOwnIsUsed() throws CodeFault {
        index(ATTESTATION, entry(CodeKind.JAR, "linux", OTHER), entry(CodeKind.JAR, "windows", "amd64"), own(CodeKind.JAR));
        assertThat(load(CodeKind.JAR, "index"))
                .isEqualTo(Platform.HERE.os() + "-" + Platform.HERE.architecture());
    }

    @Test
    void anImageForWebAssemblyIsPreferredForModules() throws CodeFault {
        index(own(CodeKind.WASM), entry(CodeKind.WASM, "wasi", "wasm"));
        assertThat(load(CodeKind.WASM, "index")).isEqualTo("wasi-wasm");
    }

    @Test
    void modulesAreTheSameForAllPlatforms() throws CodeFault {
        index(ATTESTATION, entry(CodeKind.WASM, "linux", OTHER));
        assertThat(load(CodeKind.WASM, "index")).isEqualTo("linux-" + OTHER);
    }

    @Test
    void anIndexWithoutAnImageForThisPlatformIsRefused() {
        index(ATTESTATION, entry(CodeKind.JAR, "linux", OTHER), entry(CodeKind.JAR, "windows", "amd64"),
                entry(CodeKind.JAR, "wasi", "wasm"));
        assertThatThrownBy(() -> load(CodeKind.JAR, "index")).isInstanceOf(CodeFault.class)
                .hasMessage("is for linux/" + OTHER + ", windows/amd64, wasi/wasm (expected: " + Platform.HERE
                        + ", or an image for any platform)");
        index("{\"digest\": \"latest\"}");
        assertThatThrownBy(() -> load(CodeKind.WASM, "index")).isInstanceOf(CodeFault.class)
                .hasMessage("has an index with the digest \"latest\" (expected: sha256:…)");
        index(ATTESTATION);
        assertThatThrownBy(() -> load(CodeKind.WASM, "index")).isInstanceOf(CodeFault.class)
                .hasMessageStartingWith("is for no platform");
    }

    @Test
    void aJarOfAnImageForAnotherPlatformIsRefused() throws CodeFault {
        push("other", CodeKind.JAR, "{\"os\": \"linux\", \"architecture\": \"" + OTHER + "\"}");
        assertThatThrownBy(() -> load(CodeKind.JAR, "other")).isInstanceOf(CodeFault.class)
                .hasMessageStartingWith("is for linux/" + OTHER + " (expected: " + Platform.HERE);
        push("own", CodeKind.JAR,
                "{\"os\": \"" + Platform.HERE.os() + "\", \"architecture\": \"" + Platform.HERE.architecture() + "\"}");
        assertThat(load(CodeKind.JAR, "own")).isEqualTo("code");
        push("any", CodeKind.JAR, "{}");
        assertThat(load(CodeKind.JAR, "any")).isEqualTo("code");
        push("module", CodeKind.WASM, "{\"os\": \"linux\", \"architecture\": \"" + OTHER + "\"}");
        assertThat(load(CodeKind.WASM, "module")).isEqualTo("code");
    }

    private void push(String tag, CodeKind kind, String config) {
        String configDigest = registry.blob(config.getBytes(StandardCharsets.UTF_8));
        String layerDigest = registry.blob("code".getBytes(StandardCharsets.UTF_8));
        registry.manifest(tag, "{\"config\": {\"mediaType\": \"application/vnd.oci.image.config.v1+json\", \"digest\": \"sha256:"
                + configDigest + "\"}, \"layers\": [{\"mediaType\": \"" + kind.mediaType() + "\", \"digest\": \"sha256:"
                + layerDigest + "\"}]}");
    }

    @Test
    void anArtifactOfAnotherTypeIsRefusedWithItsType() {
        registry.manifest("chart",
                "{\"config\": {\"mediaType\": \"application/vnd.cncf.helm.config.v1+json\"}, \"layers\": [{\"mediaType\": "
                        + "\"application/vnd.cncf.helm.chart.content.v1.tar+gzip\", \"digest\": \"sha256:x\"}]}");
        assertThatThrownBy(() -> load(CodeKind.WASM, "chart")).isInstanceOf(CodeFault.class).hasMessageContaining("has no module")
                .hasMessageEndingWith("its layers are [application/vnd.cncf.helm.chart.content.v1.tar+gzip], "
                        + "and its type is application/vnd.cncf.helm.config.v1+json");
        registry.manifest("sbom", "{\"artifactType\": \"application/spdx+json\", \"config\": {\"mediaType\": "
                + "\"application/vnd.oci.empty.v1+json\"}, \"layers\": []}");
        assertThatThrownBy(() -> load(CodeKind.JAR, "sbom")).isInstanceOf(CodeFault.class).hasMessageContaining("has no jar")
                .hasMessageEndingWith("and its type is application/spdx+json");
    }

    @Test
    void aManifestThatIsNoStrictJsonIsRefusedWithThePlace() {
        registry.manifest("twice", "{\"layers\": [], \"layers\": []}");
        assertThatThrownBy(() -> load(CodeKind.WASM, "twice")).isInstanceOf(CodeFault.class)
                .hasMessage("has a manifest that is not a JSON object: the name occurs twice in its object at byte 15");
        registry.manifest("deep", "[".repeat(100_000));
        assertThatThrownBy(() -> load(CodeKind.WASM, "deep")).isInstanceOf(CodeFault.class)
                .hasMessageContaining("nested deeper than 64");
    }
}
