package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckTest {
    @TempDir private Path folder;

    private void file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static final String GATEWAY = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main}
            spec:
              gatewayClassName: jigress
              listeners: [{name: http, port: 8080, protocol: HTTP}]
            """;

    @Test
    void everyProblemHasItsPlace() throws IOException {
        file("gateway.yaml", GATEWAY);
        file("routes/shop.yaml", """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: main}]
                  rules:
                    - backendRefs:
                        - {name: shop, port: 80, wieght: 3}
                ---
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: limit}
                spec:
                  name: key-rate-limit
                  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: shop}]
                  config:
                    limit_by_per_ip: from-remote-addr
                    limit_keys:
                      - {key: "*", query_per_second: many}
                """);
        file("broken.yaml", "kind: [\n");

        ProcessRun process = new ProcessRun(folder);
        assertThat(process.run("check", ".")).isEqualTo(1);
        assertThat(process.err()).isEmpty();
        assertThat(process.out()).isEqualTo(Files.readString(golden("check.txt")));
    }

    private static Path golden(String name) {
        return Path.of(java.util.Objects.requireNonNull(CheckTest.class.getResource("/check/" + name)).getPath());
    }

    @Test
    void warningsAreListedAndForgiven() throws IOException {
        file("gateway.yaml", GATEWAY + "  colour: blue\n");

        ProcessRun process = new ProcessRun(folder);
        assertThat(process.run("check", ".")).isZero();
        assertThat(process.out())
                .startsWith("gateway.yaml:7: warning: Gateway default/main: spec.colour is not a known field and has no effect")
                .endsWith("\n1 object in 1 file: 0 errors, 1 warning\n");
    }

    @Test
    void aGoodFolderIsOneLine() throws IOException {
        file("gateway.yaml", GATEWAY);

        ProcessRun process = new ProcessRun(folder);
        assertThat(process.run("check", ".")).isZero();
        assertThat(process.out()).isEqualTo("1 object in 1 file: 0 errors, 0 warnings\n");
    }

    @Test
    void programsReadJson() throws IOException {
        file("broken.yaml", "a: b\nkind: [\n");

        ProcessRun process = new ProcessRun(folder);
        assertThat(process.run("check", "-o", "json", ".")).isEqualTo(1);
        assertThat(process.out()).contains("\"errors\": 1", "\"severity\": \"error\"", "\"source\": \"broken.yaml\"",
                "\"line\": ");
    }

    @Test
    void anEmptyFolderIsWorthAWord() throws IOException {
        file("routes.txt", GATEWAY);
        ProcessRun process = new ProcessRun(folder);
        assertThat(process.run("check", ".")).isZero();
        assertThat(process.out()).contains(
                "holds no object (expected: files named .yaml, .yml or .json, with Kubernetes objects)\n0 objects in 0 files: 0 errors, 1 warning\n");
    }

    @Test
    void aMissingFolderIsRefused() {
        ProcessRun process = new ProcessRun(folder);
        assertThat(process.run("check", "nowhere")).isEqualTo(2);
        assertThat(process.err()).isEqualTo("jigress: the folder nowhere is missing\n");
    }

    @Test
    void aFolderIsAskedFor() {
        ProcessRun process = new ProcessRun(folder);
        assertThat(process.run("check")).isEqualTo(2);
        assertThat(process.err()).contains("DIR").hasLineCount(1);
    }
}
