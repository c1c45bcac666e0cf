package io.jigress.plugins.wasm.abi;

import io.jigress.api.CallLimits;
import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.Services;
import io.jigress.api.UpstreamCall;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A connection to Redis for one instance: queries of a plugin are sent as they are, and each reply goes back as it was received. It is opened with
/// the first query, and again after a failure. Event loop only.
final class RedisConnection {
    private static final int MAX_PENDING = 1024;
    private static final int MAX_REPLY = 8 * 1024 * 1024;
    private static final byte[] NONE = {};

    private final Vm vm;
    private final String cluster;
    private final int database;
    private final String user;
    private final String password;
    private final Duration timeout;
    private final ArrayDeque<Query> pending = new ArrayDeque<>();
    private final ByteBuf received = Unpooled.buffer();
    private @Nullable UpstreamCall connection;
    private Services.@Nullable Cancellable timer;

    /// Hears the result of a query.
    interface Reply {

        /// @param bytes the reply in RESP; empty when it failed
        void received(boolean failed, byte[] bytes);
    }

    /// @param reply null for a query of the gateway itself
    private record Query(@Nullable Reply reply, long deadline) {}

    RedisConnection(Vm vm, String cluster, int database, String user, String password, long timeoutMillis) {
        this.vm = vm;
        this.cluster = cluster;
        this.database = database;
        this.user = user;
        this.password = password;
        this.timeout = Duration.ofMillis(timeoutMillis == 0 ? 1000 : timeoutMillis);
    }

    /// The database that a name selects: 1 for `redis?db=1`.
    static int database(String name) {
        int at = name.indexOf('?');
        if (at >= 0) {
            for (String part : name.substring(at + 1).split("&", -1)) {
                if (part.matches("db=[0-9]{1,4}")) {
                    return Integer.parseInt(part.substring(3));
                }
            }
        }
        return 0;
    }

    void call(byte[] query, Reply reply) {
        if (pending.size() >= MAX_PENDING) {
            later(reply);
            return;
        }
        UpstreamCall open = connection;
        if (open == null) {
            received.clear();
            open = vm.services().callers().channel(cluster, CallLimits.NO_DEADLINE, new Receiver());
            connection = open;
            login(open);
        }
        send(open, query, reply);
    }

    private void later(Reply reply) {
        vm.services().schedule(Duration.ZERO, () -> reply.received(true, NONE));
    }

    private void login(UpstreamCall open) {
        if (!password.isEmpty()) {
            send(open, command(user.isEmpty() ? List.of("AUTH", password) : List.of("AUTH", user, password)), null);
        }
        if (database != 0) {
            send(open, command(List.of("SELECT", String.valueOf(database))), null);
        }
    }

    private static byte[] command(List<String> words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(("*" + words.size() + "\r\n").getBytes(StandardCharsets.US_ASCII));
        for (String word : words) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            out.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.writeBytes(bytes);
            out.writeBytes(new byte[] {'\r', '\n'});
        }
        return out.toByteArray();
    }

    private void send(UpstreamCall open, byte[] query, @Nullable Reply reply) {
        pending.add(new Query(reply, vm.services().nanoTime() + timeout.toNanos()));
        open.body(Unpooled.wrappedBuffer(query), false);
        if (timer == null) {
            arm();
        }
    }

    private void arm() {
        Query oldest = pending.peek();
        if (oldest != null) {
            long nanos = Math.max(0, oldest.deadline() - vm.services().nanoTime());
            timer = vm.services().schedule(Duration.ofNanos(nanos), () -> {
                timer = null;
                Query late = pending.peek();
                if (late != null && late.deadline() - vm.services().nanoTime() <= 0) {
                    // Replies come in order: those that follow are late too.
                    close();
                } else {
                    arm();
                }
            });
        }
    }

    /// Closes the connection; open queries fail.
    void close() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        UpstreamCall open = connection;
        connection = null;
        if (open != null) {
            open.cancel();
        }
        for (Query query = pending.poll(); query != null; query = pending.poll()) {
            if (query.reply() != null) {
                later(query.reply());
            }
        }
    }

    private void replies() {
        while (connection != null && received.isReadable()) {
            int end = Resp.end(received, received.readerIndex(), 0);
            if (end < 0) {
                if (end == Resp.INVALID || received.readableBytes() > MAX_REPLY) {
                    close();
                }
                return;
            }
            byte[] reply = new byte[end - received.readerIndex()];
            received.readBytes(reply);
            received.discardSomeReadBytes();
            Query query = pending.poll();
            if (query == null) {
                close();
            } else if (query.reply() != null) {
                query.reply().received(false, reply);
            }
        }
    }

    private final class Receiver implements ResponseSink {

        @Override
        public void informational(ResponseHead head) {
            // A channel has none.
        }

        @Override
        public void head(ResponseHead head, boolean last) {
            // A channel has none.
        }

        @Override
        public void switched(ResponseHead head) {
            // Queries were sent already.
        }

        @Override
        public void body(ByteBuf data, boolean last) {
            received.writeBytes(data);
            data.release();
            replies();
            if (last) {
                close();
            }
        }

        @Override
        public void trailers(Headers trailers) {
            // A channel has none.
        }

        @Override
        public void failed(ProxyFailure failure) {
            close();
        }

        @Override
        public void writable() {
            // Queries are small.
        }
    }

    /// Finds the ends of replies of the Redis protocol (RESP 2 and 3).
    static final class Resp {
        static final int INCOMPLETE = -1;
        static final int INVALID = -2;
        private static final int MAX_DEPTH = 32;

        private Resp() {}

        /// @return the index after the reply that begins at `from`, or why there is none
        static int end(ByteBuf bytes, int from, int depth) {
            int lineEnd = bytes.indexOf(from, bytes.writerIndex(), (byte) '\n');
            if (lineEnd < 0) {
                return bytes.writerIndex() - from > 64 * 1024 ? INVALID : INCOMPLETE;
            }
            char type = (char) bytes.getByte(from);
            int next = lineEnd + 1;
            return switch (type) {
                case '+', '-', ':', '_', ',', '#', '(' -> next;
                case '$', '=', '!' -> {
                    long length = number(bytes, from + 1, lineEnd);
                    if (length < -1 || length > MAX_REPLY) {
                        yield INVALID;
                    }
                    long end = length == -1 ? next : next + length + 2;
                    yield end > bytes.writerIndex() ? INCOMPLETE : (int) end;
                }
                case '*', '~', '>', '%', '|' -> {
                    long count = number(bytes, from + 1, lineEnd);
                    if (count < -1 || count > MAX_REPLY || depth == MAX_DEPTH) {
                        yield INVALID;
                    }
                    long elements = Math.max(0, type == '%' || type == '|' ? 2 * count : count);
                    int at = next;
                    for (long i = 0; i < elements && at >= 0; i++) {
                        at = at == bytes.writerIndex() ? INCOMPLETE : end(bytes, at, depth + 1);
                    }
                    yield at;
                }
                default -> INVALID;
            };
        }

        private static long number(ByteBuf bytes, int from, int to) {
            String text = bytes.toString(from, to - from, StandardCharsets.US_ASCII).strip();
            return text.matches("-?[0-9]{1,10}") ? Long.parseLong(text) : INVALID;
        }
    }
}
