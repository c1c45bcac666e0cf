package io.jigress.grpcjson.transcode;

/// Reads the wire format from a part of an array.
final class ProtoInput {
    private static final int MAX_GROUPS = 100;

    private final byte[] bytes;
    private int at;
    private int end;

    ProtoInput(byte[] bytes) {
        this.bytes = bytes;
    }

    void range(int from, int to) {
        at = from;
        end = to;
    }

    int at() {
        return at;
    }

    int end() {
        return end;
    }

    boolean isAtEnd() { return at >= end; }

    private static Fault truncated() {
        return new Fault("is not valid: it ends within a field");
    }

    long varint() throws Fault {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at >= end) {
                throw truncated();
            }
            byte b = bytes[at++];
            value |= (b & 0x7fL) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new Fault("is not valid: a number has more than ten bytes");
    }

    /// @return number and wire type
    int tag() throws Fault {
        long tag = varint();
        if (tag < 8 || tag > 0xffff_ffffL) {
            throw new Fault("is not valid: " + tag + " is not a tag");
        }
        return (int) tag;
    }

    int fixed32() throws Fault {
        if (end - at < 4) {
            throw truncated();
        }
        int value = bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16 | (bytes[at + 3] & 0xff) << 24;
        at += 4;
        return value;
    }

    long fixed64() throws Fault {
        return fixed32() & 0xffff_ffffL | (long) fixed32() << 32;
    }

    /// The length of a value that follows and is there as a whole.
    int length() throws Fault {
        long length = varint();
        if (length < 0 || length > end - at) {
            throw truncated();
        }
        return (int) length;
    }

    void skip(int count) {
        at += count;
    }

    /// Skips the value of a tag.
    void skipValue(int tag) throws Fault {
        skipValue(tag, 0);
    }

    private void skipValue(int tag, int depth) throws Fault {
        switch (tag & 7) {
            case 0 -> varint();
            case 1 -> fixed64();
            case 2 -> skip(length());
            case 3 -> skipGroup(tag >>> 3, depth);
            case 5 -> fixed32();
            default -> throw new Fault("is not valid: " + (tag & 7) + " is not a wire type that may stand here");
        }
    }

    /// Skips the content of a group and its end.
    ///
    /// @return where the content ends
    int skipGroup(int number, int depth) throws Fault {
        if (depth > MAX_GROUPS) {
            throw Fault.limit("is nested deeper than " + MAX_GROUPS + " groups");
        }
        while (true) {
            int before = at;
            int tag = tag();
            if ((tag & 7) == 4) {
                if (tag >>> 3 != number) {
                    throw new Fault("is not valid: a group ends that has not begun");
                }
                return before;
            }
            skipValue(tag, depth + 1);
        }
    }
}
