package io.jigress.sources.dns;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// A name server whose records the test sets, on UDP and TCP.
final class ScriptedNameServer implements AutoCloseable {
    private final DatagramSocket udp;
    private final ServerSocket tcp;
    /// By `name type`.
    private final Map<String, List<byte[]>> records = new ConcurrentHashMap<>();
    final List<String> asked = java.util.Collections.synchronizedList(new ArrayList<>());
    /// The response code; above 0, responses have no records.
    volatile int code;
    /// Whether responses by UDP are truncated.
    volatile boolean truncates;
    volatile boolean silent;
    /// Sent before each response by UDP.
    volatile byte[] noise = new byte[0];

    ScriptedNameServer() {
        try {
            tcp = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
            udp = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), tcp.getLocalPort()));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        Thread.ofVirtual().start(this::datagrams);
        Thread.ofVirtual().start(this::connections);
    }

    String address() {
        return "127.0.0.1:" + tcp.getLocalPort();
    }

    void set(String name, int type, byte[]... all) {
        records.put(name + " " + type, List.of(all));
    }

    static byte[] name(String name) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String label : name.isEmpty() ? new String[0] : name.split("\\.")) {
            out.write(label.length());
            out.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
        }
        out.write(0);
        return out.toByteArray();
    }

    static byte[] record(String name, int type, int ttl, byte[] data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(name(name));
        out.writeBytes(new byte[] {0, (byte) type, 0, 1, (byte) (ttl >> 24), (byte) (ttl >> 16), (byte) (ttl >> 8), (byte) ttl,
            (byte) (data.length >> 8), (byte) data.length});
        out.writeBytes(data);
        return out.toByteArray();
    }

    static byte[] address(String name, int ttl, String address) {
        byte[] raw = InetAddress.ofLiteral(address).getAddress();
        return record(name, raw.length == 4 ? DnsMessage.A : DnsMessage.AAAA, ttl, raw);
    }

    static byte[] alias(String name, int ttl, String target) {
        return record(name, DnsMessage.CNAME, ttl, name(target));
    }

    static byte[] server(String name, int ttl, int priority, int weight, int port, String target) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int value : new int[] {priority, weight, port}) {
            out.write(value >> 8);
            out.write(value);
        }
        out.writeBytes(name(target));
        return record(name, DnsMessage.SRV, ttl, out.toByteArray());
    }

    private byte[] answer(byte[] query, boolean cut) throws DnsMessage.Malformed {
        byte[] asResponse = query.clone();
        asResponse[2] |= (byte) 0x80;
        asResponse[10] = 0;
        asResponse[11] = 0;
        DnsMessage question = DnsMessage.parse(asResponse);
        asked.add(question.question() + " " + question.type());
        List<byte[]> found = records.get(question.question() + " " + question.type());
        boolean exists = records.keySet().stream().anyMatch(key -> key.startsWith(question.question() + " "));
        List<byte[]> sent = code > 0 || cut || found == null ? List.of() : found;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(Arrays.copyOf(query, 2));
        out.write(0x81 | (cut ? 2 : 0));
        out.write(0x80 | (code > 0 ? code : exists ? 0 : DnsMessage.NO_SUCH_NAME));
        out.writeBytes(new byte[] {0, 1, 0, (byte) sent.size(), 0, 0, 0, 0});
        out.writeBytes(name(question.question()));
        out.writeBytes(new byte[] {0, (byte) question.type(), 0, 1});
        sent.forEach(out::writeBytes);
        return out.toByteArray();
    }

    private void datagrams() {
        byte[] buffer = new byte[4096];
        while (!udp.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                udp.receive(packet);
                byte[] answer = answer(Arrays.copyOf(packet.getData(), packet.getLength()), truncates);
                if (!silent) {
                    if (noise.length > 0) {
                        udp.send(new DatagramPacket(noise, noise.length, packet.getSocketAddress()));
                    }
                    udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            } catch (IOException | DnsMessage.Malformed _) {
                // Closed, or a query that is not ours.
            }
        }
    }

    private void connections() {
        while (!tcp.isClosed()) {
            try (Socket socket = tcp.accept()) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                byte[] answer = answer(in.readNBytes(in.readUnsignedShort()), false);
                socket.getOutputStream().write(new byte[] {(byte) (answer.length >> 8), (byte) answer.length});
                socket.getOutputStream().write(answer);
            } catch (IOException | DnsMessage.Malformed _) {
                // Closed, or a query that is not ours.
            }
        }
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}
