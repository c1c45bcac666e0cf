package io.jigress.proxy.http2;

import io.jigress.proxy.http2.FloodGuard.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// What both sides of HTTP/2 connections have in common: reads frames and acts on those about the connection, keeps tables, windows and
/// settings. What frames mean for streams is left to the role. Event loop only.
///
/// @param <S> a stream of this role
abstract class Http2Endpoint<S extends Http2Stream> {
    private static final int MAX_PARTIAL = Frames.HEADER_BYTES + Frames.PAYLOAD_BYTES + Frames.prefaceLength();
    private static final int HEADER_TABLE_BYTES = 4096;
    private static final byte[] NO_BLOCK = {};

    final FrameWriter writer;
    final Outflow outflow;
    final HpackEncoder encoder = new HpackEncoder();
    final StreamTable<S> streams = new StreamTable<>();
    final HpackScratch scratch;
    final FloodGuard guard;
    final Inflow inflow;
    final Http2Limits limits;
    private final ByteBufAllocator allocator;
    private final FrameReader reader;
    private final ControlFrames<S> control;
    private final HpackDecoder decoder = new HpackDecoder(HEADER_TABLE_BYTES);
    private final HeaderAssembly assembly = new HeaderAssembly();
    private byte[] block = NO_BLOCK;
    private int blockLength;
    private @Nullable ByteBuf partial;
    private boolean failed;
    /// Whether the DATA frame that is being read belongs to no stream.
    private boolean dropping;

    Http2Endpoint(FrameWriter.Wire wire, Outflow outflow, FrameWriter writer, HpackScratch scratch, Http2Limits limits,
            FloodGuard guard, boolean server) {
        this.allocator = wire.allocator();
        this.writer = writer;
        this.outflow = outflow;
        this.scratch = scratch;
        this.limits = limits;
        this.guard = guard;
        this.reader = new FrameReader(server);
        this.inflow = new Inflow(writer, limits);
        this.control = new ControlFrames<>(this, reader);
    }

    // ---- what roles do

    /// The most bytes of a header block that comes in several frames.
    abstract int longestBlock();

    /// A whole header block of a stream, to be decoded now by [#decode], whatever becomes of the stream.
    ///
    /// @param id odd, and not 0
    abstract void headers(int id, boolean endStream);

    /// DATA for a stream that is not in the table: null if it is to be dropped, else the connection error.
    abstract @Nullable ConnectionError strayData(int id);

    /// Whether the number is of a stream that has not been opened yet, by either side.
    abstract boolean isIdle(int id);

    /// A part of a body; takes ownership. What the exchange has taken is credited by [#credit].
    abstract void data(S stream, ByteBuf data, boolean last);

    /// The peer has reset a stream.
    abstract void wasReset(S stream, ErrorCode code);

    /// A stream error (RFC 9113, 5.4.2).
    abstract void streamError(S stream, ErrorCode code, String reason);

    /// The peer takes part in no new streams beyond this one.
    abstract void goAway(int lastStreamId, ErrorCode code);

    /// The peer's settings have come or changed.
    abstract void settingsChanged();

    abstract void setting(int identifier, long value);

    abstract void pingAnswered(long data);

    /// The connection is about to be closed for a flood.
    abstract void flooded(Kind kind);

    /// The connection cannot go on; called once.
    abstract void fail(ConnectionError error);

    // ---- reading

    /// Reads bytes, which remain the caller's.
    void read(ByteBuf bytes) {
        ByteBuf before = partial;
        if (before == null) {
            frames(bytes);
            keep(bytes);
            return;
        }
        partial = null;
        ByteBuf joined;
        try {
            joined = allocator.directBuffer(before.readableBytes() + bytes.readableBytes());
            joined.writeBytes(before).writeBytes(bytes);
        } finally {
            before.release();
        }
        try {
            frames(joined);
            keep(joined);
        } finally {
            joined.release();
        }
    }

    private void frames(ByteBuf in) {
        while (!failed) {
            switch (reader.next(in)) {
                case NEED_MORE -> {
                    return;
                }
                case FRAME -> frame(in);
                case DATA -> data(in);
                case REFUSED -> refuse(reader.error());
            }
        }
    }

    private void keep(ByteBuf rest) {
        int length = rest.readableBytes();
        if (length > 0 && !failed) {
            if (length > MAX_PARTIAL) {
                throw new IllegalStateException("partial frame: " + length + " bytes (expected: at most " + MAX_PARTIAL + ")");
            }
            partial = allocator.directBuffer(length).writeBytes(rest);
        }
    }

    /// Whether a header block, or a frame other than DATA, has begun and is not complete.
    boolean isHeadIncomplete() { return partial != null || assembly.isOpen(); }

    /// Whether the peer's first SETTINGS have come.
    boolean isSettled() { return control.isSettled(); }

    boolean hasFailed() { return failed; }

    final void refuse(ConnectionError error) {
        if (!failed) {
            failed = true;
            fail(error);
        }
    }

    /// Counts a frame of a kind that may be a flood.
    ///
    /// @return whether the connection goes on
    final boolean admits(Kind kind) {
        return admits(kind, 1);
    }

    /// Counts one that weighs as much as several.
    final boolean admits(Kind kind, int weight) {
        if (guard.admits(kind, weight)) {
            return true;
        }
        flood(kind);
        return false;
    }

    final void flood(Kind kind) {
        if (!failed) {
            flooded(kind);
            refuse(kind.error());
        }
    }

