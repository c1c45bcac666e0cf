package io.jigress.sources.consul;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// A real Consul agent that is its own server, with all data in memory. `conformance/consul/build` builds its binary; if it is missing, tests are
/// skipped with a message.
public final class ConsulServer implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<String> command = new ArrayList<>();
    private final Path log;
    private final int port = freePort();
    private final int dns = freePort();
    private final int tls = freePort();
    private final String token;
    private Process process;

    private ConsulServer(Path binary, Path folder, String token, String... configuration) throws IOException {
        this.token = token;
        log = folder.resolve("consul.log");
        command.addAll(
                List.of(binary.toString(), "agent", "-dev", "-bind", "127.0.0.1", "-client", "127.0.0.1", "-log-level", "warn"));
        option("-http-port", port);
        option("-dns-port", dns);
        option("-grpc-port", freePort());
        option("-grpc-tls-port", -1);
        option("-server-port", freePort());
        option("-serf-lan-port", freePort());
        option("-serf-wan-port", freePort());
        command.addAll(List.of("-hcl", "disable_update_check=true"));
        for (String part : configuration) {
            command.addAll(List.of("-hcl", part.replace("TLS_PORT", Integer.toString(tls))));
        }
    }

    private void option(String name, int value) {
        command.add(name);
        command.add(Integer.toString(value));
    }

    /// Starts one and returns when it has a leader.
    ///
    /// @param folder for its log
    /// @param token the management token; empty without ACLs
    /// @param configuration in HCL; `TLS_PORT` stands for a free port
    public static ConsulServer start(Path folder, String token, String... configuration)
            throws IOException, InterruptedException {
        String named = System.getenv("JIGRESS_TEST_CONSUL");
        Path binary = (named == null ? Path.of(System.getProperty("user.home"), ".cache/jigress-test/consul") : Path.of(named))
                .resolve("consul");
        Assumptions.assumeTrue(Files.isExecutable(binary),
                () -> "no Consul: " + binary + " is missing (conformance/consul/build makes it)");
        ConsulServer server = new ConsulServer(binary, folder, token, configuration);
        server.start();
        return server;
    }

    public void start() throws IOException, InterruptedException {
        process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!hasLeader()) {
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                close();
                throw new IOException("Consul does not start: " + Files.readString(log));
            }
            process.waitFor(20, TimeUnit.MILLISECONDS);
        }
    }

    private boolean hasLeader() throws InterruptedException {
        try {
            return ask("GET", "/v1/status/leader", "").body().contains(":");
        } catch (IOException _) {
            return false;
        }
    }

    private HttpResponse<String> ask(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            request.header("x-consul-token", token);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /// @throws IOException when the status of the response is not 200
    public String put(String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> answer = ask("PUT", path, body);
        if (answer.statusCode() != 200) {
            throw new IOException(answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }

    /// Registers an instance of a service on the loopback address.
    public void register(String service, String id, int instancePort, String more) throws IOException, InterruptedException {
        put("/v1/agent/service/register",
                "{\"Name\":\"%s\",\"ID\":\"%s\",\"Address\":\"127.0.0.1\",\"Port\":%d%s}".formatted(service,
                        id, instancePort, more));
    }

    public void deregister(String id) throws IOException, InterruptedException {
        put("/v1/agent/service/deregister/" + id, "");
    }

    public String address() {
        return "127.0.0.1:" + port;
    }

    public String dnsAddress() {
        return "127.0.0.1:" + dns;
    }

    public String tlsAddress() {
        return "localhost:" + tls;
    }

    /// Kills the process, as in a crash.
    public void kill() {
        if (process != null) {
            process.destroyForcibly();
            process.onExit().join();
        }
    }

    @Override
    public void close() {
        kill();
        http.close();
    }

    private static int freePort() {
        // Below the range of ephemeral ports.
        for (int attempt = 0; attempt < 100; attempt++) {
            int port = java.util.concurrent.ThreadLocalRandom.current().nextInt(10_000, 30_000);
            try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return port;
            } catch (IOException _) {
                // The port is in use.
            }
        }
        throw new IllegalStateException("no port is free");
    }
}
