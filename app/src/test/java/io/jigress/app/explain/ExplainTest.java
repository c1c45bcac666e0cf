package io.jigress.app.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.ProcessRun;
import io.jigress.app.TestGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplainTest {
    @TempDir private Path folder;

    private ProcessRun process;

    @BeforeEach
    void writeSamples() throws IOException {
        process = new ProcessRun(folder);
        Files.writeString(folder.resolve("shop.yaml"), """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: 8080, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: main}]
                  hostnames: [shop.example]
                  rules:
                    - matches: [{path: {value: /cart}, headers: [{name: x-user, value: "7"}]}]
                      backendRefs:
                        - {group: jigress.io, kind: Backend, name: blue, weight: 3}
                        - {group: jigress.io, kind: Backend, name: green, weight: 1}
                    - matches: [{path: {value: /cart}}]
                      backendRefs: [{group: jigress.io, kind: Backend, name: green}]
                    - matches: [{path: {value: /old}}]
                      filters:
                        - type: RequestRedirect
                          requestRedirect: {statusCode: 301, path: {type: ReplaceFullPath, replaceFullPath: /cart}}
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: blue}
                spec: {endpoints: [{address: 127.0.0.1, port: 9001}]}
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: green}
                spec: {endpoints: [{address: 127.0.0.1, port: 9002}]}
                ---
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: limit}
                spec:
                  name: key-rate-limit
                  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: shop}]
                  config:
                    limit_by_per_ip: from-remote-addr
                    limit_keys: [{key: "*", query_per_second: 5}]
                """);
    }

    @Test
    void ofSeveralListenersOfAPortTheOneWithTheHostIsExplained() throws IOException {
        Files.writeString(folder.resolve("another.yaml"), """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: another}
                spec:
                  gatewayClassName: jigress
                  addresses: [{value: 127.0.0.1}, {value: 127.0.0.2}]
                  listeners: [{name: http, port: 8081, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: third}
                spec:
                  gatewayClassName: jigress
                  addresses: [{value: 127.0.0.3}]
                  listeners: [{name: http, port: 8081, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: third}
                spec:
                  parentRefs: [{name: third}]
                  hostnames: ["*.third.example"]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: blue}]}]
                """);
        assertThat(process.run("explain", "--config", ".", "GET", "http://a.third.example:8081/")).isZero();
        assertThat(process.out()).contains("HTTPRoute default/third rule 0");
    }

    @Test
    void theWinnerIsShownWithWhereItStandsAndWhereItGoes() {
        assertThat(process.run("explain", "--config", ".", "GET", "http://shop.example:8080/cart/7", "-H", "x-user: 7")).isZero();
        assertThat(process.err()).isEmpty();
        assertThat(process.out()).isEqualTo("""
                GET http://shop.example:8080/cart/7 on listener :8080

                host shop.example                               searched
                  HTTPRoute default/shop rule 0 (shop.yaml:15)  won        prefix path of 5 characters, 1 header
                  HTTPRoute default/shop rule 1 (shop.yaml:19)  outranked  fits too, but comes after HTTPRoute default/shop rule 0

                goes by HTTPRoute default/shop rule 0 (shop.yaml:15)
                  filter key-rate-limit  LIMIT 10  Plugin default/limit (shop.yaml:36)
                  75 % to Backend default/blue (shop.yaml:26), http1, round robin
                    127.0.0.1:9001
                  25 % to Backend default/green (shop.yaml:31), http1, round robin
                    127.0.0.1:9002
                """);
    }

    @Test
    void thePathIsShownInNormalForm() {
        assertThat(process.run("explain", "--config", ".", "GET", "http://shop.example:8080/old/%2e%2e//c%61rt/7?a=/../b"))
                .isZero();
        assertThat(process.out()).startsWith("""
                GET http://shop.example:8080/old/%2e%2e//c%61rt/7?a=/../b on listener :8080
                its path in normal form: /cart/7

                host shop.example                               searched
                """).contains("goes by HTTPRoute default/shop rule 1");
    }

    @Test
    void aPathThatIsRefusedSaysWhy() {
        process.run("explain", "--config", ".", "GET", "http://shop.example:8080/cart%2f7");
        assertThat(process.out()).contains("is refused: path_encoded_slash");
    }

    @Test
    void theReasonOfEachLoserIsShown() {
        assertThat(process.run("explain", "--config", ".", "GET", "http://shop.example:8080/cart", "-H", "x-user: 8")).isZero();
        assertThat(process.out()).contains("lost", "x-user").contains("goes by HTTPRoute default/shop rule 1 (shop.yaml:19)");
    }

    @Test
    void whatIsNotForwardedSaysWhy() {
        assertThat(process.run("explain", "--config", ".", "GET", "http://other.example:8080/")).isZero();
        assertThat(process.out()).endsWith("is answered with 404: no route of the host fits\n");

        ProcessRun redirected = new ProcessRun(folder);
        assertThat(redirected.run("explain", "--config", ".", "GET", "http://shop.example:8080/old")).isZero();
        assertThat(redirected.out()).contains("is redirected with 301 by HTTPRoute default/shop rule 2 (shop.yaml:21)");
    }

    @Test
    void programsReadJson() {
        assertThat(process.run("explain", "--config", ".", "-o", "json", "GET", "http://shop.example:8080/cart")).isZero();
        assertThat(process.out()).contains("\"outcome\": \"forward\"", "\"place\": \"shop.yaml:19\"",
                "\"address\": \"127.0.0.1:9002\"");
    }

    @Test
    void aRunningGatewaySaysTheSame() throws IOException {
        String[] question = {"GET", "http://shop.example:8080/cart/7", "-H", "x-user: 7"};
        process.run(Stream.concat(Stream.of("explain", "--config", "."), Stream.of(question)).toArray(String[]::new));
        try (TestGateway gateway = TestGateway.start()) {
            gateway.apply(Files.readString(folder.resolve("shop.yaml")));
            ProcessRun asked = new ProcessRun(folder);
            assertThat(asked.run(Stream.concat(Stream.of("explain", "--admin", "localhost:" + gateway.adminPort()),
                    Stream.of(question)).toArray(String[]::new))).isZero();
            // The test's gateway has no folder, so there are no line numbers.
            assertThat(asked.out().replace("(test.yaml)", "").replaceAll(" +", " "))
                    .isEqualTo(process.out().replaceAll("\\(shop.yaml:\\d+\\)", "").replaceAll(" +", " "));
        }
    }

    @Test
    void aNameThatNobodyHasLookedUpIsNoVerdict() throws IOException {
        Path shop = folder.resolve("shop.yaml");
        Files.writeString(shop, Files.readString(shop).replace("{endpoints: [{address: 127.0.0.1, port: 9002}]}",
                "{dns: {host: green.invalid, port: 80}}"));
        assertThat(process.run("explain", "--config", ".", "GET", "http://shop.example:8080/cart")).isZero();
        assertThat(process.out()).contains("no address of green.invalid is known: answered with 503 unless DNS gives one");
    }

    @Test
    void errorsOfTheFolderAreMentioned() throws IOException {
        Files.writeString(folder.resolve("broken.yaml"), "kind: [");
        assertThat(process.run("explain", "--config", ".", "GET", "http://shop.example:8080/cart")).isZero();
        assertThat(process.err())
                .isEqualTo("jigress: the folder has 1 error, which `jigress check .` shows; this is about what is left\n");
        assertThat(process.out()).contains("goes by HTTPRoute default/shop rule 1");
    }

    @Test
    void whoeverIsAskedMustBeThere() {
        assertThat(process.run("explain", "GET", "http://shop.example/")).isEqualTo(2);
        assertThat(process.err()).isEqualTo(
                "jigress: none or several of a folder, sources and an admin port are given (expected: one of --config DIR, --source URL, "
                        + "--admin URL)\n");

        ProcessRun nowhere = new ProcessRun(folder);
        assertThat(nowhere.run("explain", "--config", "nowhere", "GET", "http://shop.example/")).isEqualTo(2);
        assertThat(nowhere.err()).isEqualTo("jigress: the folder nowhere is missing\n");

        ProcessRun silent = new ProcessRun(folder);
        assertThat(silent.run("explain", "--admin", "127.0.0.1:1", "GET", "http://shop.example/")).isEqualTo(2);
        assertThat(silent.err())
                .startsWith("jigress: no answer from http://127.0.0.1:1 (is the gateway running?): cannot connect")
                .hasLineCount(1);

        ProcessRun wrong = new ProcessRun(folder);
        assertThat(wrong.run("explain", "--config", ".", "GET", "ftp://shop.example/")).isEqualTo(2);
        assertThat(wrong.err()).startsWith("jigress: the URL is").hasLineCount(1);
    }

    @Test
    void withAFolderRegistriesAreNotAskedAndWeightsAreShown() throws IOException {
        Files.writeString(folder.resolve("a-registry.yaml"), """
                apiVersion: jigress.io/v1
                kind: Registry
                metadata: {name: consul}
                spec: {type: consul, servers: ["127.0.0.1:8500"]}
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: green}
                spec: {service: {registry: consul, name: green}}
                """);
        Files.writeString(folder.resolve("a-blue.yaml"), """
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: blue}
                spec: {endpoints: [{address: 127.0.0.1, port: 9001, weight: 2}, {address: 127.0.0.1, port: 9003}]}
                """);
        process.run("explain", "--config", ".", "GET", "http://shop.example:8080/cart/7", "-H", "x-user: 7");
        assertThat(process.out()).contains("    127.0.0.1:9001, weight 2\n    127.0.0.1:9003\n",
                "    not known here, since registries are not contacted; a running gateway knows the endpoints (--admin URL)\n");
    }

    @Test
    void aDubboServiceIsShownWithTheCall() throws IOException {
        Files.writeString(folder.resolve("orders.yaml"), """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: orders}
                spec:
                  parentRefs: [{name: main}]
                  hostnames: [orders.example]
                  rules: [{backendRefs: [{group: jigress.io, kind: DubboService, name: orders}]}]
                ---
                apiVersion: jigress.io/v1
                kind: DubboService
                metadata: {name: orders}
                spec:
                  service: com.acme.OrderService
                  version: 1.0.0
                  endpoints: [{address: 127.0.0.1, port: 20880}]
                  methods: [{method: find, path: "/orders/{id}", httpMethod: GET, parameters: [{from: path, name: id, type: long}]}]
                """);
        assertThat(process.run("explain", "--config", ".", "GET", "http://orders.example/orders/7")).isZero();
        assertThat(process.out()).contains("100 % to DubboService default/orders (orders.yaml:9), dubbo, round robin",
                "calls find(long id from the path variable) of com.acme.OrderService, version 1.0.0"
                        + " by GET /orders/{id} → find");
        assertThat(process.run("explain", "--config", ".", "POST", "http://orders.example/orders/7")).isZero();
        assertThat(process.out())
                .contains("calls nothing of com.acme.OrderService, version 1.0.0: the path is one of GET: answered with 405");
    }
}
