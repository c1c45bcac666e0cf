package io.jigress.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/// A HAProxy on the loopback, with one frontend.
final class HaproxyServer implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/sbin/haproxy");

    private final Process process;
    private final int port;

    private HaproxyServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /// @param options of `bind`, after the address: `accept-proxy`
    /// @param section the rest of its `listen` section, which begins with `mode`
    static HaproxyServer start(Path folder, String options, String section) throws IOException {
        if (!Files.isExecutable(PROGRAM)) {
            throw new TestAbortedException("this machine has no HAProxy");
        }
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path config = folder.resolve("haproxy.cfg");
        Files.writeString(config, """
                global
                  nbthread 1
                defaults
                  timeout connect 10s
                  timeout client 10s
                  timeout server 10s
                listen test
                  bind 127.0.0.1:%d %s
                %s
                """.formatted(port, options, section.indent(2)));
        Path log = folder.resolve("haproxy.log");
        Process process = new ProcessBuilder(PROGRAM.toString(), "-db", "-f", config.toString()).redirectErrorStream(true)
                .redirectOutput(log.toFile()).start();
        HaproxyServer server = new HaproxyServer(process, port);
        GatewayUnderTest.await(() -> !process.isAlive() || server.accepts(), () -> "HAProxy to listen on port " + port);
        if (!process.isAlive()) {
            throw new AssertionError("HAProxy ended: " + Files.readString(log));
        }
        return server;
    }

    private boolean accepts() {
        try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    int port() {
        return port;
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join();
        process.destroyForcibly();
    }
}
