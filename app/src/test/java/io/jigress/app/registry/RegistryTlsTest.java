package io.jigress.app.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static io.jigress.app.Awaited.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.ProcessRun;
import io.jigress.app.TestGateway;
import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Real registries that are reached with TLS.
@Tag("suite")
@Timeout(300)
class RegistryTlsTest {

    @TempDir private Path folder;
    private TestUpstream one;

    @BeforeEach
    void start() {
        one = TestUpstream.named("one");
    }

    @AfterEach
    void stop() {
        one.close();
    }

    private static String indented(String pem) {
        return pem.strip().indent(4);
    }

    /// @param registry its `spec`
    /// @param secret the lines of its Secret
    private static String objects(String registry, String secret, String service) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: 8080, protocol: HTTP}]
                ---
                apiVersion: jigress.io/v1
                kind: Registry
                metadata: {name: registry}
                spec: %s
                ---
                apiVersion: v1
                kind: Secret
                metadata: {name: tls}
                stringData:
                %s
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: orders}
                spec: {service: {registry: registry, name: %s}}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: orders}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: orders}]}]
                """.formatted(registry, secret, service);
    }

    private static int status(TestGateway gateway) {
        return TestClient.get(gateway.port(8080), "/").status();
    }

    @Test
    void servicesOfNacosAreFollowedOverVerifiedTls() {
        NacosServer server = NacosServer.get();
        String spec = "{type: nacos, servers: [\"" + server.address() + "\"], tls: {%s}, secretRef: {name: tls}}";
        String known = "  ca.crt: |\n" + indented(server.identity().authority());
        String strange = "  ca.crt: |\n" + indented(TestIdentity.make().authority());
        try (NacosRegistrant _ = NacosRegistrant.register(server, "with-tls", one.port());
                TestGateway gateway = TestGateway.start()) {
            gateway.apply(objects(spec.formatted(""), strange, "with-tls"));
            until("the certificate is refused", () -> gateway.problems().toString().contains("the TLS handshake fails: "));
            assertThat(status(gateway)).isEqualTo(503);

            gateway.apply(objects(spec.formatted(""), known, "with-tls"));
            until("it serves", () -> status(gateway) == 200);
            until("there is no problem", () -> gateway.problems().isEmpty());

            gateway.apply(objects(spec.formatted("insecureSkipVerify: true"), strange, "with-tls"));
            until("it serves without verification", () -> TestClient.get(gateway.adminPort(), "/registries").text()
                    .contains("\"connection\": \"connected\""));
            assertThat(status(gateway)).isEqualTo(200);
        }
    }

    @Test
    void configurationIsReadFromNacosAndPushedOverVerifiedTls() throws Exception {
        NacosServer server = NacosServer.get();
        int front = NacosServer.freePort();
        Files.createDirectories(folder.resolve("conf"));
        int port = WiringTest.freePort();
        Files.writeString(folder.resolve("conf/all.yaml"), """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: %d, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: all}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: one}]}]
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: one}
                spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
                """.formatted(port, one.port()));
        Files.writeString(folder.resolve("ca.pem"), server.identity().authority());
        Files.writeString(folder.resolve("strange.pem"), TestIdentity.make().authority());
        String url = "nacos://127.0.0.1:" + front + "?tls=true&group=with-tls";
        // The server's HTTP port has no TLS: a proxy terminates it, as in front of a real cluster.
        try (TlsFront _ = TlsFront.terminating(front, server.identity(), server.port());
                TlsFront _ = TlsFront.passing(front + 1000, server.port() + 1000)) {
            ProcessRun refused = new ProcessRun(folder);
            assertThat(refused.run("push", "conf", url, "--set", "nacos.tls.ca=strange.pem")).isEqualTo(1);
            assertThat(refused.err()).contains("the TLS handshake fails: ");
            ProcessRun missing = new ProcessRun(folder);
            assertThat(missing.run("push", "conf", url, "--set", "nacos.tls.ca=none.pem")).isEqualTo(2);
            assertThat(missing.err()).contains("nacos.tls.ca: ", "none.pem cannot be read");
            ProcessRun pushed = new ProcessRun(folder);
            assertThat(pushed.run("push", "conf", url, "--set", "nacos.tls.ca=ca.pem")).as(pushed.err()).isZero();
            try (Wiring _ = Wiring.start(settings(url), folder)) {
                until("it serves", () -> TestClient.get(port, "/").status() == 200);
            }
        }
        assertThat(temporaryFolders()).as("the files for the library are gone").isEmpty();
    }

    private static List<Path> temporaryFolders() throws IOException {
        try (var all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all
                    .filter(path -> path.getFileName().toString().startsWith("jigress-tls" + ProcessHandle.current().pid() + "-"))
                    .toList();
        }
    }

    private Settings settings(String source) {
        return Settings.defaults(new Machine(1, 512 << 20))
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.NACOS_TLS_CA, "ca.pem", "test")
                .with(KnownSettings.CONFIG_SOURCES, List.of(source), "test");
    }

    @Test
    void servicesOfZooKeeperAreFollowedOverTlsWithACertificateOfTheClient() throws Exception {
        TestIdentity identity = TestIdentity.make();
        try (ZooKeeperTlsServer server = new ZooKeeperTlsServer(folder, identity);
                CuratorFramework services = CuratorFrameworkFactory.newClient(server.plain(), new RetryOneTime(100));
                TestGateway gateway = TestGateway.start()) {
            services.start();
            services.create().creatingParentsIfNeeded().forPath("/services/orders/a", """
                    {"name":"orders","id":"a","address":"127.0.0.1","port":%d,"payload":{}}""".formatted(one.port())
                    .getBytes(UTF_8));
            String spec = "{type: zookeeper, servers: [\"" + server.address() + "\"], tls: {}, secretRef: {name: tls}}";
            String authority = "  ca.crt: |\n" + indented(identity.authority());

            gateway.apply(objects(spec, authority, "orders"));
            until("a client without a certificate is refused", () -> gateway.problems().toString().contains("no connection to"));
            assertThat(status(gateway)).isEqualTo(503);

            gateway.apply(objects(spec, authority + "  tls.crt: |\n" + indented(identity.chain()) + "  tls.key: |\n"
                    + indented(identity.key()), "orders"));
            until("it serves", () -> status(gateway) == 200);

            services.delete().forPath("/services/orders/a");
            until("the empty list is heard", () -> TestClient.get(gateway.adminPort(), "/registries").text().contains("stale"));
        }
    }
}
