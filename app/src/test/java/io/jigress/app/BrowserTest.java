package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.proxy.tls.CertificateMaker;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.jigress.testkit.Reply;
import io.jigress.testkit.ServerCall;
import io.jigress.testkit.TestUpstream;
import io.jigress.testkit.WebSocketEcho;
import io.jigress.testkit.grpc.GrpcServerCall;
import io.jigress.testkit.grpc.GrpcTestServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Chromium uses a WebSocket, an event stream and gRPC-Web through a gateway with a certificate from the folder. Skipped where Debian's
/// `chromium-headless-shell` or `chromium` is not installed.
@Tag("suite")
@Timeout(120)
class BrowserTest {
    private static final String NAME = "shop.localhost";
    private static final long PATIENCE_SECONDS = 60;
    private static final Metadata.Key<String> END = Metadata.Key.of("x-end", Metadata.ASCII_STRING_MARSHALLER);

    @TempDir private Path folder;

    private final Instant now = Instant.now();
    private final CertificateMaker maker = new CertificateMaker(now.minus(1, ChronoUnit.HOURS), now.plus(1, ChronoUnit.HOURS));
    private final Made own = maker.certificate(List.of(NAME), KeyKind.ECDSA, maker.authority("test CA"));
    private final Map<String, CountDownLatch> seen = new ConcurrentHashMap<>();
    private final CountDownLatch eventsCancelled = new CountDownLatch(1);
    private final BlockingQueue<String> results = new LinkedBlockingQueue<>();
    private String browser;
    private TestUpstream upstream;
    private GrpcTestServer calls;
    private Wiring gateway;
    private int port;
    private int http1Port;

