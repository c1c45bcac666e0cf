package io.jigress.proxy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// A server on the loopback that runs a test's script for each connection and then closes it.
final class TcpServer implements AutoCloseable {
    interface Script {
        void serve(Socket socket) throws IOException;
    }

    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile Script script;

    private TcpServer(ServerSocket server, Script script) {
        this.server = server;
        this.script = script;
    }

    static TcpServer start(Script script) throws IOException {
        TcpServer server = new TcpServer(new ServerSocket(0, 1024, InetAddress.getLoopbackAddress()), script);
        Thread.ofVirtual().start(server::accept);
        return server;
    }

    /// A script that answers PING as Redis does, until the connection is closed.
    static void answerPings(Socket socket) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.equals("PING")) {
                socket.getOutputStream().write("+PONG\r\n".getBytes(StandardCharsets.ISO_8859_1));
            }
        }
    }

    /// Sets the script of later connections.
    void serve(Script next) {
        script = next;
    }

    InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    /// How many connections were accepted.
    int connections() {
        return connections.get();
    }

    private void accept() {
        while (true) {
            try {
                Socket socket = server.accept();
                connections.incrementAndGet();
                open.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException _) {
                return; // closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            script.serve(socket);
        } catch (IOException _) {
            // The peer has reset it: the test checks the outcome.
        } finally {
            open.remove(socket);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
