package io.jigress.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/// A server program on the loopback, with one port.
abstract class ServerProcess implements AutoCloseable {
    private final Process process;
    private final int port;

    /// Starts it; returns when it accepts connections.
    ///
    /// @param folder where its output goes
    ServerProcess(Path folder, List<String> command, int port) throws IOException {
        Path log = folder.resolve("output.log");
        this.port = port;
        this.process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        GatewayUnderTest.await(() -> !process.isAlive() || accepts(), () -> command.getFirst() + " to listen on port " + port);
        if (!process.isAlive()) {
            throw new AssertionError(command.getFirst() + " ended: " + Files.readString(log));
        }
    }

    /// @throws TestAbortedException when the machine does not have the program
    static void need(String program) {
        if (!Files.isExecutable(Path.of(program))) {
            throw new TestAbortedException("this machine has no " + program);
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
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
