package io.jigress.proxy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A UDP server on the loopback, with a thread of its own.
final class UdpPeer implements AutoCloseable {
    private static final int LONGEST = 65_535;

    /// What is done with a datagram.
    interface Handler {
        void received(DatagramSocket socket, SocketAddress from, byte[] data) throws IOException;
    }

    private final DatagramSocket socket;
    private final Set<SocketAddress> sources = ConcurrentHashMap.newKeySet();
    private final Handler handler;

    private UdpPeer(DatagramSocket socket, Handler handler) {
        this.socket = socket;
        this.handler = handler;
        Thread.ofPlatform().daemon().start(this::run);
    }

    static UdpPeer start(Handler handler) throws IOException {
        return new UdpPeer(new DatagramSocket(0, InetAddress.getLoopbackAddress()), handler);
    }

    /// Sends each datagram back, after a word of its own.
    static UdpPeer echo(String word) throws IOException {
        byte[] prefix = bytes(word);
        return start((socket, from, data) -> {
            byte[] answer = Arrays.copyOf(prefix, prefix.length + data.length);
            System.arraycopy(data, 0, answer, prefix.length, data.length);
            socket.send(new DatagramPacket(answer, answer.length, from));
        });
    }

    /// An address at which nobody listens.
    static InetSocketAddress closed() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }
    }

    private void run() {
        DatagramPacket packet = new DatagramPacket(new byte[LONGEST], LONGEST);
        while (!socket.isClosed()) {
            try {
                packet.setLength(LONGEST);
                socket.receive(packet);
                sources.add(packet.getSocketAddress());
                handler.received(socket, packet.getSocketAddress(), Arrays.copyOf(packet.getData(), packet.getLength()));
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    throw new AssertionError(e);
                }
            }
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    /// Where its datagrams came from.
    Set<SocketAddress> sources() {
        return sources;
    }

    @Override
    public void close() {
        socket.close();
    }
}
