package io.jigress.app.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.WiringTest;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The commands of the page about Nacos, word for word but for addresses, against a real Nacos server.
@Timeout(300)
class NacosGuideTest {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(sh|text)\\n(.*?)^```$");
    private static final List<String> JVM = List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
            "-Dio.netty.noUnsafe=false", "-XX:+UseParallelGC", "-Dlogback.configurationFile=logback.xml");

    @TempDir private Path folder;

    @Test
    void theCommandsOfThePageDoWhatItSays() throws Exception {
        NacosServer server = NacosServer.get();
        int port = WiringTest.freePort();
        int admin = WiringTest.freePort();
        StringBuilder script = new StringBuilder("set -eu\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait || true' EXIT\n");
        String java = "'" + Path.of(System.getProperty("java.home"), "bin", "java") + "' " + String.join(" ", JVM)
                + " -Duser.home="
                + folder + " -cp \"$CLASSES\" io.jigress.app.Main \"$@\"";
        // The gateway in the background is the job itself, so that it ends with the script.
        script.append("jigress() { ").append(java).append("; }\nbackground() { exec ").append(java).append("; }\n");
        List<String> expected = new ArrayList<>();
        for (MatchResult block : BLOCK.matcher(page()).results().toList()) {
            if (block.group(1).equals("sh")) {
                script.append(block.group(2));
            } else {
                expected.addAll(block.group(2).lines().toList());
            }
        }
        try (TestUpstream upstream = TestUpstream.named("orders")) {
            String commands = script.toString().replace("\njigress run ", "\nbackground run ")
                    .replace("127.0.0.1:8848", server.address())
                    .replace("8080", Integer.toString(port)).replace("8001", Integer.toString(admin))
                    .replace("port=9000", "port=" + upstream.port())
                    .replace("group=gateway", "group=gateway-" + System.nanoTime())
                    .replace(registries(admin), "for i in $(seq 100); do " + registries(admin).strip()
                            + " | grep -q '\"used\": 1' && break; sleep 0.1; done\n" + registries(admin));
            Path output = folder.resolve("output");
            Path errors = folder.resolve("errors");
            ProcessBuilder builder = new ProcessBuilder("bash", "-c", commands).directory(folder.toFile())
                    .redirectOutput(output.toFile()).redirectError(errors.toFile());
            builder.environment().put("CLASSES", System.getProperty("java.class.path"));
            Process process = builder.start();
            try {
                assertThat(process.waitFor(200, TimeUnit.SECONDS)).as("it ends").isTrue();
                String printed = Files.readString(output);
                assertThat(process.exitValue()).as(printed + Files.readString(errors)).isZero();
                int at = 0;
                for (String line : expected) {
                    assertThat(printed.indexOf(line + "\n", at)).as("\"%s\" in order in %s", line, printed).isNotNegative();
                    at = printed.indexOf(line + "\n", at) + line.length();
                }
                assertThat(printed).contains("\"service\": \"orders\"").contains("\"used\": 1");
                assertThat(upstream.requests()).hasSizeGreaterThanOrEqualTo(2);
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        }
    }

    /// The command of the page that shows what the gateway knows of registries, which takes a moment.
    private static String registries(int admin) {
        return "curl -sS http://127.0.0.1:" + admin + "/registries\n";
    }

    private static String page() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("docs/nacos.md"))) {
            root = root.getParent();
        }
        return Files.readString(root.resolve("docs/nacos.md"));
    }
}
