package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.Poll;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The page about plugins in Java: its examples are compiled, packed and run as it says.
@Timeout(120)
class JavaGuideTest {
    @TempDir private Path folder;
    private TestUpstream upstream;
    private TestGateway gateway;

    @BeforeEach
    void start() {
        upstream = TestUpstream.answering(Reply.ok("hello"));
        gateway = TestGateway.start();
    }

    @AfterEach
    void stop() {
        gateway.close();
        upstream.close();
    }

    private static List<String> blocks(String language) throws IOException {
        List<String> found = new ArrayList<>();
        Matcher matcher = Pattern.compile("(?ms)^```" + language + "\n(.*?)^```")
                .matcher(Files.readString(Path.of("..", "docs", "plugins-java.md")));
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    /// Compiles the example with this class, and packs it.
    private Path build(String type) throws IOException {
        String source = blocks("java").stream().filter(block -> block.contains("public final class " + type)).findFirst()
                .orElseThrow();
        Path classes = Files.createDirectory(folder.resolve(type));
        Path file = Files.writeString(folder.resolve(type + ".java"), source);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            assertThat(compiler.getTask(messages, files, null, List.of("-d", classes.toString(), "-cp",
                    System.getProperty("java.class.path"), "-proc:none"), null, files.getJavaFileObjects(file)).call())
                    .as("%s", messages).isTrue();
        }
        Path jar = folder.resolve(type + ".jar");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream zip = new JarOutputStream(out);
                Stream<Path> all = Files.walk(classes)) {
            for (Path each : all.filter(Files::isRegularFile).toList()) {
                put(zip, classes.relativize(each).toString(), Files.readAllBytes(each));
            }
            put(zip, "META-INF/services/io.jigress.api.FilterFactory",
                    ("example." + type + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return jar;
    }

    private static void put(JarOutputStream zip, String name, byte[] content) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(content);
        zip.closeEntry();
    }

    private void apply(String yaml) {
        gateway.apply(yaml.replace("port: 9000", "port: " + upstream.port()));
        gateway.awaitFilters();
        assertThat(gateway.problems()).isEmpty();
    }

    @Test
    @Tag("suite")
    void thePluginsAnswerAsThePageSays() throws Exception {
        String blocking = blocks("yaml").getFirst();
        String counting = blocking.substring(0, blocking.lastIndexOf("---")) + "---\n" + blocks("yaml").get(1);
        for (String type : List.of("CheckUser", "CountTenants")) {
            boolean first = type.equals("CheckUser");
            try (PluginGuide guide = new PluginGuide(Files.createDirectory(folder.resolve("guide" + type)),
                    "docs/plugins-java.md")) {
                guide.hello().java(9001).with("file:///tmp/plugins/" + (first ? "check-user" : "count-tenants") + ".jar",
                        build(type).toUri().toString()).with("deadline: 500ms", "deadline: 30s");
                guide.check(List.of(first ? blocking : counting),
                        guide.section(first
                                ? "## A plugin that asks a service, in ten minutes"
                                : "## A plugin in event style, in ten minutes"),
                        "/");
            }
        }
    }

    @Test
    void theBlockingPluginAsksItsService() throws IOException {
        try (TestUpstream users = TestUpstream.start(call -> {
            boolean known = "7".equals(call.request().headers().first("x-token"));
            call.write(Reply.of(known ? 200 : 404, known ? "ann" : ""));
        })) {
            apply(blocks("yaml").getFirst()
                    .replace("file:///tmp/plugins/check-user.jar", build("CheckUser").toUri().toString())
                    .replace("127.0.0.1:9001", users.authority()).replace("deadline: 500ms", "deadline: 30s"));
            assertThat(TestClient.get(gateway.port(8080), "/").status()).isEqualTo(401);
            ReceivedResponse refused = TestClient.get(gateway.port(8080), "/", "x-token: 8");
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.text()).isEqualTo("not you\n");
            assertThat(upstream.requests()).isEmpty();
            assertThat(TestClient.get(gateway.port(8080), "/", "x-token: 7").text()).isEqualTo("hello");
            assertThat(upstream.lastRequest().headers().all("x-user")).containsExactly("ann");
        }
    }

    @Test
    void aPluginInQuarantineSaysSoInItsStatusAndAsAProblem() throws IOException {
        int port;
        try (TestUpstream gone = TestUpstream.named("gone")) {
            port = gone.port();
        }
        apply(blocks("yaml").getFirst()
                .replace("file:///tmp/plugins/check-user.jar", build("CheckUser").toUri().toString())
                .replace("127.0.0.1:9001", "127.0.0.1:" + port).replace("deadline: 500ms", "deadline: 30s"));
        for (int i = 0; i < 5; i++) {
            assertThat(TestClient.get(gateway.port(8080), "/", "x-token: 7").status()).isEqualTo(500);
        }
        assertThat(TestClient.get(gateway.port(8080), "/", "x-token: 7").status()).isEqualTo(503);
        while (!gateway.pluginStatus("check-user").contains("Working")) {
            Poll.pause();
        }
        assertThat(gateway.pluginStatus("check-user")).contains("NotWorking", "ConnectException", "answered with 503");
        assertThat(gateway.problems()).singleElement().asString().contains("check-user", "ConnectException");
        try (TestUpstream _ = TestUpstream.start(port, call -> {
            call.request();
            call.write(Reply.ok("ann"));
        })) {
            // It is tried again after a second.
            while (TestClient.get(gateway.port(8080), "/", "x-token: 7").status() != 200) {
                Poll.pause();
            }
            while (gateway.pluginStatus("check-user").contains("Working")) {
                Poll.pause();
            }
            assertThat(gateway.problems()).isEmpty();
        }
    }

    @Test
    void thePluginInEventStyleCounts() throws IOException {
        String rest = blocks("yaml").getFirst();
        apply(rest.substring(0, rest.lastIndexOf("---")) + "---\n" + blocks("yaml").get(1)
                .replace("file:///tmp/plugins/count-tenants.jar", build("CountTenants").toUri().toString()));
        try (TestClient client = TestClient.connect(gateway.port(8080))) {
            client.request("GET", "/", "x-tenant: a");
            client.request("GET", "/");
            client.request("GET", "/", "x-tenant: b");
        }
        assertThat(upstream.requests()).extracting(ReceivedRequest::headers)
                .extracting(headers -> headers.first("x-request-number"))
                .containsExactly("1", null, "2");
        assertThat(gateway.gateway().metrics()).contains("jigress_filter_jar_tenant_requests_total 2");
    }
}
