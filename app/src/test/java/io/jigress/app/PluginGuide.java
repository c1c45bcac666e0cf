package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// A page about plugins, followed with the servers that it shows: each runs in a process of its own, on a free port in place of the written one.
final class PluginGuide implements AutoCloseable {
    private static final Pattern CALL = Pattern.compile("curl (?:-H '([^']*)' )?(?:-d '([^']*)' )?localhost:8080(/\\S*)\n(.*)\n");
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Path folder;
    private final String page;
    private final Map<String, String> replacements = new LinkedHashMap<>();
    private final List<Process> processes = new ArrayList<>();
    private int programs;

    /// @param page such as `docs/plugins-java.md`
    PluginGuide(Path folder, String page) throws IOException {
        this.folder = folder;
        this.page = Guide.page(page);
    }

    List<String> blocks(String language) {
        return Guide.blocks(page, language);
    }

    PluginGuide with(String written, String real) {
        replacements.put(written, real);
        return this;
    }

    /// Runs the service that the pages about plugins send their requests to.
    PluginGuide hello() throws IOException {
        return java(Guide.page("docs/plugins-process.md"), 9000);
    }

    /// Runs the program of the page that listens on a port.
    PluginGuide java(int port) throws IOException {
        return java(page, port);
    }

    private PluginGuide java(String from, int port) throws IOException {
        String program = Guide.blocks(from, "java").stream().filter(block -> block.contains(", " + port + ")")).findFirst()
                .orElseThrow();
        int real = WiringTest.freePort();
        Path file = Files.createDirectories(folder.resolve("program" + programs++)).resolve("Server.java");
        Files.writeString(file, program.replace(", " + port + ")", ", " + real + ")"));
        return server(port, real, Map.of(), Path.of(System.getProperty("java.home"), "bin", "java").toString(), file.toString());
    }

    /// Runs a server that listens on a port of its own in place of the written one.
    PluginGuide server(int written, int real, Map<String, String> environment, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        Process process = builder.start();
        processes.add(process);
        await(real, process);
        return with("port: " + written, "port: " + real).with("127.0.0.1:" + written, "127.0.0.1:" + real);
    }

    private static void await(int port, Process process) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.getPort();
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > end) {
                    throw new AssertionError("the server does not listen on port " + port, e);
                }
                LockSupport.parkNanos(20_000_000);
            }
        }
    }

    /// Runs a gateway with a folder of these files, and makes the calls of a part of the page.
    ///
    /// @param part the calls of other parts are not made
    /// @param path that the calls begin with
    void check(List<String> files, String part, String path) throws Exception {
        int listener = WiringTest.freePort();
        with("port: 8080", "port: " + listener);
        Path conf = Files.createDirectory(folder.resolve("conf"));
        for (int i = 0; i < files.size(); i++) {
            Files.writeString(conf.resolve(i + ".yaml"), real(files.get(i)));
        }
        Settings settings = Settings.defaults(new Machine(1, 512 << 20))
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.CONFIG_FOLDER, conf.toString(), "test");
        List<MatchResult> calls = Guide.blocks(part, "text").stream().flatMap(text -> CALL.matcher(text).results())
                .filter(call -> call.group(3).startsWith(path)).toList();
        assertThat(calls).isNotEmpty();
        try (Wiring gateway = Wiring.start(settings, folder)) {
            assertThat(gateway.live().problems()).isEmpty();
            await(gateway);
            for (MatchResult call : calls) {
                assertThat(answer(listener, call)).as(call.group()).isEqualTo(call.group(4));
            }
        }
    }

    /// Waits until the plugins are ready, or could not be made.
    private static void await(Wiring gateway) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (gateway.gateway().waiting() > 0) {
            assertThat(System.nanoTime()).as("plugins are not ready").isLessThan(end);
            LockSupport.parkNanos(10_000_000);
        }
    }

    /// The part of the page below a heading.
    String section(String heading) {
        return Guide.section(page, heading);
    }

    private String real(String text) {
        String real = text;
        for (Map.Entry<String, String> each : replacements.entrySet()) {
            real = real.replace(each.getKey(), each.getValue());
        }
        return real;
    }

    private static String answer(int listener, MatchResult call) {
        String[] fields = call.group(1) == null ? new String[0] : new String[] {call.group(1)};
        try (TestClient client = TestClient.connect(listener)) {
            ReceivedResponse response = call.group(2) == null
                    ? client.request("GET", call.group(3), fields)
                    : client.request("POST", call.group(3), call.group(2).getBytes(StandardCharsets.UTF_8), fields);
            return response.text().strip();
        }
    }

    @Override
    public void close() {
        for (Process process : processes) {
            process.destroy();
            process.onExit().join();
        }
    }
}
