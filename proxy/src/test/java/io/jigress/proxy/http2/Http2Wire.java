package io.jigress.proxy.http2;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// A peer that speaks HTTP/2 frame by frame and may break any rule. Waiting fails after ten seconds. Not thread-safe.
public final class Http2Wire implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    /// A frame that was received.
    public record Frame(int type, int flags, int streamId, byte[] payload) {
        /// The error code of RST_STREAM.
        public String resetCode() {
            return ErrorCode.of(ByteBuffer.wrap(payload).getInt()).name();
        }

        /// The error code of GOAWAY.
        public String code() {
            return ErrorCode.of(ByteBuffer.wrap(payload).getInt(4)).name();
        }

        /// The last stream of GOAWAY.
        public int lastStream() {
            return ByteBuffer.wrap(payload).getInt();
        }

        public boolean last() {
            return (flags & Frames.END_STREAM) != 0;
        }

        @Override
        public String toString() {
            return type + " " + flags + " " + streamId + " " + new String(payload, StandardCharsets.ISO_8859_1);
        }
    }

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final HpackDecoder decoder = new HpackDecoder(4096);

    private Http2Wire(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /// A connection on which nothing was sent.
    public static Http2Wire open(int port) {
        try {
            return new Http2Wire(new Socket(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A connection whose settings were exchanged.
    public static Http2Wire connect(int port) {
        Http2Wire wire = open(port);
        wire.raw(Frames.preface()).frame(Frames.SETTINGS, 0, 0, "");
        wire.await(Frames.SETTINGS);
        wire.frame(Frames.SETTINGS, Frames.ACK, 0, "");
        return wire;
    }

    /// A connection that a client opens, with its preface; the settings are exchanged.
    ///
    /// @param settings hexadecimal digits
    public static Http2Wire accept(ServerSocket from, String settings) {
        try {
            from.setSoTimeout(PATIENCE_MILLIS);
            Http2Wire wire = new Http2Wire(from.accept());
            if (!java.util.Arrays.equals(wire.in.readNBytes(Frames.prefaceLength()), Frames.preface())) {
                throw new AssertionError("no preface");
            }
            wire.frame(Frames.SETTINGS, 0, 0, settings);
            return wire;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Http2Wire raw(byte[] bytes) {
        try {
            out.write(bytes);
            out.flush();
        } catch (SocketException e) {
            // The gateway has closed the connection; what it sent before can still be read.
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /// @param payload hexadecimal digits
    public Http2Wire frame(int type, int flags, int streamId, String payload) {
        return raw(bytes(type, flags, streamId, Lines.hex(payload)));
    }

    public static byte[] bytes(int type, int flags, int streamId, byte[] payload) {
        return ByteBuffer.allocate(Frames.HEADER_BYTES + payload.length).put((byte) (payload.length >> 16))
                .putShort((short) payload.length).put((byte) type).put((byte) flags).putInt(streamId).put(payload).array();
    }

    /// Sends a frame many times, in few writes.
    public Http2Wire flood(int times, int type, int flags, int streamId, String payload) {
        byte[] one = bytes(type, flags, streamId, Lines.hex(payload));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < times; i++) {
            all.writeBytes(one);
        }
        return raw(all.toByteArray());
    }

    /// A header block, as literals.
    public static byte[] block(String... fields) {
        return Lines.block(fields);
    }

    /// A whole response without a body.
    public Http2Wire answer(int id, String status) {
        return headers(id, true, ":status: " + status);
    }

    /// A GET.
    public Http2Wire get(int id, String path) {
        return headers(id, true, ":method: GET", ":scheme: http", ":authority: localhost", ":path: " + path);
    }

    public Http2Wire post(int id, String path, String... more) {
        String[] all = java.util.Arrays.copyOf(
                new String[] {":method: POST", ":scheme: http", ":authority: localhost", ":path: " + path}, 4 + more.length);
        System.arraycopy(more, 0, all, 4, more.length);
        return headers(id, false, all);
    }

    public Http2Wire headers(int id, boolean last, String... fields) {
        return raw(bytes(Frames.HEADERS, Frames.END_HEADERS | (last ? Frames.END_STREAM : 0), id, Lines.block(fields)));
    }

    public Http2Wire data(int id, String text, boolean last) {
        return raw(bytes(Frames.DATA, last ? Frames.END_STREAM : 0, id, Lines.bytes(text)));
    }

    public Frame read() {
        try {
            int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int id = in.readInt();
            return new Frame(type, flags, id, in.readNBytes(length));
        } catch (EOFException | SocketException e) {
            return new Frame(-1, 0, 0, Lines.bytes("end of the connection"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Reads on to a frame of this type, or to the end of the connection.
    public Frame await(int type) {
        while (true) {
            Frame frame = read();
            if (frame.type == type || frame.type < 0) {
                return frame;
            }
        }
    }

    /// Reads on to the GOAWAY, and returns its error code.
    public String awaitGoAway() {
        return await(Frames.GOAWAY).code();
    }

    /// Reads on to a RST_STREAM, and returns its error code.
    public String awaitReset() {
        return await(Frames.RST_STREAM).resetCode();
    }

    /// Whether the connection ends with a FIN, whatever is received before.
    public boolean awaitEnd() {
        return await(-1).type < 0;
    }

    /// The fields of a header block that was received.
    public List<String> fields(Frame frame) {
        return Lines.decoded(decoder, frame.payload);
    }

    /// Closes the connection in the middle of a test.
    public void shut() {
        close();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
