package io.jigress.proxy.http2;

import io.jigress.api.HeaderName;
import java.nio.charset.StandardCharsets;

/// The static table of HPACK (RFC 7541, Appendix A), laid out as a [FieldTable].
@SuppressWarnings("MutablePublicArray") // read by the codec's inner loops
final class StaticTable {
    private static final String[] FIELDS = {":authority", ":method=GET", ":method=POST", ":path=/", ":path=/index.html",
        ":scheme=http", ":scheme=https", ":status=200", ":status=204", ":status=206", ":status=304", ":status=400", ":status=404",
        ":status=500", "accept-charset", "accept-encoding=gzip, deflate", "accept-language", "accept-ranges", "accept",
        "access-control-allow-origin", "age", "allow", "authorization", "cache-control", "content-disposition",
        "content-encoding",
        "content-language", "content-length", "content-location", "content-range", "content-type", "cookie", "date", "etag",
        "expect", "expires", "from", "host", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since",
        "last-modified", "link", "location", "max-forwards", "proxy-authenticate", "proxy-authorization", "range", "referer",
        "refresh", "retry-after", "server", "set-cookie", "strict-transport-security", "transfer-encoding", "user-agent", "vary",
        "via", "www-authenticate"};

    static final int COUNT = FIELDS.length;
    static final int STATUS_200 = 8;
    static final int METHOD_GET = 2;
    static final int METHOD_POST = 3;
    static final int PATH = 4;
    static final int SCHEME_HTTP = 6;
    static final int SCHEME_HTTPS = 7;
    static final int AUTHORITY = 1;
    static final int CONTENT_LENGTH = 28;

    static final byte[] BYTES;
    private static final int[] ENTRIES = new int[COUNT * FieldTable.STRIDE];

    /// From the hash of a name to the first entry with it, by open addressing.
    private static final int NAME_SLOTS = 256;
    private static final byte[] BY_NAME = new byte[NAME_SLOTS];

    static {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < COUNT; i++) {
            int equals = FIELDS[i].indexOf('=');
            String name = equals < 0 ? FIELDS[i] : FIELDS[i].substring(0, equals);
            String value = equals < 0 ? "" : FIELDS[i].substring(equals + 1);
            byte[] text = name.getBytes(StandardCharsets.ISO_8859_1);
            int hash = HeaderName.hash(text, 0, text.length);
            int at = i * FieldTable.STRIDE;
            ENTRIES[at + FieldTable.LINE] = lines.length();
            ENTRIES[at + FieldTable.NAME_LENGTH] = name.length();
            ENTRIES[at + FieldTable.VALUE_LENGTH] = value.length();
            ENTRIES[at + FieldTable.HASH] = hash;
            ENTRIES[at + FieldTable.KIND] = FieldKind.of(text, 0, text.length, hash);
            lines.append(name).append(": ").append(value).append("\r\n");
            if (i == 0 || !FIELDS[i - 1].startsWith(name + "=")) {
                int slot = slot(hash);
                while (BY_NAME[slot] != 0) {
                    slot = slot + 1 & NAME_SLOTS - 1;
                }
                BY_NAME[slot] = (byte) (i + 1);
            }
        }
        BYTES = lines.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private StaticTable() {}

    private static int slot(int hash) {
        return (hash ^ hash >>> 15) & NAME_SLOTS - 1;
    }

    static int fact(int index, int which) {
        return ENTRIES[(index - 1) * FieldTable.STRIDE + which];
    }

    /// The index of the first entry with this name; 0 when there is none.
    ///
    /// @param bytes the name, in any case
    static int find(byte[] bytes, int from, int to, int hash) {
        for (int slot = slot(hash); BY_NAME[slot] != 0; slot = slot + 1 & NAME_SLOTS - 1) {
            int index = BY_NAME[slot];
            if (fact(index, FieldTable.HASH) == hash && isName(index, bytes, from, to)) {
                return index;
            }
        }
        return 0;
    }

    private static boolean isName(int index, byte[] bytes, int from, int to) {
        int length = fact(index, FieldTable.NAME_LENGTH);
        return length == to - from && sameName(BYTES, fact(index, FieldTable.LINE), bytes, from, length);
    }

    /// Whether a name in lower case is the same as one in any case.
    static boolean sameName(byte[] lower, int at, byte[] name, int from, int length) {
        for (int i = 0; i < length; i++) {
            byte b = name[from + i];
            if (lower[at + i] != (b >= 'A' && b <= 'Z' ? b | 0x20 : b)) {
                return false;
            }
        }
        return true;
    }
}
