package io.jigress.app.registry;

import io.jigress.sources.registry.RegistryTls;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;

/// A listening socket of the loopback address that passes the bytes of its connections to a server: with TLS, which it terminates, or as they are.
final class TlsFront implements AutoCloseable {
    private final ServerSocket socket;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private TlsFront(ServerSocket socket, int target) {
        this.socket = socket;
        this.target = target;
        Thread.ofVirtual().start(this::accept);
    }

    static TlsFront terminating(int port, TestIdentity identity, int target) throws IOException {
        SSLContext context = RegistryTls.context("verify",
                Map.of(RegistryTls.CERTIFICATE, identity.chain(), RegistryTls.KEY, identity.key()));
        return new TlsFront(context.getServerSocketFactory().createServerSocket(port, 50, InetAddress.getLoopbackAddress()),
                target);
    }

    static TlsFront passing(int port, int target) throws IOException {
        return new TlsFront(new ServerSocket(port, 50, InetAddress.getLoopbackAddress()), target);
    }

    private void accept() {
        try {
            while (true) {
                Socket client = socket.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(client);
                open.add(server);
                Thread.ofVirtual().start(() -> copy(client, server));
                Thread.ofVirtual().start(() -> copy(server, client));
            }
        } catch (IOException _) {
            // Closed.
        }
    }

    private void copy(Socket from, Socket to) {
        try (from; to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            in.transferTo(out);
        } catch (IOException _) {
            // One side has closed, or the handshake failed.
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket one : open) {
            one.close();
        }
    }
}
