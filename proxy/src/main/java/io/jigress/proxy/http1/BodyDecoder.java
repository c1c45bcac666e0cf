package io.jigress.proxy.http1;

import io.jigress.api.Headers;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http.Octets;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Finds a message's body in the received bytes without copying it: strict after RFC 9112, 6 and 7. Reusable, one message
/// after another; event loop only.
///
/// ```
/// decoder.start(head.framing(), limits);
/// while (true) switch (decoder.decode(in)) {
///     case DATA -> forward(in.readRetainedSlice(decoder.dataLength()), decoder.ended());
///     …
/// }
/// ```
public final class BodyDecoder {
    /// What size lines may cost beyond twice the data that they announce: chunk extensions are read by nobody, and lines
    /// longer than their data are an attack.
    private static final int MAX_OVERHEAD_BYTES = 16 * 1024;
    /// The digits, CRLF and end of an ordinary chunk.
    private static final int FREE_OVERHEAD_BYTES = 16;
    private static final int MAX_SIZE_DIGITS = 16;

    private enum Place {
        LENGTH, UNTIL_CLOSE, SIZE, SIZE_DIGITS, SIZE_BLANK, EXTENSION, SIZE_LF, DATA, DATA_CR, DATA_LF, TRAILERS, END, REFUSED
    }

    private final HeadPool pool;
    private HeadLimits limits = HeadLimits.STANDARD;
    private Place place = Place.END;
    /// Bytes left of the body or the chunk; while a size line is read, what it says so far.
    private long remaining;
    private int sizeDigits;
    private int lineBytes;
    private int overheadBytes;
    private int dataLength;
    private @Nullable Http1Trailers trailers;
    private @Nullable HeadFault fault;

    /// @param pool where trailers are read to
    public BodyDecoder(HeadPool pool) {
        this.pool = pool;
    }

    /// Begins a body.
    ///
    /// @param framing a length or a constant of [Framing]
    /// @param limits of the trailer section
    public void start(long framing, HeadLimits limits) {
        reset();
        this.limits = limits;
        remaining = Math.max(0, framing);
        overheadBytes = 0;
        if (framing == Framing.CHUNKED) {
            place = Place.SIZE;
        } else if (framing == Framing.UNTIL_CLOSE) {
            place = Place.UNTIL_CLOSE;
        } else if (framing > 0) {
            place = Place.LENGTH;
        }
    }

    /// Gives the trailers back, if there are any; they throw from now on.
    public void reset() {
        if (trailers != null) {
            trailers.release();
            trailers = null;
        }
        fault = null;
        place = Place.END;
    }

    /// Goes on to the next thing to tell. Takes framing bytes; leaves data to the caller.
    public BodyStep decode(ByteBuf in) {
        while (true) {
            switch (place) {
                case LENGTH -> {
                    return data(in, Place.END);
                }
                case DATA -> {
                    return data(in, Place.DATA_CR);
                }
                case UNTIL_CLOSE -> {
                    dataLength = in.readableBytes();
                    return dataLength > 0 ? BodyStep.DATA : BodyStep.NEED_MORE;
                }
                case TRAILERS -> {
                    return trailers(in);
                }
                case END -> {
                    return BodyStep.END;
                }
                case REFUSED -> {
                    return BodyStep.REFUSED;
                }
                case SIZE, SIZE_DIGITS, SIZE_BLANK, EXTENSION, SIZE_LF, DATA_CR, DATA_LF -> {
                    if (!in.isReadable()) {
                        return BodyStep.NEED_MORE;
                    }
                    HeadFault found = framing(in.readByte());
                    if (found != null) {
                        return refuse(found);
                    }
                }
            }
        }
    }

    /// The peer ended the connection: END where that ends the body, else REFUSED.
    public BodyStep closed() {
        return switch (place) {
            case UNTIL_CLOSE, END -> {
                place = Place.END;
                yield BodyStep.END;
            }
            case REFUSED -> BodyStep.REFUSED;
            case LENGTH, SIZE, SIZE_DIGITS, SIZE_BLANK, EXTENSION, SIZE_LF, DATA, DATA_CR, DATA_LF, TRAILERS ->
                refuse(HeadFault.TRUNCATED);
        };
    }

    private BodyStep data(ByteBuf in, Place after) {
        int length = (int) Math.min(in.readableBytes(), remaining);
        if (length == 0) {
            return BodyStep.NEED_MORE;
        }
        dataLength = length;
        remaining -= length;
        if (remaining == 0) {
            place = after;
        }
        return BodyStep.DATA;
    }

