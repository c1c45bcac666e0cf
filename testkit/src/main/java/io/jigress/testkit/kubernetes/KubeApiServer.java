package io.jigress.testkit.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Assumptions;

/// The API server that `conformance/cluster` starts: etcd and kube-apiserver on loopback, with the CustomResourceDefinitions of Gateway API and
/// of Jigress, and no controllers. One for all tests of a JVM; it ends with the JVM. Thread-safe.
public final class KubeApiServer {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path state;
    private final int port;
    private final String token;
    private final HttpClient client;

    /// What the API server answers.
    public record Answer(int code, String body) {
        public boolean isSuccess() { return code >= 200 && code < 300; }

        /// @throws AssertionError when it is not a success
        public Answer expectSuccess() {
            if (!isSuccess()) {
                throw new AssertionError(code + ": " + body);
            }
            return this;
        }
    }

    private KubeApiServer(Path state, int port) throws IOException {
        this.state = state;
        this.port = port;
        token = Files.readString(state.resolve("token")).strip();
        client = HttpClient.newBuilder().sslContext(trusting(state.resolve("certs/apiserver.crt"))).build();
    }

    /// The instance of this JVM; skips the test, with the reason, when the binaries are missing.
    public static KubeApiServer shared() {
        Optional<String> obstacle = obstacle();
        Assumptions.assumeTrue(obstacle.isEmpty(), obstacle::orElseThrow);
        return Shared.SERVER;
    }

    /// Another one, for tests with several clusters.
    public static KubeApiServer second() {
        shared();
        return Second.SERVER;
    }

    /// Why there is no API server here; empty when there is one.
    public static Optional<String> obstacle() {
        Path binary = cache().resolve("bin/kube-apiserver");
        return Files.isExecutable(binary)
                ? Optional.empty()
                : Optional.of("no API server: " + binary + " is missing (conformance/cluster build makes it)");
    }

    private static Path cache() {
        String named = System.getenv("JIGRESS_TEST_KUBERNETES");
        return named == null ? Path.of(System.getProperty("user.home"), ".cache/jigress-test/kubernetes") : Path.of(named);
    }

    private static final class Shared {
        static final KubeApiServer SERVER = start();
    }

    private static final class Second {
        static final KubeApiServer SERVER = start();
    }

