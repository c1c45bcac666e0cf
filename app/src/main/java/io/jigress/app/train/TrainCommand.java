package io.jigress.app.train;

import io.jigress.app.Main;
import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.Shell;
import io.jigress.app.cli.Termination;
import io.jigress.app.demo.DemoFolder;
import io.jigress.app.demo.DemoService;
import io.jigress.plugins.load.CodeLoader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `jigress train`: runs a gateway's start and load, so that the JVM can record the loaded classes and the profiles of their code in an AOT
/// cache. The launcher runs it after a build, with the JVM options for the recording.
///
/// Every failure is an exception, since an incomplete run must not result in a cache.
@Command(name = "train", description = "Makes the AOT cache of this JDK: runs a gateway on samples under load for some seconds.")
public final class TrainCommand implements Callable<Integer> {
    private static final int PATIENCE_SECONDS = 20;
    private static final String INGRESS_HOST = "ingress.example";
    private static final String PLAIN_HOST = "plain.example";
    private static final String FILTERED_HOST = "filtered.example";
    private static final String PLUGINS_HOST = "plugins.example";
    /// Modules of WebAssembly: each is compiled, loaded and started.
    private static final int MODULES = 3;
    /// The size of what is digested, as large plugins are.
    private static final int DIGESTED = 16 << 20;

    @Option(names = "--seconds", defaultValue = "10", description = "How long the load lasts. Default: ${DEFAULT-VALUE}.") private int seconds;

    private final Shell shell;

    public TrainCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call()
            throws IOException, InterruptedException, ExecutionException, TimeoutException, DemoFolder.Refused {
        Path folder = Files.createTempDirectory("jigress-train");
        try (DemoService blue = DemoService.start("blue");
                DemoService green = DemoService.start("green");
                TrainingUpstream upstream = TrainingUpstream.start()) {
            int port = freePort();
            try (DemoFolder samples = DemoFolder.open(folder.resolve("config"))) {
                samples.write(port, blue, green);
            }
            Files.writeString(folder.resolve("config/ingress.yaml"), ingress(green.port()));
            Files.writeString(folder.resolve("config/load.yaml"), routes(upstream.port()));
            for (int i = 0; i < MODULES; i++) {
                Files.write(folder.resolve(i + ".wasm"), TrainingModule.of(i));
            }
            Files.writeString(folder.resolve("config/plugins.yaml"), plugins(folder));
            CodeLoader.sha256(new byte[DIGESTED]);
            train(folder, port, freePort());
            return ExitCode.DONE;
        } finally {
            delete(folder);
        }
    }

    private void train(Path folder, int port, int admin)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        Termination termination = new Termination();
        Shell inner = new Shell(Map.of(), folder, new PrintStream(OutputStream.nullOutputStream()), shell.err(), shell.machine(),
                termination, _ -> {});
        must("check", Main.run(inner, "check", "config"));
        CompletableFuture<Integer> gateway = CompletableFuture.supplyAsync(() -> Main.run(inner, "run", "--config", "config",
                "--port", Integer.toString(port), "--admin", "127.0.0.1:" + admin, "--set", "gateway.address=127.0.0.1",
                "--set", "state.folder=state", "--set", "warm.timeout=" + PATIENCE_SECONDS + "s", "--set",
                "access.log.enabled=true", "--set", "access.log.path=access.log"));
        try {
            if (!termination.awaited(PATIENCE_SECONDS)) {
                throw new IllegalStateException("the gateway did not start");
            }
            awaitReadiness(admin);
            for (String target : List.of("/", "/cart", "/?again", "/cart?again")) {
                ask(port, "localhost", target);
                ask(port, INGRESS_HOST, target);
                ask(port, PLUGINS_HOST, target);
            }
            ask(admin, "localhost", "/metrics");
            ask(admin, "localhost", "/config/problems");
            new TrainingLoad(port, List.of(PLAIN_HOST, FILTERED_HOST)).run(Duration.ofSeconds(seconds));
            must("explain", Main.run(inner, "explain", "--admin", "http://127.0.0.1:" + admin, "GET", "http://localhost/cart"));
        } finally {
            termination.request();
        }
        must("run", gateway.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    }

    /// Waits for the plugins, which are compiled meanwhile.
    private static void awaitReadiness(int admin) throws IOException, InterruptedException {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS); !isOk(
                answer(admin, "localhost", "/readyz"));) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("the gateway is not ready after " + PATIENCE_SECONDS + " s");
            }
            Thread.sleep(20);
        }
    }

    private static void ask(int port, String host, String target) throws IOException {
        String answer = answer(port, host, target);
        if (!isOk(answer)) {
            throw new IllegalStateException(host + target + " was answered with \"" + answer + "\" (expected: 200)");
        }
    }

    private static boolean isOk(String answer) {
        return answer.startsWith("HTTP/1.1 200 ");
    }

    private static String answer(int port, String host, String target) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(PATIENCE_SECONDS * 1000);
            socket.getOutputStream().write("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n".formatted(target, host)
                    .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private static void must(String command, int status) {
        if (status != ExitCode.DONE) {
            throw new IllegalStateException(command + " ended with " + status + " (expected: 0)");
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static String ingress(int upstream) {
        return """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: train}
            spec:
              rules:
                - host: %s
                  http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: train, port: {number: 80}}}}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: train}
            spec: {ports: [{name: http, port: 80}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: train, labels: {kubernetes.io/service-name: train}}
            addressType: IPv4
            ports: [{name: http, port: %d}]
            endpoints: [{addresses: [127.0.0.1]}]
            """.formatted(INGRESS_HOST, upstream);
    }

    /// The routes of the load, one that only forwards and one with filters, and one for plugins.
    private static String routes(int upstream) {
        return """
            apiVersion: jigress.io/v1
            kind: Backend
            metadata: {name: train}
            spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: filtered}
            spec:
              parentRefs: [{name: demo}]
              hostnames: [%s]
              rules:
                - filters:
                    - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-env, value: training}]}}
                    - {type: ResponseHeaderModifier, responseHeaderModifier: {remove: [server]}}
                  backendRefs: [{group: jigress.io, kind: Backend, name: train}]
            """.formatted(upstream, FILTERED_HOST) + forwarding("plain", PLAIN_HOST) + forwarding("plugins", PLUGINS_HOST);
    }

    private static String forwarding(String name, String host) {
        return """
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: %s}
            spec:
              parentRefs: [{name: demo}]
              hostnames: [%s]
              rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: train}]}]
            """.formatted(name, host);
    }

    /// Plugins in WebAssembly and Lua on one route.
    private static String plugins(Path folder) {
        StringBuilder plugins = new StringBuilder();
        for (int i = 0; i < MODULES; i++) {
            plugins.append(plugin("wasm-" + i, "type: wasm, url: \"" + folder.resolve(i + ".wasm").toUri() + "\""));
        }
        String script = "function envoy_on_request(handle) handle:headers():add(\"x-lua\", handle:headers():get(\"host\")) end";
        return plugins.append(plugin("lua", "type: lua, script: '" + script + "'")).toString();
    }

    private static String plugin(String name, String spec) {
        return """
                ---
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: %s}
                spec: {%s, targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: plugins}]}
                """.formatted(name, spec);
    }
}
