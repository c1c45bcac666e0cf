package io.jigress.proxy.http2;

import io.jigress.proxy.http.FieldFlags;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.http.SharedHead;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A head or trailer section that came as a header block, stored as the lines that HTTP/1 would have had, with the rules that all of them
/// share (RFC 9113, 8.2). Event loop only; see [Http2Pool] for its life.
abstract sealed class Http2Fields implements FieldTarget, SharedHead permits Http2RequestHead, Http2ResponseHead, Http2Trailers {
    private static final byte[] TRAILERS = {'t', 'r', 'a', 'i', 'l', 'e', 'r', 's'};

    final HeaderBlock fields = new HeaderBlock();
    HeadLimits limits = HeadLimits.STANDARD;
    /// What Content-Length says; -1 when there is none.
    long declared;
    private final Http2Pool pool;
    /// As SETTINGS_MAX_HEADER_LIST_SIZE counts.
    private int listBytes;
    private boolean ordinary;
    private boolean trailersAccepted;
    private @Nullable FieldFault fault;
    private int owners;

    Http2Fields(Http2Pool pool) {
        this.pool = pool;
    }

    void begin(HeadLimits limits) {
        this.limits = limits;
        declared = -1;
        listBytes = 0;
        ordinary = false;
        trailersAccepted = false;
        fault = null;
        owners = 1;
        fields.begin();
    }

    // ---- fields come in

    @Override
    public final void field(byte[] bytes, int line, int nameLength, int valueLength, int hash, int kind) {
        if (fault != null) {
            return;
        }
        listBytes += nameLength + valueLength + FieldTable.OVERHEAD;
        if (listBytes > limits.headBytes()) {
            refuse(FieldFault.HEAD_TOO_LARGE);
        } else if (kind == FieldKind.ORDINARY) {
            ordinary = true;
            add(bytes, line, nameLength, valueLength, hash, 0);
        } else if (kind >= FieldKind.BAD_VALUE) {
            refuse(FieldFault.FIELD_VALUE);
        } else if (kind <= FieldKind.UNKNOWN_PSEUDO) {
            int value = line + nameLength + 2;
            FieldFault found = ordinary ? FieldFault.PSEUDO_FIELD : pseudo(kind, bytes, value, value + valueLength);
            if (found != null) {
                refuse(found);
            }
        } else {
            ordinary = true;
            notable(bytes, line, nameLength, valueLength, hash, kind);
        }
    }

    private void notable(byte[] bytes, int line, int nameLength, int valueLength, int hash, int kind) {
        int value = line + nameLength + 2;
        switch (kind) {
            case FieldKind.CONTENT_LENGTH -> {
                boolean plain = valueLength == 1 || valueLength > 0 && bytes[value] != '0';
                add(bytes, line, nameLength, valueLength, hash, plain ? FieldFlags.LENGTH : FieldFlags.LENGTH | FieldFlags.HOP);
                length(bytes, value, value + valueLength);
            }
            case FieldKind.TE -> {
                if (!Arrays.equals(bytes, value, value + valueLength, TRAILERS, 0, TRAILERS.length)) {
                    refuse(FieldFault.CONNECTION_FIELD);
                    return;
                }
                trailersAccepted = true;
                add(bytes, line, nameLength, valueLength, hash, FieldFlags.HOP);
            }
            case FieldKind.TRAILER -> add(bytes, line, nameLength, valueLength, hash, FieldFlags.TRAILER);
            case FieldKind.OF_CONNECTION -> refuse(FieldFault.CONNECTION_FIELD);
            case FieldKind.BAD_NAME -> refuse(FieldFault.FIELD_NAME);
            default -> special(kind, bytes, line, nameLength, valueLength, hash);
        }
    }

    /// A pseudo-header field, before all others.
    abstract @Nullable FieldFault pseudo(int kind, byte[] bytes, int value, int valueEnd);

    /// Host, Cookie or Expect, which mean something in requests.
    void special(int kind, byte[] bytes, int line, int nameLength, int valueLength, int hash) {
        add(bytes, line, nameLength, valueLength, hash, 0);
    }

    final void refuse(FieldFault why) {
        if (fault == null) {
            fault = why;
        }
    }

    /// Takes up a line; returns its position in the index, -1 when it is refused.
    final int add(byte[] bytes, int line, int nameLength, int valueLength, int hash, int flags) {
        int length = nameLength + valueLength + FieldTable.LINE_REST;
        if (length - 2 > limits.fieldBytes()) {
            refuse(FieldFault.FIELD_TOO_LARGE);
            return -1;
        }
        if (fields.indexEnd() == limits.fields() * HeaderBlock.STRIDE) {
            refuse(FieldFault.TOO_MANY_FIELDS);
            return -1;
        }
        fields.room(length);
        int at = fields.end();
        System.arraycopy(bytes, line, fields.bytes(), at, length);
        fields.end(at + length);
        return fields.index(hash, at, at + nameLength, at + nameLength + 2, at + length - 2, at + length, flags);
    }

    /// RFC 9110, 8.6: one field of digits; a list or a second field is refused even with equal values.
    private void length(byte[] bytes, int from, int to) {
        long length = 0;
        for (int i = from; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9 || length > (Long.MAX_VALUE - digit) / 10) {
                refuse(FieldFault.LENGTH_INVALID);
                return;
            }
            length = 10 * length + digit;
        }
        if (declared >= 0 || from == to) {
            refuse(declared >= 0 ? FieldFault.LENGTH_TWICE : FieldFault.LENGTH_INVALID);
        }
        declared = length;
    }

    /// The header block has ended: what its fields do not show alone.
    ///
    /// @param last no body follows
    /// @return why the message is refused; null when it is sound
    final @Nullable FieldFault complete(boolean last) {
        if (fault == null) {
            fault = finish(last);
        }
        fields.received(fields.end());
        if (fault == null) {
            received();
        }
        return fault;
    }

    abstract @Nullable FieldFault finish(boolean last);

    /// It is sound: what comes now are edits.
    void received() {}

    // ---- what was found

    /// Whether the sender said `te: trailers`.
    boolean trailersAccepted() {
        return trailersAccepted;
    }

    /// Why it was refused, if it was.
    final @Nullable FieldFault fault() {
        return fault;
    }

    @Override
    public final void retain() {
        owners++;
    }

    @Override
    public final void release() {
        if (--owners == 0) {
            fields.release();
            pool.keep(this);
        }
    }
}
