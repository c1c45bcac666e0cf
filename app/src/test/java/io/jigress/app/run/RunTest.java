package io.jigress.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.ProcessRun;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RunTest {
    @TempDir private Path folder;

    private ProcessRun process;

    @BeforeEach
    void prepare() {
        process = new ProcessRun(folder);
    }

    @Test
    void runsUntilItIsToldToEnd() throws Exception {
        int port = WiringTest.freePort();
        try (TestUpstream upstream = TestUpstream.named("only")) {
            CompletableFuture<Integer> status = CompletableFuture
                    .supplyAsync(() -> process.run("run", "--to", "http://" + upstream.authority(),
                            "--port", Integer.toString(port), "--admin", "off", "--log-level", "warn"));
            process.awaitRunning();

            assertThat(TestClient.get(port, "/").status()).isEqualTo(200);
            process.terminate();
            assertThat(status.get(30, TimeUnit.SECONDS)).isZero();
            assertThat(process.err()).isEmpty();
        }
    }

    @Test
    void aTakenPortIsOneLineAndExitCode2() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int status = process.run("run", "--to", "http://127.0.0.1:1", "--port", Integer.toString(taken.getLocalPort()),
                    "--admin", "off",
                    "--set", "gateway.address=127.0.0.1");

            assertThat(status).isEqualTo(2);
            assertThat(process.err()).startsWith("jigress: ").contains(Integer.toString(taken.getLocalPort())).hasLineCount(1);
        }
    }

    @Test
    void theDemoDoesWhatItSays() throws Exception {
        int port = WiringTest.freePort();
        CompletableFuture<Integer> status = CompletableFuture
                .supplyAsync(() -> process.run("demo", "--port", Integer.toString(port), "--admin", "127.0.0.1:0"));
        process.awaitRunning();

        assertThat(process.out()).contains("curl -s localhost:" + port + "/");
        assertThat(TestClient.get(port, "/").text()).containsAnyOf("\"service\": \"blue\"", "\"service\": \"green\"");
        for (int i = 0; i < 5; i++) {
            assertThat(TestClient.get(port, "/cart").text()).contains("\"service\": \"green\"", "\"x-shop\": \"demo\"");
        }
        assertThat(TestClient.get(port, "/cart").status()).isEqualTo(429);

        Path routes = folder.resolve("jigress-demo/routes.yaml");
        Files.writeString(routes, Files.readString(routes).replace("weight: 3", "weight: 0"));
        int green = 0;
        while (green < 20) {
            green = TestClient.get(port, "/").text().contains("\"service\": \"green\"") ? green + 1 : 0;
        }
        process.terminate();
        assertThat(status.get(30, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void aDemoThatCannotStartLeavesTheFolderAsItWas() throws Exception {
        Path routes = folder.resolve("own/routes.yaml");
        Files.createDirectories(routes.getParent());
        Files.writeString(routes, "# mine\n");
        assertThat(process.run("demo", "--config", "own", "--admin", "off")).isEqualTo(2);
        assertThat(process.err()).startsWith("jigress: the folder own is not empty").hasLineCount(1);
        assertThat(folder.resolve("own").toFile().list()).containsExactly("routes.yaml");

        try (ServerSocket taken = new ServerSocket(0, 1)) {
            assertThat(process.run("demo", "--port", Integer.toString(taken.getLocalPort()), "--admin", "off")).isEqualTo(2);
        }
        assertThat(folder.resolve("jigress-demo").toFile().list()).containsExactly(".jigress-demo");
    }

    @Test
    void hangingUpReadsSettingsAndLogFilesAgain() throws Exception {
        int port = WiringTest.freePort();
        Path page = folder.resolve("error.txt");
        Files.writeString(page, "one {status}\n");
        Files.writeString(folder.resolve("settings.yaml"), "error.page: error.txt\n");
        CompletableFuture<Integer> status = CompletableFuture.supplyAsync(() -> process.run("run", "--to", "http://127.0.0.1:1",
                "--settings", "settings.yaml", "--port", Integer.toString(port), "--admin", "off"));
        process.awaitRunning();
        assertThat(TestClient.get(port, "/").text()).isEqualTo("one 502\n");

        Files.writeString(page, "two {status}\n");
        process.hangUp();
        assertThat(TestClient.get(port, "/").text()).isEqualTo("two 502\n");

        Files.writeString(folder.resolve("settings.yaml"), "error.page: gone.txt\n");
        process.hangUp();
        Files.writeString(folder.resolve("settings.yaml"), "error.pag: error.txt\n");
        process.hangUp();
        assertThat(TestClient.get(port, "/").text()).as("what is wrong changes nothing").isEqualTo("two 502\n");
        process.terminate();
        assertThat(status.get(30, TimeUnit.SECONDS)).isZero();
    }
}
