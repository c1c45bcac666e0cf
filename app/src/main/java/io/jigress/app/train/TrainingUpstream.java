package io.jigress.app.train;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// An upstream with fixed responses: `/small` 1 KiB, `/large` 64 KiB, `/chunked` in two chunks, `/close` 1 KiB and the end of the connection.
/// One daemon thread per connection. It uses blocking sockets only, so that the profiles which the JVM records of Netty and of the gateway's
/// classes come from the gateway alone.
public final class TrainingUpstream implements AutoCloseable {
    private static final int MAX_HEAD_BYTES = 16 * 1024;

    private final ServerSocket listener;

    private TrainingUpstream(ServerSocket listener) {
        this.listener = listener;
    }

    /// Listens on a free port of the loopback address.
    public static TrainingUpstream start() throws IOException {
        TrainingUpstream upstream = new TrainingUpstream(new ServerSocket(0, 128, InetAddress.getLoopbackAddress()));
        Thread.ofPlatform().daemon().name("train-upstream").start(upstream::accept);
        return upstream;
    }

    public int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                Thread.ofPlatform().daemon().name("train-upstream-connection").start(() -> serve(socket));
            }
        } catch (IOException _) {
            // Closed: the training is over.
        }
    }

    private static void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream(), MAX_HEAD_BYTES);
            while (true) {
                String head = Messages.readHead(in, MAX_HEAD_BYTES);
                if (head.isEmpty()) {
                    return;
                }
                Messages.skipBody(in, head);
                socket.getOutputStream().write(answer(head));
                if (head.contains("/close ")) {
                    return;
                }
            }
        } catch (IOException _) {
            // The gateway closed the connection.
        }
    }

    private static byte[] answer(String head) {
        if (head.contains("/chunked ")) {
            return ascii(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n200\r\n%s\r\n100\r\n%s\r\n0\r\n\r\n"
                            .formatted("x".repeat(0x200), "y".repeat(0x100)));
        }
        int length = head.contains("/large ") ? 64 * 1024 : 1024;
        String connection = head.contains("/close ") ? "Connection: close\r\n" : "";
        return ascii("""
                HTTP/1.1 200 OK\r
                Content-Type: application/json\r
                Cache-Control: no-cache\r
                Date: Thu, 01 Jan 2026 00:00:00 GMT\r
                Server: train\r
                %sContent-Length: %d\r
                \r
                %s""".formatted(connection, length, "z".repeat(length)));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
