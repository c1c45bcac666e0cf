package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The page about gRPC, followed word for word with its server and grpcurl. `conformance/grpc-interop/build` builds both; without them the test is
/// skipped.
@Timeout(60)
class GrpcGuideTest {
    private static final Path TOOLS = Path.of(System.getProperty("user.home"), ".cache", "jigress-test", "grpc");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\n(.*?)^```");

    @TempDir private Path folder;

    @Test
    void theCallsOfThePageAnswerAsItSays() throws Exception {
        for (String tool : List.of("grpcurl", "interop-server")) {
            Assumptions.assumeTrue(Files.isExecutable(TOOLS.resolve(tool)),
                    "skipped: " + TOOLS.resolve(tool) + " is missing; conformance/grpc-interop/build makes it");
        }
        int server = WiringTest.freePort();
        int listener = WiringTest.freePort();
        Path conf = Files.createDirectory(folder.resolve("conf"));
        List<String> commands = new ArrayList<>();
        for (MatchResult block : BLOCK.matcher(Files.readString(Path.of("..", "docs", "grpc.md"))).results().toList()) {
            String text = block.group(2);
            switch (block.group(1)) {
                case "yaml" -> Files.writeString(conf.resolve(block.start() + ".yaml"),
                        text.replace("port: 8080", "port: " + listener).replace("port: 9000", "port: " + server));
                case "proto" -> Files.writeString(folder.resolve("calls.proto"), text);
                default -> commands.addAll(List.of(text.replace(":8080", ":" + listener).split("(?m)^\\$ ")));
            }
        }
        commands.removeIf(command -> !command.startsWith("grpcurl "));
        assertThat(commands).hasSizeGreaterThanOrEqualTo(2);

        Process interop = new ProcessBuilder(TOOLS.resolve("interop-server").toString(), "-port", String.valueOf(server))
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        Settings settings = Settings.defaults(new Machine(1, 512 << 20)).with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.CONFIG_FOLDER, conf.toString(), "test");
        try (Wiring gateway = Wiring.start(settings, folder)) {
            assertThat(gateway.live().problems()).isEmpty();
            awaitOpen(server);
            for (String command : commands) {
                String output = run(command.lines().findFirst().orElseThrow());
                command.lines().skip(1).filter(line -> !line.isBlank())
                        .forEach(line -> assertThat(output).as(command).contains(line));
            }
        } finally {
            interop.destroyForcibly();
        }
    }

    private String run(String command) throws IOException, InterruptedException {
        Matcher words = Pattern.compile("\\S+").matcher(command);
        List<String> arguments = new ArrayList<>(words.results().map(MatchResult::group).toList());
        arguments.set(0, TOOLS.resolve("grpcurl").toString());
        Process process = new ProcessBuilder(arguments).directory(folder.toFile()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    private static void awaitOpen(int port) {
        while (true) {
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException _) {
                LockSupport.parkNanos(10_000_000);
            }
        }
    }
}
