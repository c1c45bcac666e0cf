package io.jigress.sources.dns;

import io.jigress.sources.dns.DnsMessage.Malformed;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Sends queries to name servers, one server after another: by UDP, and by TCP where the response does not fit into a datagram. Blocks; for several threads.
final class DnsAsker {
    private static final int MOST_BYTES = 65_535;
    private static final int ROUNDS = 2;

    private final List<String> servers;
    private final Duration timeout;
    private final SecureRandom random = new SecureRandom();

    /// No server sent a usable response.
    static final class Failed extends Exception {
        private static final long serialVersionUID = 1;

        Failed(String words) {
            super(words);
        }
    }

    /// @param servers `host:port`
    /// @param timeout for one server to answer
    DnsAsker(List<String> servers, Duration timeout) {
        this.servers = List.copyOf(servers);
        this.timeout = timeout;
    }

    /// @return a response without an error, or one with the code for a name that does not exist
    DnsMessage ask(String name, int type) throws Failed, InterruptedException {
        List<String> words = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (String server : servers) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                try {
                    DnsMessage message = ask(server, name, type);
                    if (message.code() == DnsMessage.NO_ERROR || message.code() == DnsMessage.NO_SUCH_NAME) {
                        return message;
                    }
                    words.add(server + ": " + word(message.code()));
                } catch (SocketTimeoutException _) {
                    words.add(server + ": no answer within " + timeout.toMillis() + " ms");
                } catch (UnknownHostException _) {
                    words.add(server + ": no such host");
                } catch (IOException e) {
                    words.add(server + ": " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()));
                } catch (Malformed e) {
                    words.add(server + ": the answer is not a DNS message: " + e.getMessage());
                }
            }
        }
        throw new Failed(String.join("; ", words.stream().distinct().toList()));
    }

    /// The names of RFC 1035 and IANA's registry.
    private static String word(int code) {
        return switch (code) {
            case 1 -> "FORMERR";
            case 2 -> "SERVFAIL";
            case 4 -> "NOTIMP";
            case 5 -> "REFUSED";
            default -> "response code " + code;
        };
    }

    private DnsMessage ask(String server, String name, int type) throws IOException, Malformed {
        int colon = server.lastIndexOf(':');
        InetAddress host = InetAddress.getByName(server.substring(0, colon).replaceAll("[\\[\\]]", ""));
        InetSocketAddress address = new InetSocketAddress(host, Integer.parseInt(server.substring(colon + 1)));
        int id = random.nextInt(1 << 16);
        byte[] query = DnsMessage.query(id, name, type);
        long end = System.nanoTime() + timeout.toNanos();
        DnsMessage message = byUdp(address, query, id, name, type, end);
        return message.truncated() ? byTcp(address, query, id, name, type) : message;
    }

    /// The socket is connected, so that only this server's datagrams arrive; others with another id or question are ignored.
    private static DnsMessage byUdp(InetSocketAddress address, byte[] query, int id, String name, int type, long end)
            throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(address);
            socket.send(new DatagramPacket(query, query.length));
            byte[] buffer = new byte[MOST_BYTES];
            while (true) {
                socket.setSoTimeout(leftMillis(end));
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                byte[] bytes = java.util.Arrays.copyOf(packet.getData(), packet.getLength());
                try {
                    DnsMessage message = DnsMessage.parse(bytes);
                    if (answers(message, id, name, type)) {
                        return message;
                    }
                } catch (Malformed _) {
                    // Not necessarily sent by the server: its response may still arrive.
                }
            }
        }
    }

    private DnsMessage byTcp(InetSocketAddress address, byte[] query, int id, String name, int type)
            throws IOException, Malformed {
        long end = System.nanoTime() + timeout.toNanos();
        try (Socket socket = new Socket()) {
            socket.connect(address, leftMillis(end));
            byte[] framed = new byte[query.length + 2];
            framed[0] = (byte) (query.length >> 8);
            framed[1] = (byte) query.length;
            System.arraycopy(query, 0, framed, 2, query.length);
            socket.getOutputStream().write(framed);
            byte[] head = read(socket, 2, end);
            DnsMessage message = DnsMessage.parse(read(socket, (head[0] & 0xff) << 8 | head[1] & 0xff, end));
            if (!answers(message, id, name, type) || message.truncated()) {
                throw new Malformed("another question's, or cut off");
            }
            return message;
        }
    }

    private static byte[] read(Socket socket, int length, long end) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] bytes = new byte[length];
        for (int at = 0; at < length;) {
            socket.setSoTimeout(leftMillis(end));
            int count = in.read(bytes, at, length - at);
            if (count < 0) {
                throw new EOFException("the connection ended within the answer");
            }
            at += count;
        }
        return bytes;
    }

    private static int leftMillis(long end) throws SocketTimeoutException {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
            throw new SocketTimeoutException();
        }
        return (int) left;
    }

    private static boolean answers(DnsMessage message, int id, String name, int type) {
        String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        return message.id() == id && message.type() == type && message.question().equals(bare.toLowerCase(Locale.ROOT));
    }
}
