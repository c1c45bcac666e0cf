package io.jigress.plugins.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.plugins.wasm.vm.BytecodeCache;
import io.jigress.plugins.load.CodeFault;
import io.jigress.plugins.load.CodeLoader;
import io.jigress.plugins.load.CodeReference;
import io.jigress.testkit.TestRegistry;
import io.jigress.plugins.wasm.vm.WasmCode;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Modules from registries and web servers.
class ModuleLoaderTest {
    /// A module with a memory of one page, and nothing else.
    private static final byte[] MODULE = {0, 'a', 's', 'm', 1, 0, 0, 0, 5, 3, 1, 0, 1};
    private static final String WASM = "application/vnd.module.wasm.content.layer.v1+wasm";

    private TestRegistry registry;

    @BeforeEach
    void begin() throws IOException {
        registry = new TestRegistry();
    }

    @AfterEach
    void end() {
        registry.close();
    }

    private WasmCode load(String url, @Nullable String sha256, @Nullable String password, @Nullable String key)
            throws CodeFault {
        return new ModuleLoader(new BytecodeCache(null, 0, WasmTester.jvm(1 << 29)))
                .load(new CodeReference(url, sha256, password == null ? null : "user", password, key));
    }

    private void assertLoads(String url) throws CodeFault {
        assertThat(load(url, null, "secret", null).digest()).isEqualTo(CodeLoader.sha256(MODULE));
    }

    @Test
    void pullsAModuleThatIsALayer() throws CodeFault {
        registry.push("1", WASM, MODULE, "");
        assertLoads(registry.image("1"));
    }

    @Test
    void pullsTheFileOfALayerAsHigressStoresPlugins() throws CodeFault, IOException {
        registry.push("1", "application/vnd.oci.image.layer.v1.tar+gzip", TestRegistry.tarGz("./plugin.wasm", MODULE), "");
        assertLoads(registry.image("1"));
    }

    @Test
    void pullsFromAnIndexAndByDigest() throws CodeFault {
        String digest = registry.push("one", WASM, MODULE, "");
        registry.manifest("2", "{\"manifests\": [{\"digest\": \"sha256:" + digest + "\"}]}");
        assertLoads(registry.image("2"));
        assertLoads("oci://" + registry.address() + "/plugins/auth@sha256:" + digest);
        assertThat(load(registry.image("one"), digest, "secret", null).digest()).isNotEmpty();
    }

    @Test
    void pullsWithoutCredentials() throws CodeFault {
        registry.open().push("1", WASM, MODULE, "");
        assertThat(load(registry.image("1"), null, null, null).digest()).isNotEmpty();
    }

    @Test
    void saysWhyAnImageIsNotPulled() {
        registry.push("1", WASM, MODULE, "");
        assertThatThrownBy(() -> load(registry.image("1"), null, null, null)).hasMessageContaining("the token service")
                .hasMessageContaining("403");
        assertThatThrownBy(() -> load(registry.image("2"), null, "secret", null))
                .hasMessageContaining("answered 404 to /manifests/2");
        assertThatThrownBy(() -> load(registry.image("1"), "0".repeat(64), "secret", null))
                .hasMessageContaining("has the digest");
        registry.push("text", "text/plain", MODULE, "");
        assertThatThrownBy(() -> load(registry.image("text"), null, "secret", null))
                .hasMessageContaining("its layers are [text/plain]");
        registry.corrupt(MODULE);
        assertThatThrownBy(() -> load(registry.image("1"), null, "secret", null))
                .hasMessageContaining("has a layer with the digest");
        registry.manifest("odd", "[]");
        assertThatThrownBy(() -> load(registry.image("odd"), null, "secret", null)).hasMessageContaining("not a JSON object");
    }

    @Test
    void verifiesSignaturesOfCosign() throws GeneralSecurityException, CodeFault {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        KeyPair signer = generator.generateKeyPair();
        String key = pem(signer);
        String digest = registry.push("1", WASM, MODULE, "");
        assertThatThrownBy(() -> load(registry.image("1"), null, "secret", key)).hasMessageContaining("404");
        registry.sign(digest, digest, signer);
        assertThat(load(registry.image("1"), null, "secret", key).digest()).isNotEmpty();
        String other = pem(generator.generateKeyPair());
        assertThatThrownBy(() -> load(registry.image("1"), null, "secret", other))
                .hasMessageContaining("no signature of the configured key");
        registry.sign(digest, "0".repeat(64), signer);
        assertThatThrownBy(() -> load(registry.image("1"), null, "secret", key))
                .hasMessageContaining("no signature of the configured key");
        assertThatThrownBy(() -> load(registry.image("1"), null, "secret", "text")).hasMessageContaining("is not");
    }

    private static String pem(KeyPair pair) {
        return "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(pair.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    @Test
    void fetchesFromAWebServer() throws CodeFault {
        registry.file("m.wasm", MODULE);
        String server = "http://" + registry.address();
        assertLoads(server + "/files/m.wasm");
        assertLoads(server + "/moved/m.wasm");
        assertThatThrownBy(() -> load(server + "/files/other.wasm", null, null, null))
                .hasMessageContaining("the server answered 404");
        assertThatThrownBy(() -> load(server + "/files/m.wasm", "0".repeat(64), null, null))
                .hasMessageContaining("has the SHA-256");
        assertThatThrownBy(() -> load("http://localhost:1/m.wasm", null, null, null)).hasMessageContaining("cannot be fetched");
    }
}
