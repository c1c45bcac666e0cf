package io.jigress.sentinel.cluster;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The messages between Sentinel's token servers and their clients. Each has a length of two bytes in front, which does not count itself.
///
/// | message | bytes after the length |
/// |---|---|
/// | request | id (4), type (1), data |
/// | data of PING | length (4), namespace |
/// | data of FLOW | rule (8), count (4), whether it has priority (1, may be missing) |
/// | data of PARAM_FLOW | rule (8), count (4), number of values (4), each with its type (1) and its bytes |
/// | response | id (4), type (1), status (1), data |
/// | data of PING | number of connected clients (4) |
/// | data of FLOW, PARAM_FLOW | remaining tokens (4), milliseconds to wait (4) |
final class TokenFrames {
    /// The longest message without its length, as in Sentinel's own servers and clients.
    static final int LONGEST = 1_022;
    /// The longest value of a hot parameter, in bytes. Longer ones are cut.
    static final int LONGEST_VALUE = 900;

    static final byte PING = 0;
    static final byte FLOW = 1;
    static final byte PARAM_FLOW = 2;

    static final byte BAD = -1;
    static final byte BAD_REQUEST = -4;
    static final byte TOO_MANY = -2;
    static final byte OK = 0;
    static final byte BLOCKED = 1;
    static final byte SHOULD_WAIT = 2;
    static final byte NO_RULE = 3;

    private static final int RESPONSE_HEAD = 6;
    private static final int LONGEST_WAIT_MILLIS = 10_000;

    private TokenFrames() {}

    /// @param status one of the constants of this class, or one that is not known
    record Response(int id, byte type, byte status, int waitMillis) {
        TokenAnswer answer() {
            return switch (status) {
                case OK -> TokenAnswer.PASS;
                case BLOCKED -> TokenAnswer.REFUSED;
                case SHOULD_WAIT -> waitMillis >= 0 && waitMillis <= LONGEST_WAIT_MILLIS
                        ? new TokenAnswer(TokenAnswer.Kind.PASS, waitMillis)
                        : TokenAnswer.UNAVAILABLE;
                default -> TokenAnswer.UNAVAILABLE;
            };
        }
    }

    /// A request as a server reads it.
    ///
    /// @param namespace of PING
    /// @param values of PARAM_FLOW
    record Request(int id, byte type, String namespace, long flowId, int count, boolean priority, List<Object> values) {}

    static void ping(ByteBuffer out, int id, String namespace) {
        byte[] name = namespace.getBytes(StandardCharsets.UTF_8);
        out.putShort((short) (9 + name.length)).putInt(id).put(PING).putInt(name.length).put(name);
    }

    static void request(ByteBuffer out, int id, TokenRequest request) {
        String value = request.value();
        if (value == null) {
            out.putShort((short) 18).putInt(id).put(FLOW).putLong(request.flowId()).putInt(1).put((byte) 0);
            return;
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, LONGEST_VALUE);
        out.putShort((short) (26 + length)).putInt(id).put(PARAM_FLOW).putLong(request.flowId()).putInt(1).putInt(1);
        out.put((byte) 7).putInt(length).put(bytes, 0, length);
    }

    /// @param data two numbers, or for PING one
    static void response(ByteBuffer out, int id, byte type, byte status, int... data) {
        out.putShort((short) (RESPONSE_HEAD + 4 * data.length)).putInt(id).put(type).put(status);
        for (int number : data) {
            out.putInt(number);
        }
    }

    /// The next message of the bytes that have arrived, as a view on them.
    ///
    /// @return null when it has not arrived completely
    /// @throws BrokenFrame when its length is not possible
    static @Nullable ByteBuffer next(ByteBuffer in, int least) throws BrokenFrame {
        if (in.remaining() < 2) {
            return null;
        }
        int length = Short.toUnsignedInt(in.getShort(in.position()));
        if (length < least || length > LONGEST) {
            throw new BrokenFrame("a message of " + length + " bytes (expected: " + least + " to " + LONGEST + ")");
        }
        if (in.remaining() < 2 + length) {
            return null;
        }
        ByteBuffer message = in.slice(in.position() + 2, length);
        in.position(in.position() + 2 + length);
        return message;
    }

    static @Nullable ByteBuffer nextResponse(ByteBuffer in) throws BrokenFrame {
        return next(in, RESPONSE_HEAD);
    }

    static @Nullable ByteBuffer nextRequest(ByteBuffer in) throws BrokenFrame {
        return next(in, 5);
    }

    static Response response(ByteBuffer message) {
        int id = message.getInt();
        byte type = message.get();
        byte status = message.get();
        boolean tokens = type != PING && message.remaining() >= 8;
        return new Response(id, type, status, tokens ? message.getInt(message.position() + 4) : 0);
    }

    /// @return null when the data does not fit its type
    static @Nullable Request request(ByteBuffer message) {
        int id = message.getInt();
        byte type = message.get();
        return switch (type) {
            case PING -> {
                String namespace = message.remaining() < 4 ? null : text(message);
                yield namespace == null || namespace.isBlank() ? null : new Request(id, type, namespace, 0, 0, false, List.of());
            }
            case FLOW -> message.remaining() < 12
                    ? null
                    : new Request(id, type, "", message.getLong(), message.getInt(), message.hasRemaining() && message.get() != 0,
                            List.of());
            case PARAM_FLOW -> {
                if (message.remaining() < 16) {
                    yield null;
                }
                long flowId = message.getLong();
                int count = message.getInt();
                List<Object> values = values(message, message.getInt());
                yield values == null ? null : new Request(id, type, "", flowId, count, false, values);
            }
            default -> null;
        };
    }

    private static @Nullable List<Object> values(ByteBuffer message, int number) {
        if (number <= 0 || number > LONGEST) {
            return null;
        }
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            Object value = message.hasRemaining() ? value(message, message.get()) : null;
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return values;
    }

    private static @Nullable Object value(ByteBuffer message, byte type) {
        int size = switch (type) {
            case 0, 4, 7 -> 4;
            case 1, 3 -> 8;
            case 2, 6 -> 1;
            case 5 -> 2;
            default -> Integer.MAX_VALUE;
        };
        if (message.remaining() < size) {
            return null;
        }
        return switch (type) {
            case 0 -> message.getInt();
            case 1 -> message.getLong();
            case 2 -> message.get();
            case 3 -> message.getDouble();
            case 4 -> message.getFloat();
            case 5 -> message.getShort();
            case 6 -> message.get() != 0;
            default -> text(message);
        };
    }

    private static @Nullable String text(ByteBuffer message) {
        int length = message.getInt();
        if (length < 0 || length > message.remaining()) {
            return null;
        }
        byte[] bytes = new byte[length];
        message.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /// Bytes that are no message, so that those after them cannot be read either.
    static final class BrokenFrame extends Exception {
        private static final long serialVersionUID = 1L;

        BrokenFrame(String what) {
            super(what, null, false, false);
        }
    }
}
