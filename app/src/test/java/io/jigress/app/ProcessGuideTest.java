package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The page about plugins in another process, followed word for word, with its servers. `conformance/ext-proc/build` builds the one in Go, and installs
/// what the one in Python needs; the tests with them are skipped without.
@Timeout(120)
class ProcessGuideTest {
    private static final Path TOOLS = Path.of(System.getProperty("user.home"), ".cache", "jigress-test", "ext-proc");
    private static final Path SOURCES = Path.of("..", "conformance", "ext-proc");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\n(.*?)^```");
    private static final Pattern CALL = Pattern.compile("curl (?:-H '([^']*)' )?(?:-d '([^']*)' )?localhost:8080(/\\S*)\n(.*)\n");
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    @TempDir private Path folder;
    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void stop() throws InterruptedException {
        for (Process process : processes) {
            process.destroy();
            process.waitFor();
        }
    }

    @Test
    void theServerInJavaAnswersAsThePageSays() throws Exception {
        int port = WiringTest.freePort();
        Path program = folder.resolve("Check.java");
        Files.writeString(program, blocks("java").getFirst().replace("9001", String.valueOf(port)));
        start(port, Map.of(), Path.of(System.getProperty("java.home"), "bin", "java").toString(), program.toString());
        check("/java", 9001, port);
    }

    @Test
    void theServerInGoAnswersAsThePageSays() throws Exception {
        assertThat(blocks("go").getFirst()).isEqualTo(Files.readString(SOURCES.resolve("main.go")));
        Path tool = TOOLS.resolve("ext-proc");
        Assumptions.assumeTrue(Files.isExecutable(tool), "skipped: " + tool + " is missing; conformance/ext-proc/build makes it");
        int port = WiringTest.freePort();
        start(port, Map.of(), tool.toString(), "-listen", "127.0.0.1:" + port);
        check("/go", 9002, port);
    }

    @Test
    void theServerInPythonAnswersAsThePageSays() throws Exception {
        assertThat(blocks("python").getFirst()).isEqualTo(Files.readString(SOURCES.resolve("server.py")));
        Path packages = TOOLS.resolve("python");
        Assumptions.assumeTrue(Files.isDirectory(packages.resolve("grpc")),
                "skipped: " + packages + " is missing; conformance/ext-proc/build installs it");
        int port = WiringTest.freePort();
        start(port, Map.of("PYTHONPATH", packages.toString()), "python3", SOURCES.resolve("server.py").toString(),
                "127.0.0.1:" + port);
        check("/python", 9003, port);
    }

    private static List<String> blocks(String language) throws IOException {
        return BLOCK.matcher(Files.readString(Path.of("..", "docs", "plugins-process.md"))).results()
                .filter(block -> block.group(1).equals(language)).map(block -> block.group(2)).toList();
    }

    private void start(int port, Map<String, String> environment, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        Process process = builder.start();
        processes.add(process);
        await(port, process);
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

    /// Runs the page's configuration and makes its calls to one path.
    private void check(String path, int written, int port) throws Exception {
        int listener = WiringTest.freePort();
        Path conf = Files.createDirectory(folder.resolve("conf"));
        try (TestUpstream upstream = TestUpstream.start(call -> {
            ReceivedRequest request = call.request();
            String who = request.headers().first("x-user");
            who = who == null ? request.headers().first("x-plugin") : who;
            call.write(Reply.ok("hello " + (who == null ? "" : who) + request.text() + "\n"));
        })) {
            int number = 0;
            for (String block : blocks("yaml")) {
                Files.writeString(conf.resolve(number++ + ".yaml"), block.replace("port: 8080", "port: " + listener)
                        .replace("port: 9000", "port: " + upstream.port()).replace("port: " + written, "port: " + port));
            }
            Settings settings = Settings.defaults(new Machine(1, 512 << 20))
                    .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                    .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                    .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                    .with(KnownSettings.CONFIG_FOLDER, conf.toString(), "test");
            try (Wiring gateway = Wiring.start(settings, folder)) {
                assertThat(gateway.live().problems()).isEmpty();
                int calls = 0;
                for (String text : blocks("text")) {
                    for (MatchResult call : CALL.matcher(text).results().filter(call -> call.group(3).startsWith(path))
                            .toList()) {
                        calls++;
                        assertThat(answer(listener, call)).as(call.group()).isEqualTo(call.group(4));
                    }
                }
                assertThat(calls).isPositive();
            }
        }
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
}
