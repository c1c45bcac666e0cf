package io.jigress.proxy.tls;

import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What the first message of a TLS client asks for (RFC 8446, section 4.1.2), as far as the choice of a certificate and a protocol needs it.
///
/// @param state whether it could be read; else the rest means nothing
/// @param serverName in lower case without a dot at its end; empty when there is none, or an address
/// @param signatures which keys the client can verify signatures of
/// @param protocols that it offers by ALPN (RFC 7301, section 3.1), the best first; empty when it does not use ALPN
public record ClientHello(State state, String serverName, Signatures signatures, List<String> protocols) {

    public enum State {
        /// More bytes are needed.
        INCOMPLETE, COMPLETE,
        /// Not a ClientHello.
        MALFORMED
    }

    /// Which keys a client can verify signatures of, by its signature algorithms and, below TLS 1.3, its cipher suites.
    ///
    /// @param rsa keys of RSA
    /// @param p256 keys on the curve P-256; likewise the others
    /// @param ed25519 keys of Ed25519
    public record Signatures(boolean rsa, boolean p256, boolean p384, boolean p521, boolean ed25519) {
        static final Signatures NONE = new Signatures(false, false, false, false, false);
    }

    private static final ClientHello INCOMPLETE = new ClientHello(State.INCOMPLETE, "", Signatures.NONE, List.of());
    private static final ClientHello MALFORMED = new ClientHello(State.MALFORMED, "", Signatures.NONE, List.of());

    private static final int RECORD_HEADER = 5;
    private static final int HANDSHAKE = 22;
    private static final int MESSAGE_HEADER = 4;
    private static final int CLIENT_HELLO = 1;
    private static final int MAX_RECORD = 1 << 14;
    private static final int MAX_NAME = 255;

    private static final int EXTENSION_SERVER_NAME = 0;
    private static final int EXTENSION_SIGNATURE_ALGORITHMS = 13;
    private static final int EXTENSION_ALPN = 16;
    private static final int EXTENSION_SUPPORTED_VERSIONS = 43;
    private static final int TLS_1_3 = 0x0304;

    /// Reads it from TLS records, which may hold it in parts. The reader index does not move.
    public static ClientHello read(ByteBuf in) {
        int have = 0;
        int header = 0;
        int payload = 0;
        // Until the message is whole: records of other kinds may follow it.
        for (int at = in.readerIndex(); in.writerIndex() - at >= RECORD_HEADER
                && (have < MESSAGE_HEADER || payload < MESSAGE_HEADER + (header & 0xffffff));) {
            int length = in.getUnsignedShort(at + 3);
            if (in.getUnsignedByte(at) != HANDSHAKE || in.getUnsignedByte(at + 1) != 3 || length == 0 || length > MAX_RECORD) {
                return MALFORMED;
            }
            int here = Math.min(length, in.writerIndex() - at - RECORD_HEADER);
            payload += here;
            for (int i = 0; i < here && have < MESSAGE_HEADER; i++) {
                header = header << 8 | in.getUnsignedByte(at + RECORD_HEADER + i);
                have++;
                if (have == 1 && header != CLIENT_HELLO) {
                    return MALFORMED;
                }
            }
            at += RECORD_HEADER + length;
            if (here < length) {
                break;
            }
        }
        int body = header & 0xffffff;
        if (have < MESSAGE_HEADER) {
            return INCOMPLETE;
        }
        byte[] message = message(in, MESSAGE_HEADER + body);
        return message == null ? INCOMPLETE : body(new Cursor(message, MESSAGE_HEADER, message.length));
    }

    /// The message without the headers of its records, which have been looked at.
    ///
    /// @return null when it has not come as a whole
    private static byte @Nullable [] message(ByteBuf in, int length) {
        if (in.readableBytes() < length) {
            return null;
        }
        byte[] message = new byte[length];
        int have = 0;
        for (int at = in.readerIndex(); have < length && in.writerIndex() - at > RECORD_HEADER;) {
            int record = in.getUnsignedShort(at + 3);
            int here = Math.min(Math.min(record, in.writerIndex() - at - RECORD_HEADER), length - have);
            in.getBytes(at + RECORD_HEADER, message, have, here);
            have += here;
            at += RECORD_HEADER + record;
        }
        return have == length ? message : null;
    }

    private static ClientHello body(Cursor in) {
        in.skip(2 + 32); // legacy_version, random
        in.skip(in.u8()); // legacy_session_id
        Cursor suites = in.part(in.u16());
        in.skip(in.u8()); // legacy_compression_methods
        String name = "";
        Schemes schemes = Schemes.OF_OLD_CLIENTS;
        boolean tls13 = false;
        List<String> protocols = List.of();
        Cursor extensions = in.left() == 0 ? in : in.part(in.u16());
        while (extensions.left() > 0) {
            int type = extensions.u16();
            Cursor extension = extensions.part(extensions.u16());
            switch (type) {
                case EXTENSION_SERVER_NAME -> {
                    String found = serverName(extension);
                    if (found == null) {
                        return MALFORMED;
                    }
                    name = found;
                }
                case EXTENSION_SIGNATURE_ALGORITHMS -> schemes = Schemes.read(extension);
                case EXTENSION_ALPN -> protocols = protocols(extension);
                case EXTENSION_SUPPORTED_VERSIONS -> tls13 = contains(extension.part(extension.u8()), TLS_1_3);
                default -> {}
            }
            if (extension.failed) {
                return MALFORMED;
            }
        }
        if (in.failed || extensions.failed || suites.failed) {
            return MALFORMED;
        }
        return new ClientHello(State.COMPLETE, name, schemes.with(suites, tls13), protocols);
    }

