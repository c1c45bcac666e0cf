package io.jigress.proxy.http2;

import io.jigress.proxy.http.Octets;
import java.util.Arrays;

/// Encodes header blocks (RFC 7541). A line is added to the table when it is sent for the second time; fields whose values differ in each message
/// never are. Added lines are Huffman-encoded, the others are sent as they are. Event loop only.
final class HpackEncoder {
    /// How large the table may become, whatever the peer allows.
    private static final int LIMIT = 4 * 1024;
    private static final int LONGEST_LINE = 512;
    /// What an encoded field takes beside its octets, at most: two lengths and a type.
    private static final int REST = 12;
    private static final long PRIME = 0x9E3779B97F4A7C15L;

    private static final int INDEXED = 0x80;
    private static final int ADDED = 0x40;
    private static final int SIZE = 0x20;
    private static final int NEVER_ADDED = 0x10;

    private final FieldTable table;
    /// Sizes of the table that the peer is to be told of, the least and the last; -1 for none.
    private int leastSize = -1;
    private int lastSize = -1;
    private byte[] out = NONE;
    private int end;
    private HpackScratch scratch = NO_SCRATCH;

    private static final byte[] NONE = {};
    private static final HpackScratch NO_SCRATCH = new HpackScratch();

    HpackEncoder() {
        this(LIMIT);
    }

    private HpackEncoder(int limit) {
        table = new FieldTable(limit);
    }

    /// One without a table: its blocks may be sent in any order.
    static HpackEncoder withoutTable() {
        return new HpackEncoder(0);
    }

    FieldTable table() {
        return table;
    }

    /// The peer's SETTINGS_HEADER_TABLE_SIZE.
    void peerLimit(long bytes) {
        int size = (int) Math.min(LIMIT, bytes);
        if (size != table.capacity()) {
            table.capacity(size);
            leastSize = leastSize < 0 ? size : Math.min(leastSize, size);
            lastSize = size;
        }
    }

    /// Begins a header block, which must be sent before another is begun on this connection.
    void begin(HpackScratch room) {
        scratch = room;
        out = room.out(2 * REST);
        end = 0;
        if (lastSize >= 0) {
            if (leastSize < lastSize) {
                integer(SIZE, 0x1f, leastSize);
            }
            integer(SIZE, 0x1f, lastSize);
            leastSize = -1;
            lastSize = -1;
        }
    }

    byte[] block() {
        return out;
    }

    int length() {
        return end;
    }

    // ---- fields

    /// An entry of the static table.
    void indexed(int index) {
        room(1);
        integer(INDEXED, 0x7f, index);
    }

    void method(String method) {
        int length = method.length();
        room(length + REST);
        switch (method) {
            case "GET" -> integer(INDEXED, 0x7f, StaticTable.METHOD_GET);
            case "POST" -> integer(INDEXED, 0x7f, StaticTable.METHOD_POST);
            default -> {
                integer(0, 0x0f, StaticTable.METHOD_GET);
                integer(0, 0x7f, length);
                for (int i = 0; i < length; i++) {
                    out[end++] = (byte) method.charAt(i);
                }
            }
        }
    }

    void status(int status) {
        room(REST);
        int index = switch (status) {
            case 200 -> StaticTable.STATUS_200;
            case 204 -> StaticTable.STATUS_200 + 1;
            case 206 -> StaticTable.STATUS_200 + 2;
            case 304 -> StaticTable.STATUS_200 + 3;
            case 400 -> StaticTable.STATUS_200 + 4;
            case 404 -> StaticTable.STATUS_200 + 5;
            case 500 -> StaticTable.STATUS_200 + 6;
            default -> 0;
        };
        if (index > 0) {
            integer(INDEXED, 0x7f, index);
        } else {
            integer(0, 0x0f, StaticTable.STATUS_200);
            decimal(status);
        }
    }

    void contentLength(long length) {
        room(REST + 20);
        integer(0, 0x0f, StaticTable.CONTENT_LENGTH);
        decimal(length);
    }

    /// A field whose name stands in the static table, and which never enters the other one.
    void literal(int name, byte[] value, int from, int to) {
        room(to - from + REST);
        integer(0, 0x0f, name);
        raw(value, from, to);
    }

    /// A field; the name goes out in lower case.
    ///
    /// @param hash of the name ([io.jigress.api.HeaderName#hash])
    void field(byte[] bytes, int name, int nameEnd, int value, int valueEnd, int hash) {
        int nameLength = nameEnd - name;
        int valueLength = valueEnd - value;
        room(nameLength + valueLength + REST);
        int known = StaticTable.find(bytes, name, nameEnd, hash);
        int how = how(known);
        if (how == ADDED && nameLength + valueLength <= LONGEST_LINE && table.capacity() > 0) {
            int lineHash = lineHash(bytes, value, valueEnd, hash);
            int index = find(bytes, name, nameLength, value, valueLength, lineHash);
            if (index > 0) {
                integer(INDEXED, 0x7f, StaticTable.COUNT + index);
                return;
            }
            if (scratch.wasSent(lineHash)) {
                added(bytes, name, nameLength, value, valueLength, hash, lineHash, known);
                return;
            }
        }
        integer(how == NEVER_ADDED ? NEVER_ADDED : 0, 0x0f, known);
        if (known == 0) {
            integer(0, 0x7f, nameLength);
            for (int i = name; i < nameEnd; i++) {
                out[end++] = lower(bytes[i]);
            }
        }
        raw(bytes, value, valueEnd);
    }

