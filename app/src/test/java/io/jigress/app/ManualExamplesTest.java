package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.demo.DemoSamples;
import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// The examples of a page of the manual, copied in order into the files of one folder, configure a gateway that starts without a problem and
/// answers the requests of the page as the page says. An upstream on port 9000 is provided.
class ManualExamplesTest {
    private static final Pattern YAML = Pattern.compile("(?ms)^```yaml\n(.*?)^```");
    private static final Pattern TEXT = Pattern.compile("(?ms)^```text\n(\\$ .*?)^```");
    private static final Pattern LISTENER = Pattern.compile("port: (\\d+), protocol: HTTP");
    /// An endpoint that may be a listener of the page.
    private static final Pattern ENDPOINT = Pattern.compile("address: 127\\.0\\.0\\.1, port: (\\d+)");
    /// A command of the page that creates a Secret.
    private static final Pattern CERTIFICATE = Pattern.compile("(?m)^\\$ \\./jigress (cert new .*?) > (\\S+)$");
    private static final Pattern SECURE = Pattern.compile("(?m)^\\$ curl --cacert (\\S+) https://([a-z.]+):(\\d+)/\n(.*)$");
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
    /// Pages whose examples are files of the demo.
    private static final String DEMO_PAGE = "docs/getting-started.md";
    /// Pages that need a real server; the tests with that server follow them.
    private static final Set<String> OTHER_TESTS = Set.of("docs/dubbo.md", "docs/gray-releases.md", "docs/sentinel-nacos.md",
            "docs/market.md", "docs/tcp-udp.md", "docs/filters/waf.md", "docs/plugins-java.md", "docs/plugins-lua.md",
            "docs/plugins-wasm.md",
            "docs/plugins-process.md",
            "docs/filters/grpc-json-transcoder.md");
    private static final String UPSTREAM = "port: 9000";

    private final Path folder;

    ManualExamplesTest(@TempDir Path folder) {
        this.folder = folder;
    }

    /// @param expected the lines that the page shows
    private record Call(String method, int port, String target, List<String> headers, boolean statusOnly,
            List<String> expected) {}

    @TestFactory
    Stream<DynamicTest> theExamplesOfAPageAreOneFolderThatRuns() throws IOException {
        Map<String, String> pages = pages();
        assertThat(pages).containsKeys("docs/resources.md", "docs/paths.md", "docs/filters/cors.md", "docs/registries.md");
        return pages.entrySet().stream().map(page -> DynamicTest.dynamicTest(page.getKey(), () -> check(page.getValue())));
    }

    @Test
    void everyFilterShowsRequests() throws IOException {
        pages().forEach((name, text) -> {
            if (name.startsWith("docs/filters/")) {
                assertThat(calls(text)).as(name).isNotEmpty();
            }
        });
    }

    @Test
    void theExamplesOfTheFirstPageAreFilesOfTheDemo() throws IOException {
        assertThat(blocks(Files.readString(root().resolve(DEMO_PAGE)))).isNotEmpty().isSubsetOf(DemoSamples.texts());
    }

