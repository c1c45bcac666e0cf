package io.jigress.proxy.http2;

/// Decodes header blocks (RFC 7541) into the lines that HTTP/1 would have had. What the name of a field means and whether its value is
/// allowed is found when a field enters the table, so that a field that comes again costs a copy. Event loop only.
final class HpackDecoder {
    private static final byte[] NONE = {};

    private final int limit;
    private final FieldTable table;

    /// Where the decoder is in the block; -1 after a fault.
    private int at;
    private byte[] line = NONE;

    /// @param limit how large the table may be, as SETTINGS_HEADER_TABLE_SIZE says
    HpackDecoder(int limit) {
        this.limit = limit;
        this.table = new FieldTable(limit);
    }

    FieldTable table() {
        return table;
    }

    /// Decodes a whole block.
    ///
    /// @return false when it is malformed, after which the connection cannot go on: the table is not what the peer thinks
    boolean decode(byte[] in, int from, int to, FieldTarget target, HpackScratch scratch) {
        at = from;
        boolean fields = false;
        while (at >= 0 && at < to) {
            int first = in[at++] & 0xff;
            if (first >= 0x80) {
                indexed(integer(in, to, first, 0x7f), target);
            } else if (first >= 0x40) {
                literal(in, to, integer(in, to, first, 0x3f), true, target, scratch);
            } else if (first >= 0x20) {
                int size = integer(in, to, first, 0x1f);
                if (fields || size > limit) {
                    at = -1;
                } else if (at >= 0) {
                    table.capacity(size);
                }
                continue;
            } else {
                literal(in, to, integer(in, to, first, 0x0f), false, target, scratch);
            }
            fields = true;
        }
        line = NONE;
        scratch.trim();
        return at >= 0;
    }

    /// RFC 7541, 5.1; -1 and a fault when it ends early or is beyond what any length here can be.
    private int integer(byte[] in, int to, int first, int prefix) {
        int value = first & prefix;
        if (value < prefix) {
            return value;
        }
        for (int shift = 0; shift <= 21; shift += 7) {
            if (at >= to) {
                at = -1;
                return -1;
            }
            int next = in[at++];
            value += (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        at = -1;
        return -1;
    }

    private void indexed(int index, FieldTarget target) {
        if (index <= 0 || index > StaticTable.COUNT + table.count()) {
            at = -1;
        } else if (index <= StaticTable.COUNT) {
            target.field(StaticTable.BYTES, StaticTable.fact(index, FieldTable.LINE),
                    StaticTable.fact(index, FieldTable.NAME_LENGTH),
                    StaticTable.fact(index, FieldTable.VALUE_LENGTH), StaticTable.fact(index, FieldTable.HASH),
                    StaticTable.fact(index, FieldTable.KIND));
        } else {
            int[] entries = table.entries();
            int entry = table.at(index - StaticTable.COUNT);
            target.field(table.bytes(), entries[entry + FieldTable.LINE], entries[entry + FieldTable.NAME_LENGTH],
                    entries[entry + FieldTable.VALUE_LENGTH], entries[entry + FieldTable.HASH], entries[entry + FieldTable.KIND]);
        }
    }

    private void literal(byte[] in, int to, int index, boolean kept, FieldTarget target, HpackScratch scratch) {
        if (at < 0 || index > StaticTable.COUNT + table.count()) {
            at = -1;
            return;
        }
        int nameLength;
        int hash;
        int kind;
        if (index == 0) {
            nameLength = text(in, to, 0, scratch);
            if (at < 0) {
                return;
            }
            hash = FieldKind.hash(line, 0, nameLength);
            kind = FieldKind.of(line, 0, nameLength, hash);
        } else if (index <= StaticTable.COUNT) {
            nameLength = StaticTable.fact(index, FieldTable.NAME_LENGTH);
            hash = StaticTable.fact(index, FieldTable.HASH);
            kind = StaticTable.fact(index, FieldTable.KIND);
            line = scratch.line(nameLength + 2);
            System.arraycopy(StaticTable.BYTES, StaticTable.fact(index, FieldTable.LINE), line, 0, nameLength);
        } else {
            int[] entries = table.entries();
            int entry = table.at(index - StaticTable.COUNT);
            nameLength = entries[entry + FieldTable.NAME_LENGTH];
            hash = entries[entry + FieldTable.HASH];
            kind = entries[entry + FieldTable.KIND] & ~FieldKind.BAD_VALUE;
            line = scratch.line(nameLength + 2);
            System.arraycopy(table.bytes(), entries[entry + FieldTable.LINE], line, 0, nameLength);
        }
        int value = nameLength + 2;
        int valueLength = text(in, to, value, scratch);
        if (at < 0) {
            return;
        }
        line[nameLength] = ':';
        line[nameLength + 1] = ' ';
        line[value + valueLength] = '\r';
        line[value + valueLength + 1] = '\n';
        kind |= FieldKind.ofValue(line, value, value + valueLength);
        if (kept) {
            table.add(line, 0, nameLength, valueLength, hash, kind, 0);
        }
        target.field(line, 0, nameLength, valueLength, hash, kind);
    }

    /// Reads a text (RFC 7541, 5.2) to a place in the line, and leaves room behind it for what may follow.
    ///
    /// @return its length
    private int text(byte[] in, int to, int place, HpackScratch scratch) {
        if (at >= to) {
            at = -1;
            return -1;
        }
        int first = in[at++];
        int length = integer(in, to, first, 0x7f);
        if (at < 0 || length > to - at) {
            at = -1;
            return -1;
        }
        if (first >= 0) {
            line = scratch.line(place + length + FieldTable.LINE_REST);
            System.arraycopy(in, at, line, place, length);
            at += length;
            return length;
        }
        line = scratch.line(place + Huffman.decodedLimit(length) + FieldTable.LINE_REST);
        int end = Huffman.decode(in, at, at + length, line, place);
        if (end < 0) {
            at = -1;
            return -1;
        }
        at += length;
        return end - place;
    }
}