    private void frame(ByteBuf in) {
        int at = reader.payloadFrom();
        int id = reader.streamId();
        if (assembly.isOpen() && (reader.type() != Frames.CONTINUATION || assembly.streamId() != id)) {
            refuse(ConnectionError.CONTINUATION);
            return;
        }
        switch (reader.type()) {
            case Frames.HEADERS -> headersFrame(in, at, id);
            case Frames.CONTINUATION -> continuation(in, at);
            default -> control.frame(in, at);
        }
    }

    // ---- header blocks

    private void headersFrame(ByteBuf in, int payload, int id) {
        int at = payload;
        int to = reader.payloadTo();
        int padding = 0;
        if (reader.has(Frames.PADDED)) {
            if (at == to) {
                refuse(ConnectionError.FRAME_SIZE);
                return;
            }
            padding = in.getUnsignedByte(at++);
        }
        boolean onItself = false;
        if (reader.has(Frames.WITH_PRIORITY)) {
            if (to - at < ControlFrames.PRIORITY_BYTES) {
                refuse(ConnectionError.FRAME_SIZE);
                return;
            }
            onItself = (in.getInt(at) & Integer.MAX_VALUE) == id;
            at += ControlFrames.PRIORITY_BYTES;
        }
        if (padding > to - at) {
            refuse(ConnectionError.PADDING);
        } else if (id == 0) {
            refuse(ConnectionError.STREAM_ID);
        } else {
            assembly.begin(id, reader.has(Frames.END_STREAM));
            fragment(in, at, to - padding - at);
            if (onItself) {
                control.dependsOnItself(id);
            }
        }
    }

    private void continuation(ByteBuf in, int at) {
        if (!assembly.isOpen()) {
            refuse(ConnectionError.CONTINUATION);
            return;
        }
        if (assembly.frames() >= limits.continuations()
                || assembly.length() + reader.payloadTo() - at > longestBlock()) {
            flood(Kind.CONTINUATIONS);
            return;
        }
        if (at < reader.payloadTo() || reader.has(Frames.END_HEADERS) || admits(Kind.EMPTY_FRAMES)) {
            fragment(in, at, reader.payloadTo() - at);
        }
    }

    private void fragment(ByteBuf in, int at, int length) {
        if (!reader.has(Frames.END_HEADERS)) {
            assembly.append(in, at, length);
            return;
        }
        if (assembly.frames() == 0) {
            block = scratch.block(in, at, length);
            blockLength = length;
        } else {
            assembly.append(in, at, length);
            block = assembly.bytes();
            blockLength = assembly.length();
        }
        int id = assembly.streamId();
        boolean endStream = assembly.endStream();
        assembly.end();
        headers(id, endStream);
        block = NO_BLOCK;
    }

    /// Decodes the header block that has come.
    ///
    /// @return false if it is malformed, which is a connection error
    final boolean decode(FieldTarget target) {
        boolean sound = decoder.decode(block, 0, blockLength, target, scratch);
        if (!sound) {
            refuse(ConnectionError.COMPRESSION);
        }
        return sound;
    }

    /// How long the header block is, for statistics.
    final int blockLength() {
        return blockLength;
    }

    // ---- bodies

    private void data(ByteBuf in) {
        if (assembly.isOpen()) {
            refuse(ConnectionError.CONTINUATION);
            return;
        }
        int length = reader.dataLength();
        boolean last = reader.isDataEnd() && reader.has(Frames.END_STREAM);
        if (reader.isDataBegin() && !beginData()) {
            return;
        }
        S stream = dropping ? null : streams.get(reader.streamId());
        if (stream == null) {
            in.skipBytes(length);
            inflow.credit(length);
        } else if (length > 0 || last) {
            ByteBuf part = length == 0 ? Unpooled.EMPTY_BUFFER : in.readRetainedSlice(length);
            data(stream, part, last);
        }
    }

    /// The exchange has taken bytes of a stream: the peer may send as many more.
    final void credit(S stream, int bytes) {
        inflow.credit(bytes);
        inflow.credit(stream, bytes);
    }

    /// Finds the stream of a DATA frame, and counts the frame against the windows.
    private boolean beginData() {
        int length = reader.length();
        int id = reader.streamId();
        dropping = true;
        if (!inflow.received(length)) {
            refuse(ConnectionError.WINDOW);
            return false;
        }
        S stream = streams.get(id);
        if (stream == null) {
            ConnectionError error = isIdle(id) ? ConnectionError.IDLE_STREAM : strayData(id);
            if (error != null) {
                refuse(error);
                return false;
            }
        } else if (stream.remoteEnded) {
            streamError(stream, ErrorCode.STREAM_CLOSED, "data after the end of the stream");
        } else if (length > stream.receiveWindow) {
            streamError(stream, ErrorCode.FLOW_CONTROL_ERROR, "more data than the window allows");
        } else {
            stream.receiveWindow -= length;
            dropping = false;
        }
        if (length == 0 && !reader.has(Frames.END_STREAM)) {
            return admits(Kind.EMPTY_FRAMES);
        }
        int padding = length - reader.payloadLength();
        if (padding > 0) {
            inflow.credit(padding);
            if (stream != null && !dropping) {
                inflow.credit(stream, padding);
            }
        }
        return !failed;
    }

    // ---- the end

    /// Gives back memory that a connection without streams does not need.
    void trim() {
        decoder.table().trim();
        encoder.table().trim();
        streams.trim();
    }

    /// The connection is gone.
    void release() {
        failed = true;
        ByteBuf rest = partial;
        if (rest != null) {
            partial = null;
            rest.release();
        }
        writer.close();
    }
}
