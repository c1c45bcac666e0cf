package io.jigress.proxy.http1;

import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.http.Octets;
import io.jigress.proxy.http.SharedHead;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// A head that is being read or was read: takes bytes until the empty line, checks and indexes each line once.
///
/// Strict after RFC 9112: lines end with CRLF, nothing else may hold a control character but tabs in values. What is refused
/// and why does not depend on how the bytes were split. Event loop only; see [HeadPool] for its life.
public abstract sealed class Http1Head implements SharedHead permits Http1RequestHead, Http1ResponseHead, Http1Trailers {
    /// What a start line may have besides the target: a method, a version, a reason.
    private static final int START_LINE_REST = 64;

    private static final long HTTP_1_MASK = 0x00ff_ffff_ffff_ffffL;
    private static final long HTTP_1 = 'H' | 'T' << 8 | 'T' << 16 | (long) 'P' << 24 | (long) '/' << 32 | (long) '1' << 40
            | (long) '.' << 48;

    final HeaderBlock fields = new HeaderBlock();
    final FieldFacts facts = new FieldFacts();
    HeadLimits limits = HeadLimits.STANDARD;
    int versionMinor;

    private final HeadPool pool;
    private int scan;
    private int lineStart;
    private boolean trailers;
    private boolean inFields;
    private @Nullable HeadFault fault;
    private int owners;

    Http1Head(HeadPool pool) {
        this.pool = pool;
    }

    void begin(HeadLimits limits, boolean trailers) {
        this.limits = limits;
        this.trailers = trailers;
        inFields = trailers;
        scan = 0;
        lineStart = 0;
        versionMinor = 1;
        fault = null;
        owners = 1;
        fields.begin();
        facts.begin();
    }

    /// Takes bytes of the head, and none behind it. Once COMPLETE or REFUSED was returned, nothing may be appended.
    public final HeadState append(ByteBuf in) {
        while (in.isReadable()) {
            int before = fields.end();
            int length = Math.min(fields.room(1), in.readableBytes());
            in.getBytes(in.readerIndex(), fields.bytes(), before, length);
            fields.end(before + length);
            HeadState state = lines();
            in.skipBytes(state == HeadState.COMPLETE ? lineStart - before : length);
            if (state != HeadState.NEED_MORE) {
                return state;
            }
        }
        return HeadState.NEED_MORE;
    }

    private HeadState lines() {
        byte[] bytes = fields.bytes();
        int end = fields.end();
        while (true) {
            int stop = Octets.control(bytes, scan, end);
            while (stop < end && bytes[stop] == '\t') {
                stop = Octets.control(bytes, stop + 1, end);
            }
            int from = lineStart;
            int lineLimit = from + (inFields ? limits.fieldBytes() : limits.targetBytes() + START_LINE_REST);
            // Before what stands at `stop`, so that the verdict is the same however the bytes arrive.
            if (stop > lineLimit || stop > limits.headBytes() - 2) {
                return refuse(tooLong(lineLimit));
            }
            if (stop == end || bytes[stop] == '\r' && stop + 1 == end) {
                scan = stop;
                return HeadState.NEED_MORE;
            }
            if (bytes[stop] != '\r' || bytes[stop + 1] != '\n') {
                return refuse(stray(bytes[stop]));
            }
            lineStart = stop + 2;
            scan = lineStart;
            if (stop == from && (inFields || !emptyLine())) {
                return complete();
            }
            HeadFault found = null;
            if (inFields) {
                found = field(bytes, from, stop);
            } else if (stop > from) {
                found = startLine(bytes, from, stop);
                inFields = true;
            }
            if (found != null) {
                return refuse(found);
            }
        }
    }

    private HeadState complete() {
        if (!inFields) {
            return refuse(startLineFault());
        }
        fields.received(lineStart);
        HeadFault found = facts.complete(fields, versionMinor);
        if (found == null) {
            found = finish();
        }
        return found == null ? HeadState.COMPLETE : refuse(found);
    }

    private HeadState refuse(HeadFault fault) {
        this.fault = fault;
        return HeadState.REFUSED;
    }

    private HeadFault tooLong(int lineLimit) {
        if (limits.headBytes() - 2 <= lineLimit) {
            return HeadFault.HEAD_TOO_LARGE;
        }
        return inFields ? HeadFault.FIELD_TOO_LARGE : startLineTooLong();
    }

    private static HeadFault stray(byte b) {
        return switch (b) {
            case '\r' -> HeadFault.BARE_CR;
            case '\n' -> HeadFault.BARE_LF;
            default -> HeadFault.CONTROL_CHARACTER;
        };
    }

    private @Nullable HeadFault field(byte[] bytes, int from, int stop) {
        int i = from;
        int hash = 0;
        for (; i < stop; i++) {
            int c = Octets.token(bytes[i]);
            if (c == 0) {
                break;
            }
            hash = 31 * hash + c;
        }
        if (i == from || i == stop || bytes[i] != ':') {
            return nameFault(bytes, from, i, stop);
        }
        int value = i + 1;
        int valueEnd = stop;
        while (value < valueEnd && Octets.blank(bytes[value])) {
            value++;
        }
        while (valueEnd > value && Octets.blank(bytes[valueEnd - 1])) {
            valueEnd--;
        }
        if (fields.indexEnd() == limits.fields() * HeaderBlock.STRIDE) {
            return HeadFault.TOO_MANY_FIELDS;
        }
        int at = fields.index(hash, from, i, value, valueEnd, stop + 2, 0);
        return trailers ? null : facts.see(fields, at);
    }

    private static HeadFault nameFault(byte[] bytes, int from, int i, int stop) {
        if (Octets.blank(bytes[from])) {
            return HeadFault.OBS_FOLD;
        }
        if (i == stop) {
            return HeadFault.FIELD_WITHOUT_COLON;
        }
        return Octets.blank(bytes[i]) ? HeadFault.SPACE_BEFORE_COLON : HeadFault.FIELD_NAME;
    }

    /// Reads the start line in `[from, stop)`, which is not empty.
    abstract @Nullable HeadFault startLine(byte[] bytes, int from, int stop);

    abstract HeadFault startLineFault();

    abstract HeadFault startLineTooLong();

    /// Whether an empty line before the start line may be skipped.
    abstract boolean emptyLine();

    /// All fields were read and their framing is sound.
    abstract @Nullable HeadFault finish();

    @Override
    public final void retain() {
        owners++;
    }

    @Override
    public final void release() {
        if (--owners <= 0) {
            fields.release();
            pool.keep(this);
        }
    }

    /// Why the head was refused.
    ///
    /// @throws IllegalStateException when it was not
    public final HeadFault fault() {
        if (fault == null) {
            throw new IllegalStateException("the head was not refused");
        }
        return fault;
    }

    /// Whether a byte was taken; a connection that ends before was idle.
    public final boolean started() {
        return fields.end() > 0;
    }

    /// The storage that ranges of this head mean.
    public final byte[] bytes() {
        return fields.bytes();
    }

    /// 0 for HTTP/1.0, 1 for HTTP/1.1 and what claims to be later.
    public final int versionMinor() {
        return versionMinor;
    }

    /// Reads `HTTP/1.x` at a place that has eight bytes; -1 when something else stands there.
    static int version(byte[] bytes, int at) {
        long word = Octets.word(bytes, at);
        int digit = (int) (word >>> 56) - '0';
        return (word & HTTP_1_MASK) == HTTP_1 && digit >= 0 && digit <= 9 ? Math.min(digit, 1) : -1;
    }
}
