package io.jigress.proxy.proxyprotocol;

import io.jigress.api.ConnectionFacts;
import io.jigress.api.ProxyProtocol;
import io.jigress.api.TlsFacts;
import io.jigress.config.ProxyProtocolOutput;
import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/// Writes the header with which a connection to an endpoint begins.
public final class ProxyHeaderWriter {
    private static final int SSL_VERSION = 0x21;
    private static final int SSL_COMMON_NAME = 0x22;
    private static final int SSL_CIPHER = 0x23;
    private static final int CLIENT_TLS = 1;
    private static final int CLIENT_CERTIFICATE = 2;
    /// The size of the mapped prefix of an IPv4 address in an IPv6 address.
    private static final int MAPPED = 12;
    /// Longer texts are left out: a name in a certificate has no limit.
    private static final int MAX_TEXT = 1024;

    private ProxyHeaderWriter() {}

    /// @param client null when the connection is not for a client's connection
    /// @return empty for [ProxyProtocolOutput#NONE]
    public static byte[] write(ProxyProtocolOutput version, @Nullable ConnectionFacts client) {
        return switch (version) {
            case NONE -> new byte[0];
            case V1 -> client == null ? ProxyHeaderV1.write(null, null) : ProxyHeaderV1.write(client.peer(), client.local());
            case V2 -> client == null ? whole(ProxyHeaderV2.LOCAL, 0, new byte[0]) : version2(client);
        };
    }

    private static byte[] version2(ConnectionFacts client) {
        InetSocketAddress source = client.peer();
        @Nullable InetSocketAddress destination = client.local();
        if (destination == null) {
            // The client's connection has just been closed.
            return whole(ProxyHeaderV2.PROXY, 0, new byte[0]);
        }
        boolean v4 = source.getAddress() instanceof Inet4Address && destination.getAddress() instanceof Inet4Address;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(bytes(source.getAddress(), v4));
        out.writeBytes(bytes(destination.getAddress(), v4));
        uint16(out, source.getPort());
        uint16(out, destination.getPort());
        TlsFacts tls = client.tls();
        if (tls != null) {
            text(out, ProxyProtocol.ALPN, tls.applicationProtocol());
            text(out, ProxyProtocol.AUTHORITY, tls.serverName());
            tlv(out, ProxyProtocol.SSL, ssl(tls));
        }
        ProxyProtocol before = client.proxyProtocol();
        byte[] id = before == null ? null : before.uniqueId();
        if (id != null) {
            tlv(out, ProxyProtocol.UNIQUE_ID, id);
        }
        return whole(ProxyHeaderV2.PROXY, v4 ? ProxyHeaderV2.TCP_4 : ProxyHeaderV2.TCP_6, out.toByteArray());
    }

    private static byte[] ssl(TlsFacts tls) {
        List<X509Certificate> certificates = tls.clientCertificates();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(certificates.isEmpty() ? CLIENT_TLS : CLIENT_TLS | CLIENT_CERTIFICATE);
        // Not 0 unless a certificate was shown and verified.
        uint16(out, 0);
        uint16(out, tls.clientVerified() ? 0 : 1);
        text(out, SSL_VERSION, tls.version());
        if (tls.clientVerified() && !certificates.isEmpty()) {
            text(out, SSL_COMMON_NAME, commonName(certificates.getFirst()));
        }
        text(out, SSL_CIPHER, tls.cipher());
        return out.toByteArray();
    }

    private static String commonName(X509Certificate certificate) {
        try {
            List<Rdn> names = new LdapName(certificate.getSubjectX500Principal().getName()).getRdns();
            for (int i = names.size() - 1; i >= 0; i--) {
                if (names.get(i).getType().equalsIgnoreCase("CN") && names.get(i).getValue() instanceof String name) {
                    return name;
                }
            }
        } catch (InvalidNameException _) {
            // A subject that cannot be read has no common name.
        }
        return "";
    }

    private static byte[] bytes(InetAddress address, boolean v4) {
        byte[] bytes = address.getAddress();
        if (v4 || address instanceof Inet6Address) {
            return bytes;
        }
        byte[] mapped = new byte[MAPPED + bytes.length];
        mapped[MAPPED - 1] = (byte) 0xff;
        mapped[MAPPED - 2] = (byte) 0xff;
        System.arraycopy(bytes, 0, mapped, MAPPED, bytes.length);
        return mapped;
    }

    private static byte[] whole(int command, int family, byte[] rest) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ProxyHeaderV2.SIGNATURE);
        out.write(command);
        out.write(family);
        uint16(out, rest.length);
        out.writeBytes(rest);
        return out.toByteArray();
    }

    private static void text(ByteArrayOutputStream out, int type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0 && bytes.length <= MAX_TEXT) {
            tlv(out, type, bytes);
        }
    }

    private static void tlv(ByteArrayOutputStream out, int type, byte[] value) {
        out.write(type);
        uint16(out, value.length);
        out.writeBytes(value);
    }

    private static void uint16(ByteArrayOutputStream out, int value) {
        out.write(value >>> 8);
        out.write(value);
    }
}
