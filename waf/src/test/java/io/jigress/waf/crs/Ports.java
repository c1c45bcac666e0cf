package io.jigress.waf.crs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/// Ports of servers that the parity run starts.
final class Ports {
    private static final long START_NANOS = 60_000_000_000L;

    private Ports() {
    }

    static int free() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /// Returns when the process listens on the port; fails with its output when it ends or takes too long.
    static void await(int port, Process process, Path output) throws IOException {
        long deadline = System.nanoTime() + START_NANOS;
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IOException(process.info() + " does not listen on port " + port + ": " + Files.readString(output),
                            e);
                }
                LockSupport.parkNanos(5_000_000);
            }
        }
    }
}
