package io.jigress.app.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.ProcessRun;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

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
    void withStrictWarningsFail() throws IOException {
        file("gateway.yaml", GATEWAY + "  colour: blue\n");

        assertThat(new ProcessRun(folder).run("check", "--strict", ".")).isEqualTo(1);
        file("gateway.yaml", GATEWAY);
        assertThat(new ProcessRun(folder).run("check", "--strict", ".")).isZero();
    }

    @Test
    void problemsAreInTheOrderOfFileAndLine() throws IOException {
        file("b.yaml", GATEWAY + "  zebra: 1\n  apple: 2\n");
        file("a.yaml", "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: z}\n");

        ProcessRun process = new ProcessRun(folder);
        process.run("check", "-o", "json", ".");
        assertThat(process.out()).containsSubsequence("a.yaml", "zebra", "apple");
    }

    @Test
    void codeScannersReadSarif() throws IOException {
        file("conf/gateway.yaml", GATEWAY + "  colour: \"<&>\"\n");
        file("conf/broken.yaml", "kind: [\n");

        ProcessRun process = new ProcessRun(folder);
        assertThat(process.run("check", "-o", "sarif", "./conf/")).isEqualTo(1);
        assertThat(process.out().replaceAll("\\s+", "")).contains("\"version\":\"2.1.0\"", "\"level\":\"error\"",
                "\"level\":\"warning\"",
                "\"uri\":\"conf/gateway.yaml\"},\"region\":{\"startLine\":7}", "\"uri\":\"conf/broken.yaml\"",
                "\"ruleId\":\"Gateway\"");
    }

    @Test
    void buildServersReadJunit() throws Exception {
        file("gateway.yaml", GATEWAY + "  \"<&>\": blue\n");
        file("broken.yaml", "kind: [\n");

        ProcessRun process = new ProcessRun(folder);
        assertThat(process.run("check", "-o", "junit", ".")).isEqualTo(1);
        var document = DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder()
                .parse(new InputSource(new StringReader(process.out())));
        var suite = document.getDocumentElement();
        assertThat(suite.getAttribute("tests")).isEqualTo("2");
        assertThat(suite.getAttribute("failures")).isEqualTo("1");
        assertThat(document.getElementsByTagName("failure").item(0).getTextContent()).startsWith("broken.yaml:2: error: ");
        assertThat(document.getElementsByTagName("system-out").item(0).getTextContent())
                .contains("spec.<&> is not a known field");
    }

    @Test
    void aPortOfTheGatewayItselfIsNamed() throws IOException {
        file("gateway.yaml", GATEWAY.replace("port: 8080", "port: 8001"));

        ProcessRun process = new ProcessRun(folder);
        assertThat(process.run("check", ".")).isEqualTo(1);
        assertThat(process.out())
                .startsWith("gateway.yaml:6: error: Gateway default/main: spec.listeners[0].port is 8001, which is not opened"
                        + " here: the setting admin.address has 127.0.0.1:8001 (expected: another port, or addresses that differ)\n");
    }

    @Test
    void anotherFormatIsRefused() {
        ProcessRun process = new ProcessRun(folder);
        assertThat(process.run("check", "-o", "xml", ".")).isEqualTo(2);
        assertThat(process.err()).isEqualTo("jigress: -o is \"xml\" (expected: text, json, sarif or junit)\n");
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
