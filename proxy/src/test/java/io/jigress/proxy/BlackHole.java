package io.jigress.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/// An address at which connects get no answer, since the queue of a socket that does not accept is full.
final class BlackHole implements AutoCloseable {
    private static final int MOST = 16;

    private final ServerSocket server;
    private final List<Socket> queued = new ArrayList<>();

    private BlackHole(ServerSocket server) {
        this.server = server;
    }

    static BlackHole open() throws IOException {
        BlackHole hole = new BlackHole(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        for (int i = 0; i < MOST; i++) {
            Socket socket = new Socket();
            try {
                socket.connect(hole.server.getLocalSocketAddress(), 100);
                hole.queued.add(socket);
            } catch (SocketTimeoutException _) {
                socket.close();
                return hole;
            }
        }
        throw new IOException("the queue is not full after " + MOST + " connections");
    }

    InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    /// Begins to accept: the first connection of somebody else. The kernel repeats a connect that got no answer after a second.
    Socket accept() throws IOException {
        server.setSoTimeout(10_000);
        for (Socket _ : queued) {
            server.accept().close();
        }
        return server.accept();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : queued) {
            socket.close();
        }
    }
}
