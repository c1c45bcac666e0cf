package io.jigress.bench.registry;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// A name server: SRV records of `_http._tcp.SERVICE.example`, each with its address, and a TTL of a second. What it is told is true at once.
final class DrivenDns implements DrivenRegistry {
    private static final int SRV = 33;
    private static final int HEAD = 12;
    private static final byte TTL_SECONDS = 1;

    private final DatagramSocket socket;
    private final Map<String, Set<Integer>> services = new ConcurrentHashMap<>();
    private final Map<String, Consumer<Set<Integer>>> followers = new ConcurrentHashMap<>();

    DrivenDns(String server) throws IOException {
        int port = Integer.parseInt(server.substring(server.indexOf(':') + 1));
        socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        Thread.ofPlatform().daemon().start(this::serve);
    }

    private Set<Integer> ports(String service) {
        return services.computeIfAbsent(service, _ -> ConcurrentHashMap.newKeySet());
    }

    private void changed(String service) {
        Consumer<Set<Integer>> follower = followers.get(service);
        if (follower != null) {
            follower.accept(ports(service));
        }
    }

    @Override
    public void add(String service, int port) {
        ports(service).add(port);
        changed(service);
    }

    @Override
    public void remove(String service, int port) {
        ports(service).remove(port);
        changed(service);
    }

    @Override
    public void follow(String service, Consumer<Set<Integer>> heard) {
        followers.put(service, heard);
        changed(service);
    }

    private void serve() {
        byte[] buffer = new byte[1500];
        while (!socket.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                byte[] response = respond(Arrays.copyOf(buffer, packet.getLength()));
                socket.send(new DatagramPacket(response, response.length, packet.getSocketAddress()));
            } catch (IOException | RuntimeException _) {
                // The next query is answered.
            }
        }
    }

    private byte[] respond(byte[] query) throws IOException {
        StringBuilder name = new StringBuilder();
        int at = HEAD;
        for (; query[at] != 0; at += query[at] + 1) {
            name.append(new String(query, at + 1, query[at], StandardCharsets.US_ASCII)).append('.');
        }
        int type = query[at + 2];
        int end = at + 5;
        String text = name.toString();
        Set<Integer> ports = text.startsWith("_http._tcp.") && text.endsWith(".example.") && type == SRV
                ? Set.copyOf(ports(text.substring("_http._tcp.".length(), text.length() - ".example.".length())))
                : Set.of();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(query, 0, 2);
        out.writeShort(0x8580);
        out.writeShort(1);
        out.writeShort(ports.size());
        out.writeShort(0);
        out.writeShort(ports.isEmpty() ? 0 : 1);
        out.write(query, HEAD, end - HEAD);
        byte[] host = {5, 'l', 'o', 'c', 'a', 'l', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};
        for (int port : ports) {
            out.writeShort(0xc000 | HEAD);
            record(out, SRV, 6 + host.length);
            out.writeShort(1);
            out.writeShort(1);
            out.writeShort(port);
            out.write(host);
        }
        if (!ports.isEmpty()) {
            out.write(host);
            record(out, 1, 4);
            out.write(new byte[] {127, 0, 0, 1});
        }
        return bytes.toByteArray();
    }

    private static void record(DataOutputStream out, int type, int length) throws IOException {
        out.writeShort(type);
        out.writeShort(1);
        out.writeInt(TTL_SECONDS);
        out.writeShort(length);
    }
}
