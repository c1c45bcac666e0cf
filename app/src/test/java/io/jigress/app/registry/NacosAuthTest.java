package io.jigress.app.registry;

import static io.jigress.app.Awaited.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.app.ProcessRun;
import io.jigress.app.TestGateway;
import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.control.JsonParser;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A real Nacos server that demands a login.
@Tag("suite")
@Timeout(300)
class NacosAuthTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PASSWORD = "a&b=c d";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static NacosServer server;

    @TempDir private Path folder;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        server = NacosServer.guarded();
        // The first user, who may do everything.
        post("/v3/auth/user/admin", "password=a%26b%3Dc+d");
        awaitUser("username=nacos&password=a%26b%3Dc+d");
    }

    @AfterAll
    static void end() {
        if (server != null) {
            server.close();
        }
    }

    private static HttpResponse<String> ask(String path, String form) throws IOException, InterruptedException {
        return HTTP.send(HttpRequest.newBuilder(URI.create("http://" + server.address() + "/nacos" + path))
                .header("content-type", "application/x-www-form-urlencoded").POST(HttpRequest.BodyPublishers.ofString(form))
                .build(), HttpResponse.BodyHandlers.ofString());
    }

    /// The server reads its users every few seconds, and does not know a new one before.
    private static void awaitUser(String login) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (ask("/v3/auth/user/login", login).statusCode() != 200) {
            assertThat(System.nanoTime() - end).as("the user is known within %s", PATIENCE).isNegative();
            Thread.sleep(200);
        }
    }

    private static String post(String path, String form) throws IOException, InterruptedException {
        HttpResponse<String> answer = ask(path, form);
        assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static String token(String login) throws IOException, InterruptedException {
        byte[] answer = post("/v3/auth/user/login", login).getBytes(StandardCharsets.UTF_8);
        return JsonParser.parse(answer) instanceof JsonParser.Result.Parsed(Json json)
                ? JsonReader.of("", json).requiredText("accessToken")
                : "";
    }

    private static String registry(String namespace, String login) {
        return """
                apiVersion: jigress.io/v1
                kind: Registry
                metadata: {name: nacos}
                spec: {type: nacos, servers: ["%s"], secretRef: {name: login}, nacos: {namespace: "%s"}}
                ---
                apiVersion: v1
                kind: Secret
                metadata: {name: login}
                stringData: {%s}
                """.formatted(server.address(), namespace, login);
    }

    private static int status(TestGateway gateway, String path) {
        return TestClient.get(gateway.port(8080), path).status();
    }

    @Test
    void aWrongLoginIsAProblemOfTheRegistryUntilTheSecretIsRight() throws Exception {
        String admin = token("username=nacos&password=a%26b%3Dc+d");
        post("/v3/auth/user?accessToken=" + admin, "username=guest&password=guest");
        awaitUser("username=guest&password=guest");
        try (TestUpstream orders = TestUpstream.named("orders");
                TestUpstream other = TestUpstream.named("other");
                TestGateway gateway = TestGateway.start()) {
            post("/v3/client/ns/instance?accessToken=" + admin,
                    "serviceName=orders&ip=127.0.0.1&port=" + orders.port() + "&ephemeral=false");
            gateway.apply(registry("", "username: nacos, password: wrong"));
            gateway.apply("""
                    apiVersion: gateway.networking.k8s.io/v1
                    kind: Gateway
                    metadata: {name: main}
                    spec:
                      gatewayClassName: jigress
                      listeners: [{name: http, port: 8080, protocol: HTTP}]
                    ---
                    apiVersion: jigress.io/v1
                    kind: Backend
                    metadata: {name: orders}
                    spec: {service: {registry: nacos, name: orders}}
                    ---
                    apiVersion: jigress.io/v1
                    kind: Backend
                    metadata: {name: other}
                    spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
                    ---
                    apiVersion: gateway.networking.k8s.io/v1
                    kind: HTTPRoute
                    metadata: {name: shop}
                    spec:
                      parentRefs: [{name: main}]
                      rules:
                        - backendRefs: [{group: jigress.io, kind: Backend, name: orders}]
                        - matches: [{path: {value: /other}}]
                          backendRefs: [{group: jigress.io, kind: Backend, name: other}]
                    """.formatted(other.port()));
            shows(gateway, ": login: ");
            // While the words of the server do not say it, those of the gateway do.
            shows(gateway, "password");
            assertThat(status(gateway, "/other")).isEqualTo(200);
            assertThat(status(gateway, "/orders")).isEqualTo(503);

            gateway.apply(registry("", "username: nacos, password: \"" + PASSWORD + "\""));
            until("it serves", () -> status(gateway, "/orders") == 200);
            until("there is no problem", () -> gateway.problems().isEmpty());

            // A user without rights; the list that is known stays in use.
            gateway.apply(registry("", "username: guest, password: guest"));
            shows(gateway, "403: ");
            assertThat(status(gateway, "/orders")).isEqualTo(200);

            // Nacos' own servers take no access keys.
            gateway.apply(registry("", "accessKey: ak, secretKey: sk"));
            shows(gateway, "403: ");
            assertThat(status(gateway, "/orders")).isEqualTo(200);

            gateway.apply(registry("", "username: nacos, password: \"" + PASSWORD + "\""));
            until("there is no problem", () -> gateway.problems().isEmpty());
            assertThat(status(gateway, "/orders")).isEqualTo(200);
        }
    }

    private static void shows(TestGateway gateway, String words) {
        until("the problem has " + words, () -> {
            String problems = gateway.problems().toString();
            return problems.contains("Registry default/nacos: spec.servers is [" + server.address() + "]: ")
                    && problems.contains(words);
        });
    }

    @Test
    void configurationIsPushedAndReadWithALogin() throws Exception {
        Files.createDirectories(folder.resolve("conf"));
        int port = WiringTest.freePort();
        try (TestUpstream one = TestUpstream.named("one")) {
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
            Files.writeString(folder.resolve("right"), "username=nacos\npassword=" + PASSWORD + "\n");
            Files.writeString(folder.resolve("wrong"), "username=nacos\npassword=wrong\n");
            String url = "nacos://" + server.address() + "?group=guarded";

            ProcessRun refused = new ProcessRun(folder);
            assertThat(refused.run("push", "conf", url, "--set", "nacos.credentials=wrong")).isEqualTo(1);
            assertThat(refused.err()).contains(": login: ");
            ProcessRun none = new ProcessRun(folder);
            assertThat(none.run("push", "conf", url)).isEqualTo(1);
            assertThat(none.err()).contains("403: ");
            ProcessRun pushed = new ProcessRun(folder);
            assertThat(pushed.run("push", "conf", url, "--set", "nacos.credentials=right")).as(pushed.err()).isZero();

            Settings settings = Settings.defaults(new Machine(1, 512 << 20))
                    .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                    .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                    .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                    .with(KnownSettings.CONFIG_SOURCES, List.of(url), "test")
                    .with(KnownSettings.STATE_FOLDER, "state", "test");
            try (Wiring _ = Wiring.start(settings.with(KnownSettings.NACOS_CREDENTIALS, "right", "test"), folder)) {
                until("it serves", () -> TestClient.get(port, "/").status() == 200);
            }
            try (Wiring wiring = Wiring.start(settings.with(KnownSettings.NACOS_CREDENTIALS, "wrong", "test"), folder)) {
                until("the last good state serves", () -> TestClient.get(port, "/").status() == 200);
                until("the refusal is shown",
                        () -> wiring.live().problems().toString().contains(": login: "));
            }
        }
    }
}
