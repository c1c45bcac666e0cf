package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The official interop cases of gRPC, with the gateway between the client and the server of grpc-go. `conformance/grpc-interop/build` builds both;
/// without them the test is skipped.
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class GrpcInteropTest {
    private static final Path TOOLS = Path.of(System.getProperty("user.home"), ".cache", "jigress-test", "grpc");
    /// The balancer with which the client gets load reports.
    private static final String ORCA = "{\"loadBalancingConfig\":[{\"test_backend_metrics_load_balancer\":{}}]}";
    private static Process server;
    private static GatewayUnderTest gateway;

    @BeforeAll
    static void start() throws IOException {
        for (String tool : new String[] {"interop-client", "interop-server"}) {
            Assumptions.assumeTrue(Files.isExecutable(TOOLS.resolve(tool)),
                    "skipped: " + TOOLS.resolve(tool) + " is missing; conformance/grpc-interop/build makes it");
        }
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        server = new ProcessBuilder(TOOLS.resolve("interop-server").toString(), "-port", String.valueOf(port))
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        GatewayUnderTest.await(() -> isOpen(address), () -> "the interop server");
        gateway = GatewayUnderTest.setup().cluster("up", "h2c", Json.Obj.EMPTY, address)
                .route(GatewayUnderTest.forward("all", "/", "up")).start();
    }

    private static boolean isOpen(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    @AfterAll
    static void stop() {
        if (gateway != null) {
            gateway.close();
        }
        if (server != null) {
            server.destroyForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"empty_unary", "large_unary", "client_streaming", "server_streaming", "ping_pong", "empty_stream",
        "timeout_on_sleeping_server", "cancel_after_begin", "cancel_after_first_response", "status_code_and_message",
        "special_status_message", "custom_metadata", "unimplemented_method", "unimplemented_service",
        "orca_per_rpc", "orca_oob"})
    void aCasePasses(String name) throws IOException, InterruptedException {
        Process client = new ProcessBuilder(TOOLS.resolve("interop-client").toString(), "-server_host", "127.0.0.1",
                "-server_port", String.valueOf(gateway.port()), "-test_case", name, "-service_config_json",
                name.startsWith("orca") ? ORCA : "{}").redirectErrorStream(true).start();
        String output = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(client.waitFor()).as(output).isZero();
    }
}
