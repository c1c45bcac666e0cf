package io.jigress.grpcjson.transcode;

import java.util.Arrays;

/// Writes the wire format to a growing array.
final class ProtoOutput {
    private final int limit;
    private byte[] bytes;
    private int size;

    ProtoOutput(int capacity, int limit) {
        this.bytes = new byte[Math.min(capacity, limit)];
        this.limit = limit;
    }

    int size() {
        return size;
    }

    /// Drops what was written after a position.
    void truncate(int to) {
        size = to;
    }

    byte[] bytes() {
        return bytes;
    }

    private void room(int more) throws Fault {
        if (bytes.length - size < more) {
            grow(more);
        }
    }

    private void grow(int more) throws Fault {
        if (more > limit - size) {
            throw Fault.limit("the message is longer than " + limit + " bytes");
        }
        bytes = Arrays.copyOf(bytes, (int) Math.min(limit, Math.max(2L * bytes.length, (long) size + more)));
    }

    void raw(int b) throws Fault {
        room(1);
        bytes[size++] = (byte) b;
    }

    void raw(byte[] data, int from, int to) throws Fault {
        room(to - from);
        System.arraycopy(data, from, bytes, size, to - from);
        size += to - from;
    }

    /// Bytes behind their length.
    void delimited(byte[] data, int from, int to) throws Fault {
        varint(to - from);
        raw(data, from, to);
    }

    void varint(long value) throws Fault {
        room((70 - Long.numberOfLeadingZeros(value | 1)) / 7);
        size = put(size, value);
    }

    private int put(int at, long value) {
        int to = at;
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[to++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[to++] = (byte) rest;
        return to;
    }

    void tag(int number, int wireType) throws Fault {
        varint(Integer.toUnsignedLong(number << 3 | wireType));
    }

    void fixed32(int value) throws Fault {
        room(4);
        for (int i = 0; i < 4; i++) {
            bytes[size++] = (byte) (value >>> 8 * i);
        }
    }

    void fixed64(long value) throws Fault {
        room(8);
        for (int i = 0; i < 8; i++) {
            bytes[size++] = (byte) (value >>> 8 * i);
        }
    }

    /// Begins a length-delimited value; one byte is reserved for its length.
    ///
    /// @return for [#end]
    int begin() throws Fault {
        raw(0);
        return size;
    }

    /// Ends it: writes its length, and moves the value when the length needs more than the reserved byte.
    void end(int begin) throws Fault {
        int length = size - begin;
        if (length < 0x80) {
            bytes[begin - 1] = (byte) length;
            return;
        }
        int more = (31 - Integer.numberOfLeadingZeros(length)) / 7;
        room(more);
        System.arraycopy(bytes, begin, bytes, begin + more, length);
        put(begin - 1, length);
        size += more;
    }
}