    /// One byte of what stands around the data of chunks (RFC 9112, 7.1).
    private @Nullable HeadFault framing(byte b) {
        return switch (place) {
            case SIZE -> {
                remaining = 0;
                sizeDigits = 0;
                lineBytes = 0;
                place = Place.SIZE_DIGITS;
                yield digit(b);
            }
            case SIZE_DIGITS -> b == '\r' || b == ';' || Octets.blank(b) ? sizeEnd(b) : digit(b);
            case SIZE_BLANK -> b == ';' || Octets.blank(b) ? sizeEnd(b) : HeadFault.CHUNK_SIZE;
            case EXTENSION -> extension(b);
            case SIZE_LF -> b == '\n' ? sizeLine() : HeadFault.BARE_CR;
            case DATA_CR -> {
                place = Place.DATA_LF;
                yield b == '\r' ? null : HeadFault.CHUNK_END;
            }
            case DATA_LF -> {
                place = Place.SIZE;
                yield b == '\n' ? null : HeadFault.CHUNK_END;
            }
            case LENGTH, UNTIL_CLOSE, DATA, TRAILERS, END, REFUSED ->
                throw new IllegalStateException("no framing here: " + place);
        };
    }

    private @Nullable HeadFault digit(byte b) {
        int digit = Octets.hex(b);
        if (digit < 0) {
            return b == '\n' ? HeadFault.BARE_LF : HeadFault.CHUNK_SIZE;
        }
        if (++sizeDigits > MAX_SIZE_DIGITS || remaining > Long.MAX_VALUE >> 4) {
            return HeadFault.CHUNK_SIZE;
        }
        remaining = remaining << 4 | digit;
        lineBytes++;
        return null;
    }

    private @Nullable HeadFault sizeEnd(byte b) {
        place = b == '\r' ? Place.SIZE_LF : b == ';' ? Place.EXTENSION : Place.SIZE_BLANK;
        return overhead();
    }

    private @Nullable HeadFault extension(byte b) {
        if (b == '\r') {
            place = Place.SIZE_LF;
            return null;
        }
        if (b == '\n') {
            return HeadFault.BARE_LF;
        }
        return b >= 0 && b < 0x20 && b != '\t' || b == 0x7f ? HeadFault.CHUNK_EXTENSION : overhead();
    }

    private @Nullable HeadFault overhead() {
        return overheadBytes + ++lineBytes > MAX_OVERHEAD_BYTES ? HeadFault.CHUNK_EXTENSION : null;
    }

    private @Nullable HeadFault sizeLine() {
        int paid = FREE_OVERHEAD_BYTES + 2 * (int) Math.min(remaining, MAX_OVERHEAD_BYTES);
        overheadBytes = Math.max(0, overheadBytes + lineBytes - paid);
        place = remaining == 0 ? Place.TRAILERS : Place.DATA;
        return null;
    }

    private BodyStep trailers(ByteBuf in) {
        Http1Trailers section = trailers;
        if (section == null) {
            int at = in.readerIndex();
            if (in.readableBytes() >= 2 && in.getByte(at) == '\r' && in.getByte(at + 1) == '\n') {
                in.skipBytes(2);
                place = Place.END;
                return BodyStep.END;
            }
            if (!in.isReadable()) {
                return BodyStep.NEED_MORE;
            }
            section = pool.trailers(limits);
            trailers = section;
        }
        return switch (section.append(in)) {
            case NEED_MORE -> BodyStep.NEED_MORE;
            case REFUSED -> refuse(section.fault());
            case COMPLETE -> {
                place = Place.END;
                yield section.headers().size() > 0 ? BodyStep.TRAILERS : BodyStep.END;
            }
        };
    }

    private BodyStep refuse(HeadFault fault) {
        this.fault = fault;
        place = Place.REFUSED;
        return BodyStep.REFUSED;
    }

    /// After DATA: how many bytes at the reader index are the body's.
    public int dataLength() {
        return dataLength;
    }

    /// Whether the body is over; known together with the last data when the length was declared.
    public boolean ended() {
        return place == Place.END;
    }

    /// After TRAILERS, until the next message.
    ///
    /// @throws IllegalStateException when there are none
    public Headers trailers() {
        if (trailers == null) {
            throw new IllegalStateException("no trailers were received");
        }
        return trailers.headers();
    }

    /// Why the body was refused.
    ///
    /// @throws IllegalStateException when it was not
    public HeadFault fault() {
        if (fault == null) {
            throw new IllegalStateException("the body was not refused");
        }
        return fault;
    }
}