    private static List<String> protocols(Cursor extension) {
        Cursor list = extension.part(extension.u16());
        List<String> protocols = new ArrayList<>();
        while (list.left() > 0) {
            int length = list.u8();
            int from = list.at;
            list.skip(length);
            if (!list.failed) {
                protocols.add(new String(list.bytes, from, length, StandardCharsets.ISO_8859_1));
            }
        }
        extension.failed |= list.failed || protocols.isEmpty();
        return List.copyOf(protocols);
    }

    private static boolean contains(Cursor in, int wanted) {
        boolean found = false;
        while (in.left() > 0 && !in.failed) {
            found |= in.u16() == wanted;
        }
        return found;
    }

    /// RFC 6066, section 3: one name of type host_name.
    ///
    /// @return null when it cannot be a host name
    private static @Nullable String serverName(Cursor extension) {
        Cursor list = extension.part(extension.u16());
        int type = list.u8();
        int length = list.u16();
        if (list.failed || type != 0 || length == 0 || length > MAX_NAME || length > list.left()) {
            return null;
        }
        String name = new String(list.bytes, list.at, length, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c >= 0x7f) {
                return null;
            }
        }
        String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        return NetUtil.isValidIpV4Address(plain) || NetUtil.isValidIpV6Address(plain) ? "" : plain;
    }

    /// The signature schemes that a client offers (RFC 8446, section 4.2.3).
    private record Schemes(boolean rsaPss, boolean rsaPkcs1, boolean p256, boolean p384, boolean p521, boolean ecdsa,
            boolean ed25519) {
        /// Below TLS 1.3 the extension may be missing.
        static final Schemes OF_OLD_CLIENTS = new Schemes(false, true, false, false, false, true, false);

        static Schemes read(Cursor extension) {
            Cursor list = extension.part(extension.u16());
            boolean pss = false;
            boolean pkcs1 = false;
            boolean p256 = false;
            boolean p384 = false;
            boolean p521 = false;
            boolean ecdsa = false;
            boolean ed25519 = false;
            while (list.left() > 0 && !list.failed) {
                int scheme = list.u16();
                pss |= scheme >= 0x0804 && scheme <= 0x0806;
                pkcs1 |= scheme <= 0x0601 && (scheme & 0xff) == 1;
                p256 |= scheme == 0x0403;
                p384 |= scheme == 0x0503;
                p521 |= scheme == 0x0603;
                ecdsa |= scheme <= 0x0603 && (scheme & 0xff) == 3;
                ed25519 |= scheme == 0x0807;
            }
            return new Schemes(pss, pkcs1, p256, p384, p521, ecdsa, ed25519);
        }

        /// TLS 1.3 binds each scheme of ECDSA to a curve; in TLS 1.2 the hash may be any, and the cipher suite names the kind of key.
        Signatures with(Cursor suites, boolean tls13) {
            if (tls13) {
                return new Signatures(rsaPss, p256, p384, p521, ed25519);
            }
            boolean suiteOfEcdsa = false;
            boolean suiteOfRsa = false;
            while (suites.left() > 0 && !suites.failed) {
                int suite = suites.u16();
                suiteOfEcdsa |= switch (suite) {
                    case 0xc007, 0xc008, 0xc009, 0xc00a, 0xc023, 0xc024, 0xc02b, 0xc02c, 0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, 0xcca9 ->
                        true;
                    default -> false;
                };
                suiteOfRsa |= switch (suite) {
                    case 0xc011, 0xc012, 0xc013, 0xc014, 0xc027, 0xc028, 0xc02f, 0xc030, 0xcca8 -> true;
                    default -> suite < 0xc000; // with key exchange by RSA or DHE
                };
            }
            boolean ec = ecdsa && suiteOfEcdsa;
            return new Signatures((rsaPss || rsaPkcs1) && suiteOfRsa, ec, ec, ec, ed25519 && suiteOfEcdsa);
        }
    }

    /// Reads big-endian numbers. After a read beyond the end it has failed, and returns zeros.
    private static final class Cursor {
        private final byte[] bytes;
        private int at;
        private final int end;
        private boolean failed;

        Cursor(byte[] bytes, int at, int end) {
            this.bytes = bytes;
            this.at = at;
            this.end = end;
        }

        int left() {
            return failed ? 0 : end - at;
        }

        int u8() {
            return need(1) ? bytes[at++] & 0xff : 0;
        }

        int u16() {
            return need(2) ? (bytes[at++] & 0xff) << 8 | bytes[at++] & 0xff : 0;
        }

        void skip(int count) {
            if (need(count)) {
                at += count;
            }
        }

        /// The next bytes as a cursor of their own.
        Cursor part(int length) {
            int from = at;
            skip(length);
            Cursor part = new Cursor(bytes, from, failed ? from : from + length);
            part.failed = failed;
            return part;
        }

        private boolean need(int count) {
            failed |= count > end - at;
            return !failed;
        }
    }
}
