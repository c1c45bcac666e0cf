package io.jigress.api;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The header of the PROXY protocol with which a client's connection began: what a proxy in front tells of the client. Immutable.
///
/// @param version 1 or 2
/// @param sender the peer of the TCP connection, which sent the header
/// @param source the client's address; null when the header tells none (`LOCAL`, `UNKNOWN`, Unix sockets, datagrams)
/// @param destination the address that the client connected to; null when `source` is
/// @param tlvs additional fields (type, length, value), in the order of the header; empty for version 1
public record ProxyProtocol(int version, InetSocketAddress sender, @Nullable InetSocketAddress source,
        @Nullable InetSocketAddress destination, List<Tlv> tlvs) {
    public static final int ALPN = 0x01;
    public static final int AUTHORITY = 0x02;
    public static final int CRC32C = 0x03;
    public static final int NOOP = 0x04;
    public static final int UNIQUE_ID = 0x05;
    public static final int SSL = 0x20;
    public static final int NETNS = 0x30;

    private static final int SSL_VERSION = 0x21;
    private static final int SSL_COMMON_NAME = 0x22;
    private static final int SSL_CIPHER = 0x23;
    private static final int SSL_SIGNATURE_ALGORITHM = 0x24;
    private static final int SSL_KEY_ALGORITHM = 0x25;
    private static final int SSL_HEAD = 5;

    public ProxyProtocol {
        tlvs = List.copyOf(tlvs);
    }

    /// One additional field.
    public static final class Tlv {
        private final int type;
        private final byte[] value;

        /// @param type 0 to 255
        /// @param value is copied
        public Tlv(int type, byte[] value) {
            this.type = type;
            this.value = value.clone();
        }

        public int type() {
            return type;
        }

        /// A copy.
        public byte[] value() {
            return value.clone();
        }

        public String text() {
            return new String(value, StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            return "%02x:%s".formatted(type, text());
        }
    }

    /// What the sender tells of the TLS connection between the client and itself.
    ///
    /// @param tls whether the client connected by TLS
    /// @param certificateOnConnection whether it showed a certificate on this connection
    /// @param certificateInSession whether it showed one in the TLS session that this connection resumes
    /// @param verified whether the client showed a certificate that was verified
    /// @param version `TLSv1.3`; this and the other texts are empty when the header does not tell them
    /// @param commonName CN of the subject of the client's certificate
    /// @param signatureAlgorithm of the certificate that the sender used
    /// @param keyAlgorithm likewise
    public record Ssl(boolean tls, boolean certificateOnConnection, boolean certificateInSession, boolean verified,
            String version,
            String commonName, String cipher, String signatureAlgorithm, String keyAlgorithm) {}

    /// The first field of a type; null when there is none.
    public @Nullable Tlv tlv(int type) {
        for (Tlv tlv : tlvs) {
            if (tlv.type == type) {
                return tlv;
            }
        }
        return null;
    }

    /// The protocol that was chosen by ALPN (`h2`), or null.
    public @Nullable String alpn() {
        return text(ALPN);
    }

    /// The host name that the client asked for (SNI), or null.
    public @Nullable String authority() {
        return text(AUTHORITY);
    }

    /// The id of the connection, as at most 128 opaque bytes, or null.
    public byte @Nullable [] uniqueId() {
        Tlv id = tlv(UNIQUE_ID);
        return id == null ? null : id.value();
    }

    /// The name of the network namespace, or null.
    public @Nullable String netns() {
        return text(NETNS);
    }

    /// Null when the header has no such field.
    public @Nullable Ssl ssl() {
        Tlv ssl = tlv(SSL);
        if (ssl == null || ssl.value.length < SSL_HEAD) {
            return null;
        }
        byte[] in = ssl.value;
        boolean shown = (in[0] & 6) != 0;
        boolean verified = shown && (in[1] | in[2] | in[3] | in[4]) == 0;
        return new Ssl((in[0] & 1) != 0, (in[0] & 2) != 0, (in[0] & 4) != 0, verified, part(in, SSL_VERSION),
                part(in, SSL_COMMON_NAME), part(in, SSL_CIPHER), part(in, SSL_SIGNATURE_ALGORITHM), part(in, SSL_KEY_ALGORITHM));
    }

    private @Nullable String text(int type) {
        Tlv tlv = tlv(type);
        return tlv == null ? null : tlv.text();
    }

    /// The gateway accepts only headers whose parts are whole.
    private static String part(byte[] in, int type) {
        int at = SSL_HEAD;
        while (at + 3 <= in.length) {
            int length = (in[at + 1] & 0xff) << 8 | in[at + 2] & 0xff;
            if ((in[at] & 0xff) == type && at + 3 + length <= in.length) {
                return new String(in, at + 3, length, StandardCharsets.UTF_8);
            }
            at += 3 + length;
        }
        return "";
    }
}
