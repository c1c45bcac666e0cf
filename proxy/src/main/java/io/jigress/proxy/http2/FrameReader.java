package io.jigress.proxy.http2;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Splits the bytes of a connection into frames. Frames other than DATA are reported when they are complete; of DATA frames each part is reported
/// as it arrives, so that nothing is buffered here. What depends on streams is left to the caller. Event loop only.
final class FrameReader {
    enum Step {
        /// The rest is less than one frame; the caller keeps it and passes it to [#next] again, with more bytes behind it.
        NEED_MORE,
        /// A frame whose payload is [#payloadFrom] to [#payloadTo] of the buffer; it is skipped by the next call.
        FRAME,
        /// A part of a DATA frame: [#dataLength] bytes from the reader index on, which the caller takes.
        DATA,
        REFUSED
    }

    private static final int TYPE = 3;
    private static final int FLAGS = 4;
    private static final int STREAM = 5;

    private int prefaceAt;
    private boolean first = true;
    private int type;
    private int flags;
    private int streamId;
    private int length;
    private int payloadLength;
    private int payloadFrom;
    private int payloadTo;
    private boolean inData;
    private boolean dataBegins;
    private int dataLength;
    private int dataLeft;
    private int paddingLeft;
    private @Nullable ConnectionError error;

    /// @param preface whether the connection starts with the client's preface
    FrameReader(boolean preface) {
        prefaceAt = preface ? 0 : Frames.prefaceLength();
    }

    Step next(ByteBuf in) {
        if (prefaceAt < Frames.prefaceLength() && !preface(in)) {
            return error == null ? Step.NEED_MORE : Step.REFUSED;
        }
        while (!inData) {
            int at = in.readerIndex();
            if (in.readableBytes() < Frames.HEADER_BYTES) {
                return Step.NEED_MORE;
            }
            length = in.getUnsignedMedium(at);
            type = in.getUnsignedByte(at + TYPE);
            flags = in.getUnsignedByte(at + FLAGS);
            streamId = in.getInt(at + STREAM) & Integer.MAX_VALUE;
            if (length > Frames.PAYLOAD_BYTES) {
                return refuse(ConnectionError.FRAME_SIZE);
            }
            if (first && (type != Frames.SETTINGS || (flags & Frames.ACK) != 0)) {
                return refuse(ConnectionError.PREFACE);
            }
            if (type != Frames.DATA) {
                return whole(in, at);
            }
            int padded = (flags & Frames.PADDED) != 0 ? 1 : 0;
            if (in.readableBytes() < Frames.HEADER_BYTES + Math.min(padded, length)) {
                return Step.NEED_MORE;
            }
            paddingLeft = padded == 0 || length == 0 ? 0 : in.getUnsignedByte(at + Frames.HEADER_BYTES);
            if (streamId == 0) {
                return refuse(ConnectionError.STREAM_ID);
            }
            if (length < padded) {
                return refuse(ConnectionError.FRAME_SIZE);
            }
            dataLeft = length - padded - paddingLeft;
            payloadLength = dataLeft;
            if (dataLeft < 0) {
                return refuse(ConnectionError.PADDING);
            }
            in.skipBytes(Frames.HEADER_BYTES + padded);
            inData = true;
            dataBegins = true;
            dataLength = 0;
            return data(in);
        }
        dataBegins = false;
        return data(in);
    }

    private boolean preface(ByteBuf in) {
        while (prefaceAt < Frames.prefaceLength()) {
            if (!in.isReadable()) {
                return false;
            }
            if (in.readByte() != Frames.preface(prefaceAt++)) {
                refuse(ConnectionError.PREFACE);
                return false;
            }
        }
        return true;
    }

    private Step whole(ByteBuf in, int at) {
        if (in.readableBytes() < Frames.HEADER_BYTES + length) {
            return Step.NEED_MORE;
        }
        first = false;
        payloadFrom = at + Frames.HEADER_BYTES;
        payloadTo = payloadFrom + length;
        in.readerIndex(payloadTo);
        return Step.FRAME;
    }

    private Step data(ByteBuf in) {
        if (dataLeft == 0 || !in.isReadable()) {
            int padding = Math.min(paddingLeft, in.readableBytes());
            if (dataLeft == 0) {
                in.skipBytes(padding);
                paddingLeft -= padding;
            }
            if (dataLeft == 0 && paddingLeft == 0) {
                inData = false;
                dataLength = 0;
                return Step.DATA;
            }
            if (!dataBegins) {
                return Step.NEED_MORE;
            }
            dataLength = 0;
            return Step.DATA;
        }
        dataLength = Math.min(dataLeft, in.readableBytes());
        dataLeft -= dataLength;
        if (dataLeft == 0 && paddingLeft == 0) {
            inData = false;
        }
        return Step.DATA;
    }

    private Step refuse(ConnectionError why) {
        error = why;
        return Step.REFUSED;
    }

    int type() {
        return type;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    int streamId() {
        return streamId;
    }

    /// Of the whole payload: what flow control counts of a DATA frame.
    int length() {
        return length;
    }

    /// Of a DATA frame without its padding.
    int payloadLength() {
        return payloadLength;
    }

    int payloadFrom() {
        return payloadFrom;
    }

    int payloadTo() {
        return payloadTo;
    }

    /// Whether this part is the first of its DATA frame.
    boolean isDataBegin() { return dataBegins; }

    int dataLength() {
        return dataLength;
    }

    /// Whether the DATA frame has ended with this part.
    boolean isDataEnd() { return !inData; }

    /// Why the bytes were refused.
    ConnectionError error() {
        ConnectionError found = error;
        if (found == null) {
            throw new IllegalStateException("nothing was refused");
        }
        return found;
    }
}
