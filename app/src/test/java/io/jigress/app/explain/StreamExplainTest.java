package io.jigress.app.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.ProcessRun;
import io.jigress.app.TestGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamExplainTest {
    @TempDir private Path folder;

    private ProcessRun process;

    @BeforeEach
    void writeSamples() throws IOException {
        process = new ProcessRun(folder);
        Files.writeString(folder.resolve("streams.yaml"), """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners:
                    - {name: redis, port: 6379, protocol: TCP}
                    - {name: idle, port: 6380, protocol: TCP}
                    - {name: dns, port: 53, protocol: UDP}
                    - {name: http, port: 8080, protocol: HTTP}
                    - {name: db, port: 8443, protocol: TLS, hostname: "*.db.example", tls: {mode: Passthrough}}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: TCPRoute
                metadata: {name: redis}
                spec:
                  parentRefs: [{name: main, sectionName: redis}]
                  rules:
                    - backendRefs:
                        - {group: jigress.io, kind: Backend, name: blue, weight: 3}
                        - {group: jigress.io, kind: Backend, name: blues, weight: 1}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: UDPRoute
                metadata: {name: dns}
                spec:
                  parentRefs: [{name: main, sectionName: dns}]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: blue}]}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: TLSRoute
                metadata: {name: orders}
                spec:
                  parentRefs: [{name: main, sectionName: db}]
                  hostnames: [orders.db.example]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: blue}]}]
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: blue}
                spec: {endpoints: [{address: 127.0.0.1, port: 9001}]}
                ---
                apiVersion: jigress.io/v1
                kind: TrafficPolicy
                metadata: {name: dns}
                spec:
                  targetRefs: [{kind: UDPRoute, name: dns}]
                  timeouts: {idle: 5s}
                  udp: {answers: 1}
                """);
    }

    private String explain(String... question) {
        ProcessRun asked = new ProcessRun(folder);
        assertThat(asked.run(Stream.concat(Stream.of("explain", "--config", "."), Stream.of(question)).toArray(String[]::new)))
                .as(asked.err()).isZero();
        return asked.out();
    }

    @Test
    void aConnectionIsShownWithItsRouteAndTheSharesOfItsBackends() {
        assertThat(explain("tcp", ":6379")).isEqualTo("""
                tcp :6379 on listener :6379
                section gateway/default/main/redis

                goes by TCPRoute default/redis rule 0 (streams.yaml:19)
                  idle timeout of the settings, tried on up to 3 endpoints
                  75 % to Backend default/blue (streams.yaml:38), tcp, round robin
                    127.0.0.1:9001
                  25 % to unresolved/backend/default/blues
                    the reference cannot be resolved: its share is closed
                  spec.rules[0].backendRefs[1].name is "blues", and there is no Backend default/blues, so that its share of the connections is closed; \
                did you mean "blue"? (expected: the name of a Backend)
                """);
    }

    @Test
    void aServerNameChoosesTheSectionAndTheRoute() {
        assertThat(explain("tls", ":8443", "--sni", "orders.db.example"))
                .contains("section gateway/default/main/db, server names *.db.example, TLS is passed through",
                        "goes by TLSRoute default/orders rule 0");
        assertThat(explain("tls", ":8443", "--sni", "cart.db.example"))
                .contains("is closed: no route of the listener has the server name cart.db.example\n");
        assertThat(explain("tls", ":8443", "--sni", "shop.example"))
                .contains("is closed: no listener of the port has the server name shop.example\n");
        assertThat(explain("tls", ":8443")).contains("no listener of the port is for connections without server name");
    }

    @Test
    void datagramsAreShownWithTheOptionsOfTheirSessions() {
        assertThat(explain("udp", "127.0.0.1:53")).contains("goes by UDPRoute default/dns rule 0",
                "idle timeout 5s, ends after 1 answer", "Backend default/blue", "udp, round robin");
    }

    @Test
    void whyNothingGetsAConnectionIsSaid() {
        assertThat(explain("tcp", ":6380")).contains("is closed: the listener has no route");
        assertThat(explain("tcp", ":6381"))
                .contains("is closed: no listener has TCP port 6381; there are 6379, 6380, 8080, 8443");
        assertThat(explain("udp", ":6379")).contains("is dropped: no listener has UDP port 6379; there are 53");
        assertThat(explain("tcp", ":8080")).contains("carries HTTP: `explain GET http://HOST:8080/`");
        assertThat(explain("tcp", ":8443")).contains("is closed: the listener expects a TLS handshake");
    }

    @Test
    void aRequestForAHostThatCarriesNoHttpIsMisdirected() throws IOException {
        String all = Files.readString(folder.resolve("streams.yaml"));
        Files.writeString(folder.resolve("streams.yaml"), all.replace("    - {name: db,",
                "    - {name: https, port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: missing}]}}\n    - {name: db,"));
        assertThat(explain("GET", "https://orders.db.example:8443/")).contains("is answered with 421: the host is that of "
                + "gateway/default/main/db, which carries no HTTP: `explain tls` shows where it goes");
        assertThat(explain("GET", "https://db.example:8443/")).contains("is answered with 404");
    }

    @Test
    void headersOfTheProxyProtocolAreShown() throws IOException {
        Files.writeString(folder.resolve("proxy.yaml"), """
                apiVersion: jigress.io/v1
                kind: TrafficPolicy
                metadata: {name: accept}
                spec:
                  targetRefs: [{kind: Gateway, name: main}]
                  proxyProtocol: {accept: Required}
                ---
                apiVersion: jigress.io/v1
                kind: TrafficPolicy
                metadata: {name: send}
                spec:
                  targetRefs: [{kind: Backend, name: blue}]
                  proxyProtocol: {send: V2}
                """);
        assertThat(explain("tcp", ":6379")).contains("a header of the PROXY protocol is required\n",
                "connections begin with a header of the PROXY protocol, v2\n");
        assertThat(explain("GET", "http://a.example:8080/")).contains("a header of the PROXY protocol is required\n");
        assertThat(explain("udp", ":53")).doesNotContain("PROXY");
    }

    @Test
    void programsReadJson() {
        assertThat(explain("-o", "json", "tcp", ":6379")).contains("\"connection\"", "\"outcome\": \"forward\"",
                "\"place\": \"streams.yaml:19\"");
    }

    @Test
    void aRunningGatewaySaysTheSame() throws IOException {
        List<String> question = List.of("tls", ":8443", "--sni", "orders.db.example");
        String ofFolder = explain(question.toArray(String[]::new));
        try (TestGateway gateway = TestGateway.start()) {
            gateway.apply(Files.readString(folder.resolve("streams.yaml")));
            assertThat(process.run(Stream.concat(Stream.of("explain", "--admin", "localhost:" + gateway.adminPort()),
                    question.stream()).toArray(String[]::new))).as(process.err()).isZero();
            assertThat(process.out().replace("(test.yaml)", "").replaceAll(" +", " "))
                    .isEqualTo(ofFolder.replaceAll("\\(streams.yaml:\\d+\\)", "").replaceAll(" +", " "));
        }
    }

    @Test
    void whatCannotBeAskedIsSaid() {
        assertThat(process.run("explain", "--config", ".", "tcp", "redis.example:6379")).isEqualTo(2);
        assertThat(process.err()).contains("the listener is \"redis.example:6379\" (expected: ADDRESS:PORT or :PORT)");
        assertThat(new ProcessRun(folder).run("explain", "--config", ".", "tcp", ":6379", "--sni", "a.example")).isEqualTo(2);
        assertThat(new ProcessRun(folder).run("explain", "--config", ".", "tls", ":8443", "--sni", "*.example")).isEqualTo(2);
        assertThat(new ProcessRun(folder).run("explain", "--config", ".", "GET", "http://a.example/", "--sni", "a.example"))
                .isEqualTo(2);
        assertThat(new ProcessRun(folder).run("explain", "--config", ".", "tcp", ":6379", "-H", "a: b")).isEqualTo(2);
    }
}
