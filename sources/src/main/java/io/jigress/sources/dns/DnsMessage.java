package io.jigress.sources.dns;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The parts of a DNS response that a registry client needs (RFC 1035, RFC 2782), and the encoding of queries.
///
/// @param truncated the response does not fit into its datagram
/// @param code 0: no error, 3: the name does not exist
/// @param records of the answer and additional sections
/// @param negativeTtl how many seconds a negative response is cached, from the SOA record; -1 without that record
record DnsMessage(int id, String question, int type, boolean truncated, int code, List<Entry> records, long negativeTtl) {
    static final int A = 1;
    static final int CNAME = 5;
    static final int SOA = 6;
    static final int AAAA = 28;
    static final int SRV = 33;

    static final int NO_ERROR = 0;
    static final int NO_SUCH_NAME = 3;

    private static final int OPT = 41;
    private static final int INTERNET = 1;
    private static final int HEAD = 12;
    private static final int MOST_NAME = 255;
    private static final int MOST_LABEL = 63;
    private static final int MOST_RECORDS = 4096;
    /// The largest response that a server may send by UDP (https://www.dnsflagday.net/2020/).
    private static final int UDP_BYTES = 1232;

    /// @param name in lower case, without the last dot
    record Entry(String name, int type, long ttl, Data data) {}

    sealed interface Data {
        record Address(InetAddress address) implements Data {}

        record Alias(String name) implements Data {}

        /// @param target empty when the service is not available at this domain (RFC 2782, target `.`)
        record Server(int priority, int weight, int port, String target) implements Data {}
    }

    /// The bytes are not a DNS response.
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1;

        Malformed(String what) {
            super(what);
        }
    }

    /// Whether a text is a name that a query can contain.
    static boolean isName(String name) {
        return name.length() <= MOST_NAME - 2 && name.matches("[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*\\.?");
    }

    /// A query that asks a recursive server for all records of one type.
    static byte[] query(int id, String name, int type) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(64);
        put16(out, id);
        put16(out, 0x0100);
        put16(out, 1);
        put16(out, 0);
        put16(out, 0);
        put16(out, 1);
        for (String label : name.split("\\.")) {
            byte[] ascii = label.getBytes(StandardCharsets.US_ASCII);
            out.write(ascii.length);
            out.writeBytes(ascii);
        }
        out.write(0);
        put16(out, type);
        put16(out, INTERNET);
        // EDNS (RFC 6891): the root name, type OPT, the accepted size of a datagram.
        out.write(0);
        put16(out, OPT);
        put16(out, UDP_BYTES);
        put16(out, 0);
        put16(out, 0);
        put16(out, 0);
        return out.toByteArray();
    }

    private static void put16(ByteArrayOutputStream out, int value) {
        out.write(value >> 8);
        out.write(value);
    }

    static DnsMessage parse(byte[] bytes) throws Malformed {
        return new Reading(bytes).message();
    }

    private static final class Reading {
        private final byte[] bytes;
        private int at;

        Reading(byte[] bytes) {
            this.bytes = bytes;
        }

        DnsMessage message() throws Malformed {
            int id = u16();
            int flags = u16();
            int questions = u16();
            int answers = u16();
            int authorities = u16();
            int additional = u16();
            if ((flags & 0x8000) == 0 || questions != 1) {
                throw new Malformed("no response to one question");
            }
            String question = name();
            int type = u16();
            u16();
            List<Entry> records = new ArrayList<>();
            long negative = -1;
            boolean truncated = (flags & 0x0200) != 0;
            if (!truncated) {
                if (answers + authorities + additional > MOST_RECORDS) {
                    throw new Malformed("more than " + MOST_RECORDS + " records");
                }
                section(answers, records);
                negative = authority(authorities);
                section(additional, records);
            }
            return new DnsMessage(id, question, type, truncated, flags & 0xf, List.copyOf(records), negative);
        }

        private void section(int count, List<Entry> into) throws Malformed {
            for (int i = 0; i < count; i++) {
                Entry read = record();
                if (read != null) {
                    into.add(read);
                }
            }
        }

        private @Nullable Entry record() throws Malformed {
            String name = name();
            int type = u16();
            int group = u16();
            long ttl = ttl();
            int length = u16();
            int end = at + length;
            require(length);
            Data data = group != INTERNET ? null : switch (type) {
                case A -> length == 4 ? new Data.Address(address(length)) : null;
                case AAAA -> length == 16 ? new Data.Address(address(length)) : null;
                case CNAME -> new Data.Alias(name());
                case SRV -> new Data.Server(u16(), u16(), u16(), name());
                default -> null;
            };
            if (at > end) {
                throw new Malformed("a record is longer than it says");
            }
            at = end;
            return data == null ? null : new Entry(name, type, ttl, data);
        }

        /// The least of the SOA record's TTL and its last field (RFC 2308, section 5).
        private long authority(int count) throws Malformed {
            long negative = -1;
            for (int i = 0; i < count; i++) {
                name();
                int type = u16();
                u16();
                long ttl = ttl();
                int length = u16();
                require(length);
                int end = at + length;
                if (type == SOA && length >= 20) {
                    at = end - 4;
                    negative = Math.min(ttl, ttl());
                }
                at = end;
            }
            return negative;
        }

        private InetAddress address(int length) throws Malformed {
            byte[] raw = new byte[length];
            System.arraycopy(bytes, at, raw, 0, length);
            at += length;
            try {
                return InetAddress.getByAddress(raw);
            } catch (UnknownHostException _) {
                throw new Malformed("an address of " + length + " bytes");
            }
        }

        private void require(int count) throws Malformed {
            if (bytes.length - at < count) {
                throw new Malformed("ends early");
            }
        }

        private int u8() throws Malformed {
            require(1);
            return bytes[at++] & 0xff;
        }

        private int u16() throws Malformed {
            return u8() << 8 | u8();
        }

        /// Values with the highest bit are 0 (RFC 2181, section 8).
        private long ttl() throws Malformed {
            long value = (long) u16() << 16 | u16();
            return value > Integer.MAX_VALUE ? 0 : value;
        }

        /// Compression pointers may only point backwards, so that reading ends.
        private String name() throws Malformed {
            StringBuilder name = new StringBuilder();
            int behind = -1;
            int least = at;
            while (true) {
                int length = u8();
                if (length == 0) {
                    break;
                }
                if (length >= 0xc0) {
                    int target = (length & 0x3f) << 8 | u8();
                    behind = behind < 0 ? at : behind;
                    if (target >= least || target < HEAD) {
                        throw new Malformed("a name that refers to itself");
                    }
                    least = target;
                    at = target;
                    continue;
                }
                require(length);
                if (length > MOST_LABEL || name.length() + length + 1 > MOST_NAME) {
                    throw new Malformed("a name that is too long");
                }
                if (!name.isEmpty()) {
                    name.append('.');
                }
                for (int i = 0; i < length; i++) {
                    char c = (char) (bytes[at++] & 0xff);
                    // A label may contain a dot; names with such labels are not supported.
                    name.append(c == '.' || c <= ' ' || c >= 127 ? '?' : c);
                }
            }
            if (behind >= 0) {
                at = behind;
            }
            return name.toString().toLowerCase(Locale.ROOT);
        }
    }
}