    private void check(String page) throws Exception {
        Path conf = Files.createTempDirectory(folder, "conf");
        Map<Integer, Integer> ports = new HashMap<>();
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("hello", "server: origin"))) {
            List<String> blocks = blocks(page);
            for (int i = 0; i < blocks.size(); i++) {
                String text = LISTENER.matcher(blocks.get(i)).replaceAll(
                        port -> "port: " + ports.computeIfAbsent(Integer.valueOf(port.group(1)), _ -> freePort())
                                + ", protocol: HTTP");
                text = ENDPOINT.matcher(text.replace(UPSTREAM, "port: " + upstream.port()))
                        .replaceAll(to -> "address: 127.0.0.1, port: "
                                + ports.getOrDefault(Integer.valueOf(to.group(1)), Integer.valueOf(to.group(1))));
                Files.writeString(conf.resolve("%02d.yaml".formatted(i)), text);
            }
            makeCertificates(page, conf);
            Settings settings = Settings.defaults(new Machine(1, 512 << 20))
                    .with(KnownSettings.PORTS_HTTP, freePort(), "test").with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                    .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                    .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                    .with(KnownSettings.CONFIG_FOLDER, conf.toString(), "test");
            try (Wiring wiring = Wiring.start(settings, folder)) {
                assertThat(wiring.live().problems()).isEmpty();
                assertSecureAnswers(page, ports);
                for (Call call : calls(page)) {
                    assertThat(ports).containsKey(call.port);
                    assertAnswer(call, ports.getOrDefault(call.port, 0));
                }
            }
        }
    }

    private void makeCertificates(String page, Path conf) throws IOException {
        for (MatchResult made : CERTIFICATE.matcher(page).results().toList()) {
            ProcessRun command = new ProcessRun(folder);
            assertThat(command.run(made.group(1).split(" "))).isZero();
            Files.writeString(conf.resolve(Path.of(made.group(2)).getFileName()), command.out());
        }
    }

    private void assertSecureAnswers(String page, Map<Integer, Integer> ports) throws Exception {
        for (MatchResult call : SECURE.matcher(page).results().toList()) {
            String name = call.group(2) + ":" + ports.getOrDefault(Integer.valueOf(call.group(3)), 0);
            Process curl = new ProcessBuilder("curl", "-sS", "--max-time", "10", "--cacert", call.group(1), "--resolve",
                    name + ":127.0.0.1", "https://" + name + "/").directory(folder.toFile()).redirectErrorStream(true).start();
            assertThat(new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).contains(call.group(4));
        }
    }

    private static void assertAnswer(Call call, int port) {
        try (TestClient client = TestClient.connect(port)) {
            ReceivedResponse response = client.request(call.method, call.target, call.headers.toArray(String[]::new));
            String answer = call.statusOnly ? Integer.toString(response.status()) : response.rawText();
            for (String line : call.expected) {
                assertThat(answer.toLowerCase(Locale.ROOT)).as(call.toString())
                        .contains(line.toLowerCase(Locale.ROOT));
            }
        }
    }

    /// The requests of a page: `$ curl …` followed by the response; `…` stands for varying text.
    private static List<Call> calls(String page) {
        List<Call> calls = new ArrayList<>();
        for (MatchResult block : TEXT.matcher(page).results().toList()) {
            for (String command : block.group(1).split("(?m)^\\$ ", -1)) {
                if (command.startsWith("curl ") && !command.startsWith("curl --cacert ")) {
                    calls.add(call(command.lines().toList()));
                }
            }
        }
        return calls;
    }

    private static Call call(List<String> lines) {
        String method = "GET";
        List<String> headers = new ArrayList<>();
        boolean statusOnly = false;
        String url = "";
        List<String> words = WORD.matcher(lines.getFirst()).results()
                .map(word -> word.group(1) == null ? word.group(2) : word.group(1)).toList();
        for (int i = 1; i < words.size(); i++) {
            switch (words.get(i)) {
                case "-i", "-s" -> {}
                case "-I", "-sI" -> method = "HEAD";
                case "-X" -> method = words.get(++i);
                case "-H" -> headers.add(words.get(++i));
                case "-o" -> i++;
                case "-w" -> statusOnly = words.get(++i).equals("%{http_code}\\n");
                default -> url = words.get(i);
            }
        }
        Matcher place = Pattern.compile("localhost:(\\d+)(/.*)").matcher(url);
        assertThat(place.matches()).as(lines.getFirst()).isTrue();
        return new Call(method, Integer.parseInt(place.group(1)), place.group(2), headers, statusOnly,
                lines.stream().skip(1).map(line -> line.replace("…", "").strip()).filter(line -> !line.isEmpty()).toList());
    }

    private static Map<String, String> pages() throws IOException {
        Map<String, String> pages = new TreeMap<>();
        Path root = root();
        for (Path place : List.of(root.resolve("docs"), root.resolve("docs/filters"))) {
            try (Stream<Path> files = Files.list(place)) {
                for (Path file : files.filter(file -> file.toString().endsWith(".md")).toList()) {
                    String text = Files.readString(file);
                    String name = root.relativize(file).toString();
                    if (!blocks(text).isEmpty() && !name.equals(DEMO_PAGE) && !OTHER_TESTS.contains(name)) {
                        pages.put(name, text);
                    }
                }
            }
        }
        return pages;
    }

    /// The examples that contain objects.
    private static List<String> blocks(String page) {
        return YAML.matcher(page).results().map(block -> block.group(1)).filter(block -> block.contains("kind:")).toList();
    }

    private static int freePort() {
        try {
            return WiringTest.freePort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path root() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("docs/promises.md"))) {
            root = root.getParent();
        }
        return root;
    }
}
