package io.jigress.app;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The example of the page about UDP for QUIC, with two Caddy servers and the HTTP/3 client of aioquic. `conformance/http3/build` installs both; without
/// them the tests are skipped.
@Timeout(90)
class Http3GuideTest {
    private static final Path TOOLS = Path.of(System.getProperty("user.home"), ".cache", "jigress-test", "http3");
    private static final Path CADDY = TOOLS.resolve("bin/caddy");
    private static final int LENGTH = 3_000_000;

    @TempDir private Path folder;

    private final List<Process> servers = new ArrayList<>();
    private int listener;
    private int one;
    private int other;

    @BeforeEach
    void startServers() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(CADDY),
                "skipped: " + CADDY + " is missing; conformance/http3/build installs it");
        run(folder, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost");
        Files.write(folder.resolve("long"), new byte[LENGTH]);
        listener = WiringTest.freePort();
        one = server("one");
        other = server("other");
    }

    @AfterEach
    void stopServers() {
        servers.forEach(Process::destroyForcibly);
    }

    private int server(String name) throws IOException {
        int port = WiringTest.freePort();
        Path config = Files.writeString(folder.resolve(name + ".caddy"), """
                {
                    admin off
                    auto_https off
                    persist_config off
                    default_sni localhost
                }
                https://localhost:%d {
                    bind 127.0.0.1
                    tls cert.pem key.pem
                    root * .
                    handle /name {
                        respond "%s"
                    }
                    file_server
                }
                """.formatted(port, name));
        ProcessBuilder caddy = new ProcessBuilder(CADDY.toString(), "run", "--config", config.toString(), "--adapter",
                "caddyfile")
                .directory(folder.toFile()).redirectErrorStream(true).redirectOutput(folder.resolve(name + ".log").toFile());
        caddy.environment().put("XDG_DATA_HOME", folder.resolve("data-" + name).toString());
        servers.add(caddy.start());
        while (true) {
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return port;
            } catch (IOException _) {
                LockSupport.parkNanos(10_000_000);
            }
        }
    }

    private Wiring gateway(String endpoints) throws Exception {
        Path conf = Files.createDirectory(folder.resolve("conf"));
        int file = 0;
        for (String block : Guide.blocks(Guide.section(Guide.page("docs/udp.md"), "## QUIC and HTTP/3"), "yaml")) {
            Files.writeString(conf.resolve(++file + ".yaml"), block.replace("8443", Integer.toString(listener))
                    .replace("[{address: 127.0.0.1, port: 9443}, {address: 127.0.0.1, port: 9444}]", endpoints));
        }
        Wiring gateway = Wiring.start(Settings.defaults(new Machine(1, 512 << 20))
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.CONFIG_FOLDER, conf.toString(), "test"), folder);
        assertThat(gateway.live().problems()).isEmpty();
        return gateway;
    }

    private Wiring both() throws Exception {
        return gateway("[{address: 127.0.0.1, port: " + one + "}, {address: 127.0.0.1, port: " + other + "}]");
    }

    /// @return the lines of the client: one for each connection
    private List<String> requests(int connections, int requests, String path, String... options) throws Exception {
        Path client = Path.of("").toAbsolutePath().resolveSibling("conformance/http3/client.py");
        List<String> command = new ArrayList<>(List.of("python3", client.toString(), Integer.toString(listener),
                Integer.toString(connections), Integer.toString(requests), path));
        command.addAll(List.of(options));
        return run(folder, command.toArray(String[]::new)).lines().toList();
    }

    private static String run(Path folder, String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().put("PYTHONPATH", TOOLS.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    @Test
    void aConnectionStaysWithItsEndpoint() throws Exception {
        try (Wiring _ = both()) {
            List<String> lines = requests(8, 5, "/name");
            assertThat(lines).hasSize(8)
                    .allSatisfy(line -> assertThat(line.split(" ")).as("the endpoint of a connection").hasSize(5)
                            .containsOnly(line.substring(0, line.indexOf(' '))));
            assertThat(lines.stream().map(line -> line.split(" ")[0]).collect(Collectors.toSet()))
                    .containsExactlyInAnyOrder("one", "other");
        }
    }

    @Test
    @Tag("suite")
    void longBodiesPassWhole() throws Exception {
        try (Wiring _ = both()) {
            assertThat(requests(2, 2, "/long")).containsOnly(LENGTH + " " + LENGTH);
        }
    }

    @Test
    void aConnectionGoesOnFromAnotherPortOfItsClientWhereThereIsOneEndpoint() throws Exception {
        try (Wiring _ = gateway("[{address: 127.0.0.1, port: " + one + "}]")) {
            assertThat(requests(1, 3, "/name", "rebind")).containsExactly("one one one");
        }
    }

    @Test
    void tlsOfTheSamePortNumberGoesToTheSameServers() throws Exception {
        try (Wiring _ = both()) {
            assertThat(run(folder, "curl", "--silent", "--show-error", "--cacert", "cert.pem", "--dump-header", "-",
                    "https://localhost:" + listener + "/name")).contains("HTTP/2 200").containsIgnoringCase("alt-svc: h3=")
                    .containsAnyOf("one", "other");
        }
    }
}
