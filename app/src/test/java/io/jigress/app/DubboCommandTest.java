package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.dubbo.sample.DubboProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("suite")
@Timeout(120)
class DubboCommandTest {
    @TempDir private Path folder;

    private ProcessRun process;

    @BeforeEach
    void begin() {
        process = new ProcessRun(folder);
    }

    private void types(int port) throws IOException {
        Files.writeString(folder.resolve("types.yaml"), """
                apiVersion: jigress.io/v1
                kind: DubboService
                metadata: {name: types, namespace: shop}
                spec:
                  service: io.jigress.dubbo.sample.TypeService
                  version: 1.0.0
                  group: test
                  endpoints: [{address: 127.0.0.1, port: %d}]
                  classes:
                    com.acme.Node: {fields: {name: java.lang.String, next: com.acme.Node}}
                  methods:
                    - method: two
                      path: /two/{first}
                      httpMethod: GET
                      parameters: [{from: path, name: first, type: java.lang.String}, {from: query, name: n, type: long, default: 5}]
                    - method: nodes
                      path: /nodes
                      parameters: [{from: entireBody, type: com.acme.Node}]
                  errors: {statuses: {com.acme.Gone: 410}}
                """.formatted(port));
    }

    @Test
    void servicesAreListedAndDescribed() throws IOException {
        types(20880);
        assertThat(process.run("dubbo", "list", "--config", ".")).isZero();
        assertThat(process.out())
                .isEqualTo("shop/types  io.jigress.dubbo.sample.TypeService, version 1.0.0, group test, methods 2\n");
        ProcessRun described = new ProcessRun(folder);
        assertThat(described.run("dubbo", "describe", "shop/types", "--config", ".")).isZero();
        assertThat(described.out()).isEqualTo("""
                shop/types  io.jigress.dubbo.sample.TypeService, version 1.0.0, group test
                types: mapping
                  GET /two/{first}
                    two(java.lang.String first from the path variable, long n from the query parameter)
                  POST /nodes
                    nodes(com.acme.Node from the body)
                """);
    }

    @Test
    void anOpenApiDocumentIsPrinted() throws IOException {
        types(20880);
        assertThat(process.run("dubbo", "openapi", "shop/types", "--config", ".")).isZero();
        assertThat(process.out().replaceAll("\\s+", "")).contains("\"openapi\":\"3.1.0\"", "\"/two/{first}\":{\"get\":",
                "{\"name\":\"first\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}}",
                "{\"name\":\"n\",\"in\":\"query\",\"schema\":{\"type\":\"integer\",\"format\":\"int64\",\"default\":5}}",
                "\"com.acme.Node\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
                        + "\"next\":{\"$ref\":\"#/components/schemas/com.acme.Node\"}}}",
                "\"410\":{\"description\":\"com.acme.Gone\"");
    }

    @Test
    void aServiceIsCalled() throws IOException {
        try (DubboProcess provider = DubboProcess.provider()) {
            types(Integer.parseInt(provider.await("port")));
            assertThat(process.run("dubbo", "call", "shop/types", "GET", "/two/a?n=7", "--config", ".")).as(process.err())
                    .isZero();
            assertThat(process.out()).isEqualTo("\"a 7\"\n");
            ProcessRun wrong = new ProcessRun(folder);
            assertThat(wrong.run("dubbo", "call", "shop/types", "GET", "/two/a?n=x", "--config", ".")).isEqualTo(1);
            assertThat(wrong.out()).contains("\"bad_argument\"");
            assertThat(wrong.err()).isEqualTo("jigress: answered with 400\n");
        }
    }

    @Test
    void theFailureOfACallIsNamed() throws IOException {
        types(1);
        assertThat(process.run("dubbo", "call", "shop/types", "GET", "/two/a", "--config", ".")).isEqualTo(1);
        assertThat(process.err()).isEqualTo("jigress: answered with 502: connect_failed\n");
    }

    @Test
    void whatIsMisunderstoodIsOneLine() throws IOException {
        types(20880);
        assertThat(process.run("dubbo", "show", "--config", ".")).isEqualTo(2);
        assertThat(process.run("dubbo", "describe", "--config", ".")).isEqualTo(2);
        assertThat(process.run("dubbo", "describe", "none", "--config", ".")).isEqualTo(2);
        assertThat(process.run("dubbo", "call", "none", "GET", "/", "--config", ".")).isEqualTo(2);
        assertThat(process.run("dubbo", "list")).isEqualTo(2);
        assertThat(process.err().lines()).hasSize(5).allMatch(line -> line.startsWith("jigress: "));
    }
}
