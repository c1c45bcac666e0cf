package io.jigress.message;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A server of messages on a real socket. Requests are handed to a consumer on the connection's thread, which may answer at once, later, on
/// another thread, or never.
public final class MessageServer implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 10;

    private final ServerSocket socket;
    private final Consumer<Request> handler;
    private final BlockingQueue<Request> held = new LinkedBlockingQueue<>();
    private final BlockingQueue<Connection> accepted = new LinkedBlockingQueue<>();
    private final List<Connection> connections = new CopyOnWriteArrayList<>();

    private MessageServer(@Nullable Consumer<Request> handler) {
        this.handler = handler == null ? held::add : handler;
        try {
            socket = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /// Hands every request to a test, by [#take].
    public static MessageServer holding() {
        return new MessageServer(null);
    }

    public static MessageServer answering(Consumer<Request> handler) {
        return new MessageServer(handler);
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    /// The next request.
    public Request take() {
        return next(held, "a request");
    }

    /// The next connection that the gateway opens.
    public Connection accepted() {
        return next(accepted, "a connection");
    }

    public int connectionsOpened() {
        return connections.size();
    }

    public boolean hasRequest() {
        return !held.isEmpty();
    }

    static <T> T next(BlockingQueue<T> queue, String what) {
        try {
            T next = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("waited " + PATIENCE_SECONDS + " s for " + what);
            }
            return next;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void accept() {
        try {
            while (true) {
                Connection connection = new Connection(socket.accept(), connections.size() + 1);
                connections.add(connection);
                accepted.add(connection);
                Thread.ofVirtual().start(connection::read);
            }
        } catch (IOException _) {
            // closed
        }
    }

    @Override
    public void close() {
        quietly(socket);
        connections.forEach(Connection::close);
    }

    private static void quietly(Closeable what) {
        try {
            what.close();
        } catch (IOException _) {
            // The socket is closed in either case.
        }
    }

    /// The request of a client.
    ///
    /// @param head the request line and the fields, as lines
    public record Request(Connection connection, long number, List<String> head, byte[] payload) {

        public String line() {
            return head.getFirst();
        }

        public String text() {
            return new String(payload, StandardCharsets.ISO_8859_1);
        }

        public void answer(String payload, String... fields) {
            answer(payload.getBytes(StandardCharsets.ISO_8859_1), fields);
        }

        public void answer(byte[] payload, String... fields) {
            byte[] lines = String.join("\n", fields).getBytes(StandardCharsets.ISO_8859_1);
            connection.answer(number, lines, payload);
        }

        /// A status that is not OK, with a text.
        public void fail(int status, String text) {
            connection.send(0, status, number, text.getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    /// One connection of the gateway.
    public final class Connection {
        private final Socket socket;
        private final int number;
        private final DataOutputStream out;
        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        private volatile boolean mute;

        Connection(Socket socket, int number) throws IOException {
            this.socket = socket;
            this.number = number;
            this.out = new DataOutputStream(socket.getOutputStream());
            socket.setTcpNoDelay(true);
        }

        /// Counted from 1.
        public int number() {
            return number;
        }

        /// Answers no heartbeats from now on.
        public void mute() {
            mute = true;
        }

        private void read() {
            try (DataInputStream in = new DataInputStream(socket.getInputStream())) {
                while (true) {
                    if (in.readUnsignedShort() != Frame.MAGIC) {
                        throw new IOException("no frame");
                    }
                    int flags = in.readUnsignedByte();
                    in.readUnsignedByte();
                    long call = in.readLong();
                    byte[] body = in.readNBytes(in.readInt());
                    if ((flags & Frame.EVENT) == 0) {
                        handler.accept(request(call, body));
                    } else if ((flags & Frame.REQUEST) == 0) {
                        events.add("answer " + call);
                    } else {
                        events.add("heartbeat");
                        if (!mute) {
                            send(Frame.EVENT, Frame.OK, call, body);
                        }
                    }
                }
            } catch (IOException _) {
                events.add("closed");
            }
        }

        private Request request(long call, byte[] body) throws IOException {
            int headBytes = new DataInputStream(new java.io.ByteArrayInputStream(body)).readInt();
            String head = new String(body, Integer.BYTES, headBytes, StandardCharsets.ISO_8859_1);
            byte[] payload = java.util.Arrays.copyOfRange(body, Integer.BYTES + headBytes, body.length);
            return new Request(this, call, head.lines().toList(), payload);
        }

        private void answer(long call, byte[] lines, byte[] payload) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            try (DataOutputStream data = new DataOutputStream(body)) {
                data.writeInt(lines.length);
                data.write(lines);
                data.write(payload);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            send(0, Frame.OK, call, body.toByteArray());
        }

        /// Sends a frame; nothing happens when the connection is gone.
        public synchronized void send(int flags, int status, long call, byte[] body) {
            try {
                ByteArrayOutputStream frame = new ByteArrayOutputStream();
                DataOutputStream data = new DataOutputStream(frame);
                data.writeShort(Frame.MAGIC);
                data.writeByte(flags);
                data.writeByte(status);
                data.writeLong(call);
                data.writeInt(body.length);
                data.write(body);
                out.write(frame.toByteArray());
                out.flush();
            } catch (IOException _) {
                // The gateway has closed it.
            }
        }

        public synchronized void sendRaw(String bytes) throws IOException {
            out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }

        /// Sends a heartbeat that asks for an answer.
        public void heartbeat(long call) {
            send(Frame.REQUEST | Frame.ANSWER_WANTED | Frame.EVENT, Frame.OK, call, new byte[] {Frame.HEARTBEAT});
        }

        /// Announces that the connection accepts no more requests.
        public void goAway() {
            send(Frame.REQUEST | Frame.EVENT, Frame.OK, 0, new byte[] {Frame.GOING_AWAY});
        }

        /// The next of `heartbeat`, `answer N`, `closed`.
        public String event() {
            return next(events, "an event of connection " + number);
        }

        public void close() {
            quietly(socket);
        }
    }
}