    /// A field that is written as it stands and enters no table, whatever its name: for tests of what peers may send.
    void fieldAsIs(byte[] bytes, int name, int nameEnd, int value, int valueEnd) {
        room(valueEnd - name + REST);
        integer(0, 0x0f, 0);
        raw(bytes, name, nameEnd);
        raw(bytes, value, valueEnd);
    }

    /// What may become of a field of this name of the static table.
    private static int how(int known) {
        return switch (known) {
            // RFC 7541, 7.1.3: possible credentials.
            case 23, 32, 49 -> NEVER_ADDED;
            // :path, age, content-length, content-range, etag, expires, if-*, last-modified, location, range, referer, set-cookie
            case 4, 21, 28, 30, 34, 36, 39, 40, 41, 42, 43, 44, 46, 50, 51, 55 -> 0;
            default -> ADDED;
        };
    }

    private void added(byte[] bytes, int name, int nameLength, int value, int valueLength, int hash, int lineHash, int known) {
        byte[] line = scratch.line(nameLength + valueLength + FieldTable.LINE_REST);
        for (int i = 0; i < nameLength; i++) {
            line[i] = lower(bytes[name + i]);
        }
        line[nameLength] = ':';
        line[nameLength + 1] = ' ';
        System.arraycopy(bytes, value, line, nameLength + 2, valueLength);
        integer(ADDED, 0x3f, known);
        if (known == 0) {
            coded(line, 0, nameLength);
        }
        coded(line, nameLength + 2, nameLength + 2 + valueLength);
        table.add(line, 0, nameLength, valueLength, hash, 0, lineHash);
    }

    private int find(byte[] bytes, int name, int nameLength, int value, int valueLength, int lineHash) {
        int[] entries = table.entries();
        for (int i = 1; i <= table.count(); i++) {
            int at = table.at(i);
            if (entries[at + FieldTable.LINE_HASH] != lineHash || entries[at + FieldTable.NAME_LENGTH] != nameLength
                    || entries[at + FieldTable.VALUE_LENGTH] != valueLength) {
                continue;
            }
            int line = entries[at + FieldTable.LINE];
            int known = line + nameLength + 2;
            if (Arrays.equals(table.bytes(), known, known + valueLength, bytes, value, value + valueLength)
                    && StaticTable.sameName(table.bytes(), line, bytes, name, nameLength)) {
                return i;
            }
        }
        return 0;
    }

    /// Of a name, given by its hash, and a value; never 0.
    private static int lineHash(byte[] bytes, int from, int to, int nameHash) {
        long hash = nameHash * PRIME;
        int i = from;
        for (; i + 8 <= to; i += 8) {
            hash = (hash ^ Octets.word(bytes, i)) * PRIME;
            hash ^= hash >>> 29;
        }
        for (; i < to; i++) {
            hash = (hash ^ bytes[i]) * PRIME;
        }
        return (int) (hash >>> 32) | 1 << 31;
    }

    // ---- octets

    private void room(int more) {
        if (out.length < end + more) {
            out = scratch.out(end + more);
        }
    }

    private static byte lower(byte b) {
        return (byte) (b >= 'A' && b <= 'Z' ? b | 0x20 : b);
    }

    private void integer(int pattern, int prefix, int value) {
        if (value < prefix) {
            out[end++] = (byte) (pattern | value);
            return;
        }
        out[end++] = (byte) (pattern | prefix);
        int rest = value - prefix;
        for (; rest >= 0x80; rest >>>= 7) {
            out[end++] = (byte) (rest | 0x80);
        }
        out[end++] = (byte) rest;
    }

    private void raw(byte[] bytes, int from, int to) {
        integer(0, 0x7f, to - from);
        System.arraycopy(bytes, from, out, end, to - from);
        end += to - from;
    }

    private void coded(byte[] bytes, int from, int to) {
        int length = Huffman.encodedLength(bytes, from, to);
        if (length >= to - from) {
            raw(bytes, from, to);
            return;
        }
        integer(0x80, 0x7f, length);
        end = Huffman.encode(bytes, from, to, out, end);
    }

    private void decimal(long number) {
        int digits = 1;
        for (long rest = number; rest >= 10; rest /= 10) {
            digits++;
        }
        out[end++] = (byte) digits;
        long rest = number;
        for (int i = end + digits - 1; i >= end; i--) {
            out[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        end += digits;
    }
}