    private static KubeApiServer start() {
        try {
            Path state = Files.createTempDirectory("jigress-apiserver");
            int etcd = freePorts();
            int api = etcd + 2;
            ProcessBuilder builder = new ProcessBuilder(script().toString(), "start", state.toString(), Integer.toString(etcd),
                    Integer.toString(api)).redirectErrorStream(true).redirectOutput(state.resolve("start.log").toFile());
            builder.environment().put("JIGRESS_TEST_PARENT", Long.toString(ProcessHandle.current().pid()));
            Process process = builder.start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(state)));
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError("the API server did not start: " + Files.readString(state.resolve("start.log")));
            }
            return new KubeApiServer(state, api);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static void stop(Path state) {
        try {
            ProcessBuilder builder = new ProcessBuilder(script().toString(), "stop", state.toString());
            builder.redirectErrorStream(true).redirectOutput(state.resolve("stop.log").toFile()).start()
                    .waitFor(30, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static Path script() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path script = folder.resolve("conformance/cluster");
            if (Files.isExecutable(script)) {
                return script;
            }
        }
        throw new IllegalStateException("conformance/cluster is missing (expected: a checkout of the project)");
    }

    /// The first of three ports that are free now: two for etcd, one for the API server. They are not of the range from which the system
    /// takes ports for connections and for servers of other tests.
    private static int freePorts() {
        while (true) {
            int first = ThreadLocalRandom.current().nextInt(10_000, 20_000);
            InetAddress loopback = InetAddress.getLoopbackAddress();
            try (ServerSocket _ = new ServerSocket(first, 1, loopback);
                    ServerSocket _ = new ServerSocket(first + 1, 1, loopback);
                    ServerSocket _ = new ServerSocket(first + 2, 1, loopback)) {
                return first;
            } catch (IOException _) {
                // The next attempt uses other ports.
            }
        }
    }

    private static SSLContext trusting(Path certificates) {
        try (InputStream in = Files.newInputStream(certificates)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int n = 0;
            for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca" + n++, certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public int port() {
        return port;
    }

    /// Its kubeconfig: context `test` may do everything, contexts `nobody` and `gateway` (users of these names) nothing.
    public Path kubeconfig() {
        return state.resolve("kubeconfig");
    }

    /// The certificates that its own is signed by.
    public Path certificates() {
        return state.resolve("certs/apiserver.crt");
    }

    /// A kubeconfig in a folder, for another way to the API server.
    public Path kubeconfig(Path folder, int otherPort) {
        try {
            return Files.writeString(folder.resolve("kubeconfig-" + otherPort),
                    Files.readString(kubeconfig()).replace("127.0.0.1:" + port, "127.0.0.1:" + otherPort));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A kubeconfig with a context that may do everything for each of several API servers.
    ///
    /// @param contexts by name
    public static Path kubeconfig(Path folder, Map<String, Context> contexts) {
        StringBuilder text = new StringBuilder("apiVersion: v1\nkind: Config\nclusters:\n");
        contexts.forEach((name, to) -> text.append("- {name: " + name + ", cluster: {server: \"https://127.0.0.1:" + to.port
                + "\", certificate-authority: \"" + to.server.certificates() + "\"}}\n"));
        text.append("users:\n");
        contexts.forEach((name, to) -> text.append("- {name: " + name + ", user: {token: \"" + to.server.token + "\"}}\n"));
        text.append("contexts:\n");
        contexts.forEach(
                (name, _) -> text.append("- {name: " + name + ", context: {cluster: " + name + ", user: " + name + "}}\n"));
        try {
            return Files.writeString(folder.resolve("kubeconfig"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A kubeconfig that names no files: it can be carried elsewhere.
    ///
    /// @param otherPort by which the API server is reached
    public String portableKubeconfig(int otherPort) {
        try {
            return "apiVersion: v1\nkind: Config\ncurrent-context: it\nclusters:\n- {name: it, cluster: {server: \"https://127.0.0.1:"
                    + otherPort + "\", certificate-authority-data: "
                    + Base64.getEncoder().encodeToString(Files.readAllBytes(certificates()))
                    + "}}\nusers:\n- {name: it, user: {token: \""
                    + token + "\"}}\ncontexts:\n- {name: it, context: {cluster: it, user: it}}\n";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// An API server and the port by which it is reached.
    public record Context(KubeApiServer server, int port) {}

    /// The path of an object: `/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes/shop`.
    ///
    /// @param namespace empty for kinds outside of namespaces
    public static String path(String apiVersion, String kind, String namespace, String name) {
        String lower = kind.toLowerCase(Locale.ROOT);
        String plural = lower.endsWith("y") && !lower.endsWith("ay")
                ? lower.substring(0, lower.length() - 1) + "ies"
                : lower.endsWith("s") ? lower + "es" : lower + "s";
        return (apiVersion.contains("/") ? "/apis/" : "/api/") + apiVersion
                + (namespace.isEmpty() ? "" : "/namespaces/" + namespace) + "/" + plural + (name.isEmpty() ? "" : "/" + name);
    }

    /// Creates or replaces an object (server-side apply).
    ///
    /// @param text of the object, YAML or JSON
    public Answer apply(String path, String text) {
        return request("PATCH", path + "?fieldManager=test&force=true", "application/apply-patch+yaml", text);
    }

    public Answer create(String collection, String json) {
        return request("POST", collection, "application/json", json);
    }

    public Answer get(String path) {
        return request("GET", path, "", "");
    }

    public Answer delete(String path) {
        return request("DELETE", path, "", "");
    }

    /// Makes a namespace when it is missing.
    public void namespace(String name) {
        Answer answer = create("/api/v1/namespaces",
                "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"" + name + "\"}}");
        if (answer.code() != 409) {
            answer.expectSuccess();
        }
    }

    public Answer request(String method, String path, String contentType, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + path))
                .header("Authorization", "Bearer " + token).timeout(PATIENCE)
                .method(method,
                        body.isEmpty() ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body, UTF_8));
        if (!contentType.isEmpty()) {
            request.header("Content-Type", contentType);
        }
        try {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString(UTF_8));
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

}
