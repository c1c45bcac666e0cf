package io.jigress.proxy.http2;

import io.jigress.proxy.http2.FloodGuard.Kind;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Acts on the frames that carry neither fields nor bodies. Event loop only.
///
/// @param <S> a stream of the endpoint's role
final class ControlFrames<S extends Http2Stream> {
    static final int PRIORITY_BYTES = 5;
    private static final int SETTING_BYTES = 6;
    private static final int STREAM_CONTROL_BYTES = 4;
    /// RFC 9218.
    private static final int PRIORITY_UPDATE = 0x10;
    /// WINDOW_UPDATE frames that a peer may send for each DATA frame that it received.
    private static final int UPDATES_PER_FRAME = 2;

    private final Http2Endpoint<S> endpoint;
    private final FrameReader reader;
    private long windowUpdates;
    private boolean settled;

    ControlFrames(Http2Endpoint<S> endpoint, FrameReader reader) {
        this.endpoint = endpoint;
        this.reader = reader;
    }

    boolean isSettled() { return settled; }

    /// @param at where the payload starts
    void frame(ByteBuf in, int at) {
        int id = reader.streamId();
        switch (reader.type()) {
            case Frames.PRIORITY -> priority(in, at, id);
            case Frames.RST_STREAM -> resetFrame(in, at, id);
            case Frames.SETTINGS -> settings(in, at, id);
            case Frames.PUSH_PROMISE -> refuse(ConnectionError.PUSH);
            case Frames.PING -> ping(in, at, id);
            case Frames.GOAWAY -> goAwayFrame(in, at, id);
            case Frames.WINDOW_UPDATE -> windowUpdate(in, at, id);
            case PRIORITY_UPDATE -> endpoint.admits(Kind.PRIORITIES);
            // RFC 9113, 5.5: extensions are ignored.
            default -> endpoint.admits(Kind.EMPTY_FRAMES);
        }
    }

    private void refuse(ConnectionError error) {
        endpoint.refuse(error);
    }

    private void priority(ByteBuf in, int at, int id) {
        if (id == 0) {
            refuse(ConnectionError.STREAM_ID);
        } else if (endpoint.admits(Kind.PRIORITIES)) {
            if (reader.length() != PRIORITY_BYTES) {
                S stream = endpoint.streams.get(id);
                if (stream == null) {
                    refuse(ConnectionError.FRAME_SIZE);
                } else {
                    endpoint.streamError(stream, ErrorCode.FRAME_SIZE_ERROR, "PRIORITY of the wrong length");
                }
            } else if ((in.getInt(at) & Integer.MAX_VALUE) == id) {
                dependsOnItself(id);
            }
        }
    }

    /// RFC 7540, 5.3.1; RFC 9113 has no use for priorities, but clients that send them are to send sound ones.
    void dependsOnItself(int id) {
        S stream = endpoint.streams.get(id);
        if (stream != null) {
            endpoint.streamError(stream, ErrorCode.PROTOCOL_ERROR, "a stream that depends on itself");
        } else if (endpoint.isIdle(id)) {
            endpoint.writer.reset(id, ErrorCode.PROTOCOL_ERROR);
        }
    }

    private void resetFrame(ByteBuf in, int at, int id) {
        if (reader.length() != STREAM_CONTROL_BYTES) {
            refuse(ConnectionError.FRAME_SIZE);
        } else if (id == 0 || endpoint.isIdle(id)) {
            refuse(id == 0 ? ConnectionError.STREAM_ID : ConnectionError.IDLE_STREAM);
        } else {
            S stream = endpoint.streams.get(id);
            if (endpoint.admits(Kind.RESETS) && stream != null) {
                endpoint.wasReset(stream, ErrorCode.of(in.getInt(at)));
            }
        }
    }

