package io.jigress.app.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.ProcessRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.security.MessageDigest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstallTest {
    @TempDir private Path folder;

    private ProcessRun process;

    @BeforeEach
    void prepare() throws IOException {
        process = new ProcessRun(folder);
        Files.createDirectories(folder.resolve("market"));
        Files.createDirectories(folder.resolve("conf"));
        Files.writeString(folder.resolve("market/index.yaml"), PluginCommandTest.INDEX + """
                    - name: auth
                      version: 2 beta
                      kind: wasm
                      module: {url: auth.wasm}
                    - name: pinned
                      version: v3
                      kind: wasm
                      module: {url: "oci://registry.example/auth:3", sha256: "%1$s"}
                    - name: other
                      version: v4
                      kind: wasm
                      module: {url: auth.wasm, sha256: "%1$s"}
                """.formatted("0".repeat(64)).replace("version: 2 beta", "version: '2 beta'"));
        Files.writeString(folder.resolve("market/greeting.lua"), "function envoy_on_request(handle)\nend\n");
        Files.write(folder.resolve("market/auth.wasm"), new byte[] {0, 'a', 's', 'm'});
    }

    private String written(String file) throws IOException {
        return Files.readString(folder.resolve("conf").resolve(file));
    }

    @Test
    void aScriptIsWrittenIntoThePlugin() throws IOException {
        assertThat(process.run("plugin", "install", "greeting", "--index", "market", "--config", "conf", "--target",
                "HTTPRoute/shop")).isZero();
        assertThat(written("greeting.yaml")).isEqualTo("""
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: greeting, namespace: default}
                spec:
                  type: lua
                  name: greeting
                  phase: TRANSFORM
                  priority: 10
                  script: |
                    function envoy_on_request(handle)
                    end
                  config: {word: bonjour}
                  targetRefs:
                    - {group: gateway.networking.k8s.io, kind: HTTPRoute, name: shop}
                """);
        assertThat(process.out())
                .isEqualTo("wrote " + folder.resolve("conf/greeting.yaml") + ": Plugin default/greeting, lua, version 1.0.0\n");
        assertThat(process.err()).isEqualTo("jigress: spec.config is an example: jigress plugin show greeting has the fields\n");
    }

    @Test
    void aModuleIsCopiedAndPinned() throws Exception {
        assertThat(
                process.run("plugin", "install", "auth", "--index", "market", "--config", "conf", "--as", "login", "-n", "shop"))
                .isZero();
        String sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(new byte[] {0, 'a', 's', 'm'}));
        Path copy = folder.resolve("conf/modules/auth-2_beta.wasm");
        assertThat(copy).hasBinaryContent(new byte[] {0, 'a', 's', 'm'});
        assertThat(written("login.yaml")).contains("metadata: {name: login, namespace: shop}", sha256, "url: ",
                "file://" + copy.toUri().getRawPath());
        assertThat(process.err()).contains("the Plugin has no targets yet");
    }

    @Test
    void anImageIsReferredTo() throws IOException {
        assertThat(
                process.run("plugin", "install", "pinned", "--index", "market", "--config", "conf", "--target", "Gateway/main"))
                .isZero();
        assertThat(written("pinned.yaml")).contains("oci://registry.example/auth:3", "sha256: \"" + "0".repeat(64) + "\"");
        assertThat(folder.resolve("conf/modules")).doesNotExist();
    }

    @Test
    void aBuiltInFilterIsWrittenWithTheExampleOfItsPage() throws IOException {
        assertThat(process.run("plugin", "install", "ip-restriction", "--config", "conf", "--target", "HTTPRoute/shop")).isZero();
        assertThat(written("ip-restriction.yaml")).contains("  name: ip-restriction\n", "config:", "allow:")
                .doesNotContain("type:");
    }

    @Test
    void aPluginOfTheNameOfABuiltInFilterIsTakenFromTheIndexOfTheCommandLine() throws IOException {
        ProcessRun making = new ProcessRun(folder);
        assertThat(making.run("plugin", "new", "cors", "--kind", "lua")).as(making.err()).isZero();
        assertThat(process.run("plugin", "install", "cors", "--index", "cors", "--config", "conf", "--target", "HTTPRoute/shop"))
                .as(process.err()).isZero();
        assertThat(written("cors.yaml")).contains("  type: lua\n  name: cors\n", "script: |");
        ProcessRun setting = new ProcessRun(folder);
        assertThat(setting.run("plugin", "install", "cors", "--set", "plugins.indexes=cors", "--config", "conf", "--as", "other"))
                .as(setting.err()).isZero();
        assertThat(written("other.yaml")).doesNotContain("type:");
        assertThat(setting.err())
                .startsWith("jigress: the plugin cors is that of the index built-in; of the same name: that of cors");
    }

    @Test
    void aDryRunWritesNothing() {
        assertThat(process.run("plugin", "install", "greeting", "--index", "market", "--config", "conf", "--dry-run")).isZero();
        assertThat(process.out()).startsWith("would write ").contains("kind: Plugin\n");
        assertThat(folder.resolve("conf")).isEmptyDirectory();
    }

    @Test
    void filesOfOthersAreNotReplaced() throws IOException {
        Files.writeString(folder.resolve("conf/greeting.yaml"), "mine");
        assertThat(process.run("plugin", "install", "greeting", "--index", "market", "--config", "conf")).isEqualTo(1);
        assertThat(process.err()).contains("greeting.yaml is there already; nothing was written (--force replaces it)");
        assertThat(written("greeting.yaml")).isEqualTo("mine");
        assertThat(process.run("plugin", "install", "greeting", "--index", "market", "--config", "conf", "--force", "--target",
                "HTTPRoute/shop")).isZero();
        assertThat(written("greeting.yaml")).startsWith("apiVersion");
    }

    @Test
    void aModuleWithAnotherChecksumIsNotInstalled() {
        assertThat(process.run("plugin", "install", "other", "--index", "market", "--config", "conf")).isEqualTo(1);
        assertThat(process.err()).contains("the plugin other is not installed: file:///", " has the SHA-256 ", "expected: 0000");
        assertThat(folder.resolve("conf")).isEmptyDirectory();
    }

    @Test
    void wrongFlagsAreOneLine() {
        assertThat(process.run("plugin", "install", "cors")).isEqualTo(2);
        assertThat(process.err()).isEqualTo("jigress: no folder is given (expected: --config DIR)\n");
        ProcessRun target = new ProcessRun(folder);
        assertThat(target.run("plugin", "install", "cors", "--config", "conf", "--target", "shop")).isEqualTo(2);
        assertThat(target.err()).startsWith("jigress: --target is \"shop\" (expected: ");
        ProcessRun outside = new ProcessRun(folder);
        assertThat(outside.run("plugin", "install", "cors", "--config", "conf", "--as", "../cors")).isEqualTo(2);
        assertThat(outside.err()).startsWith("jigress: --as is \"../cors\" (expected: lower-case letters");
        assertThat(folder.resolve("cors.yaml")).doesNotExist();
        ProcessRun namespace = new ProcessRun(folder);
        assertThat(namespace.run("plugin", "install", "cors", "--config", "conf", "-n", "A b")).isEqualTo(2);
        assertThat(namespace.err()).startsWith("jigress: --namespace is \"A b\" (expected: lower-case letters");
    }
}