    @BeforeEach
    void start() throws Exception {
        Optional<String> found = Stream.of("chromium-headless-shell", "chromium").flatMap(BrowserTest::onPath).findFirst();
        Assumptions.assumeTrue(found.isPresent(), "skipped: neither chromium-headless-shell nor chromium is installed");
        browser = found.get();
        upstream = TestUpstream.start(this::serve);
        calls = GrpcTestServer.start(this::serve);
        port = WiringTest.freePort();
        http1Port = WiringTest.freePort();
        Path conf = Files.createDirectory(folder.resolve("conf"));
        Files.writeString(conf.resolve("secret.yaml"), """
                apiVersion: v1
                kind: Secret
                metadata: {name: shop}
                type: kubernetes.io/tls
                data: {tls.crt: %s, tls.key: %s}
                """.formatted(base64(own.chain()), base64(own.keyText())));
        Files.writeString(conf.resolve("shop.yaml"), """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners:
                    - {name: https, port: %d, protocol: HTTPS, hostname: %s, tls: {certificateRefs: [{name: shop}]}}
                    - name: http1
                      port: %d
                      protocol: HTTPS
                      hostname: %s
                      tls: {certificateRefs: [{name: shop}], options: {jigress.io/alpn: http/1.1}}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: main}]
                  rules:
                    - backendRefs: [{group: jigress.io, kind: Backend, name: page}]
                    - matches: [{path: {value: /test.Bytes}}]
                      backendRefs: [{group: jigress.io, kind: Backend, name: calls}]
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: page}
                spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: calls}
                spec: {protocol: h2c, endpoints: [{address: 127.0.0.1, port: %d}]}
                ---
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: web}
                spec: {type: builtin, name: grpc-web, targetRefs: [{kind: Gateway, name: main}]}
                """.formatted(port, NAME, http1Port, NAME, upstream.port(), calls.address().getPort()));
        Settings settings = Settings.defaults(new Machine(1, 512 << 20)).with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.ACCESS_LOG_ENABLED, true, "test")
                .with(KnownSettings.ACCESS_LOG_PATH, "access.log", "test")
                .with(KnownSettings.CONFIG_FOLDER, conf.toString(), "test");
        gateway = Wiring.start(settings, folder);
        assertThat(gateway.live().problems()).isEmpty();
    }

    private static Stream<String> onPath(String command) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1)).map(each -> Path.of(each, command))
                .filter(Files::isExecutable).map(Path::toString);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @AfterEach
    void stop() {
        if (gateway != null) {
            gateway.close();
            calls.close();
            upstream.close();
        }
    }

    private CountDownLatch latch(String name) {
        return seen.computeIfAbsent(name, _ -> new CountDownLatch(1));
    }

    private void serve(ServerCall call) throws Exception {
        if (WebSocketEcho.isOpening(call)) {
            WebSocketEcho.serve(call);
            return;
        }
        String body = call.request().text();
        switch (call.target()) {
            case "/" -> call.write(Reply.ok(page(), "content-type: text/html"));
            case "/events" -> events(call);
            case "/result" -> {
                results.add(body);
                call.write(Reply.ok(""));
            }
            default -> {
                latch(call.target()).countDown();
                call.write(Reply.ok(""));
            }
        }
    }

    private static String page() throws IOException {
        try (InputStream in = Objects.requireNonNull(BrowserTest.class.getResourceAsStream("/browser/page.html"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// An event is sent when the browser has seen the one before it; after the last one the browser leaves.
    private void events(ServerCall call) throws Exception {
        call.write(Reply.head(200, "content-type: text/event-stream", "transfer-encoding: chunked") + "\r\n");
        for (int i = 1; i <= 3; i++) {
            call.write(Reply.chunk("data: " + i + "\n\n"));
            if (i < 3) {
                call.await(latch("/seen?event" + i));
            }
        }
        call.awaitClosedByPeer();
        eventsCancelled.countDown();
    }

    private void serve(GrpcServerCall call) throws InterruptedException {
        String message = call.readText();
        Metadata tail = new Metadata();
        tail.put(END, "tail");
        if (call.method().endsWith("ServerStream")) {
            call.send("one");
            if (!latch("/seen?message").await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the browser did not get the first message");
            }
            call.send("two");
        } else {
            call.send("hello " + message);
        }
        call.end(Status.OK, tail);
    }

    /// The certificate is trusted by its key; the browser's own list of CA certificates stays as it is.
    private String result(int at) throws Exception {
        byte[] key = MessageDigest.getInstance("SHA-256").digest(own.certificate().getPublicKey().getEncoded());
        Path log = folder.resolve("browser.log");
        Process process = new ProcessBuilder(browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--disable-dev-shm-usage", "--remote-debugging-port=0",
                "--user-data-dir=" + folder.resolve("profile"),
                "--ignore-certificate-errors-spki-list=" + Base64.getEncoder().encodeToString(key),
                "https://" + NAME + ":" + at + "/").redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            String result = results.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(result).as(Files.readString(log)).isNotNull();
            return String.valueOf(result);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    private void check(int at, String alpn, String protocol) throws Exception {
        assertThat(result(at).lines()).containsExactly("protocol " + alpn, "socket first", "socket zweite ü",
                "socket closed 4000 bye true", "event 1", "event 2", "event 3", "Unary 200 application/grpc-web",
                "Unary message hello you", "Unary trailers x-end: tail grpc-status: 0",
                "ServerStream 200 application/grpc-web", "ServerStream message one", "ServerStream message two",
                "ServerStream trailers x-end: tail grpc-status: 0");
        assertThat(eventsCancelled.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("the event stream is cancelled").isTrue();
        gateway.close();
        assertThat(Files.readString(folder.resolve("access.log")).lines().filter(line -> line.contains("/socket")))
                .singleElement()
                .asString().contains(protocol);
    }

    @Test
    void overHttp2() throws Exception {
        check(port, "h2", "HTTP/2");
    }

    @Test
    void overHttp1() throws Exception {
        check(http1Port, "http/1.1", "HTTP/1.1");
    }
}