    private void settings(ByteBuf in, int at, int id) {
        boolean ack = reader.has(Frames.ACK);
        if (id != 0) {
            refuse(ConnectionError.STREAM_ID);
        } else if (reader.length() % SETTING_BYTES != 0 || ack && reader.length() > 0) {
            refuse(ConnectionError.FRAME_SIZE);
        } else if (endpoint.admits(Kind.SETTINGS) && !ack) {
            for (int i = at; i < reader.payloadTo(); i += SETTING_BYTES) {
                ConnectionError error = set(in.getUnsignedShort(i), in.getUnsignedInt(i + 2));
                if (error != null) {
                    refuse(error);
                    return;
                }
            }
            settled = true;
            // At once (RFC 9113, 6.5.3), and so before DATA frames that the settings allow.
            endpoint.writer.settingsAck();
            endpoint.outflow.windowsChanged();
            endpoint.settingsChanged();
        }
    }

    private @Nullable ConnectionError set(int identifier, long value) {
        switch (identifier) {
            case Frames.HEADER_TABLE_SIZE -> endpoint.encoder.peerLimit(value);
            case Frames.ENABLE_PUSH -> {
                if (value > 1) {
                    return ConnectionError.SETTING;
                }
            }
            case Frames.INITIAL_WINDOW_SIZE -> {
                if (value > Frames.MAX_WINDOW || !endpoint.outflow.initialWindow((int) value, endpoint.streams)) {
                    return ConnectionError.WINDOW;
                }
            }
            case Frames.MAX_FRAME_SIZE -> {
                if (value < Frames.PAYLOAD_BYTES || value > 0xff_ffff) {
                    return ConnectionError.SETTING;
                }
            }
            default -> endpoint.setting(identifier, value);
        }
        return null;
    }

    private void ping(ByteBuf in, int at, int id) {
        if (id != 0) {
            refuse(ConnectionError.STREAM_ID);
        } else if (reader.length() != Long.BYTES) {
            refuse(ConnectionError.FRAME_SIZE);
        } else if (reader.has(Frames.ACK)) {
            if (endpoint.admits(Kind.PINGS)) {
                endpoint.pingAnswered(in.getLong(at));
            }
        } else if (endpoint.admits(Kind.PINGS)) {
            endpoint.writer.ping(in.getLong(at), true);
        }
    }

    private void goAwayFrame(ByteBuf in, int at, int id) {
        if (id != 0) {
            refuse(ConnectionError.STREAM_ID);
        } else if (reader.length() < 2 * STREAM_CONTROL_BYTES) {
            refuse(ConnectionError.FRAME_SIZE);
        } else {
            endpoint.goAway(in.getInt(at) & Integer.MAX_VALUE, ErrorCode.of(in.getInt(at + STREAM_CONTROL_BYTES)));
        }
    }

    private void windowUpdate(ByteBuf in, int at, int id) {
        if (reader.length() != STREAM_CONTROL_BYTES) {
            refuse(ConnectionError.FRAME_SIZE);
            return;
        }
        if (++windowUpdates > UPDATES_PER_FRAME * endpoint.outflow.dataFrames()) {
            windowUpdates--;
            if (!endpoint.admits(Kind.WINDOW_UPDATES)) {
                return;
            }
        }
        int more = in.getInt(at) & Integer.MAX_VALUE;
        if (id == 0) {
            if (more == 0) {
                refuse(ConnectionError.WINDOW_INCREMENT);
            } else if (!endpoint.outflow.connectionWindow(more)) {
                refuse(ConnectionError.WINDOW);
            }
            return;
        }
        S stream = endpoint.streams.get(id);
        if (stream == null) {
            if (endpoint.isIdle(id)) {
                refuse(ConnectionError.IDLE_STREAM);
            }
        } else if (more == 0) {
            endpoint.streamError(stream, ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0");
        } else if (!endpoint.outflow.streamWindow(stream, more)) {
            endpoint.streamError(stream, ErrorCode.FLOW_CONTROL_ERROR, "a flow-control window beyond 2^31-1");
        }
    }
}
