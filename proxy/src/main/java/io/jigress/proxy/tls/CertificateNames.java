package io.jigress.proxy.tls;

import io.netty.util.NetUtil;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The alternative names of a certificate (RFC 5280, section 4.2.1.6), read from its bytes: the JDK gives none of them when it does not like
/// one, such as a URI without a scheme.
final class CertificateNames {

    /// What a name names.
    enum Kind {
        DNS, URI, ADDRESS
    }

    /// @param text as it is written in the certificate; an IP address in its usual form
    record Name(Kind kind, String text) {}

    private static final String EXTENSION = "2.5.29.17";
    private static final int OCTETS = 0x04;
    private static final int SEQUENCE = 0x30;
    private static final int DNS_NAME = 0x82;
    private static final int URI_NAME = 0x86;
    private static final int IP_ADDRESS = 0x87;
    /// Of a length, that it is written in as many bytes as the other bits say.
    private static final int LONG_LENGTH = 0x80;
    private static final int MAX_LENGTH_BYTES = 3;
    private static final int MANY_BYTES_OF_TAG = 0x1f;

    private CertificateNames() {}

    /// Whether a certificate is for a name: a DNS name, for which a star may stand for its first label (RFC 6125, section 6.4.3), a
    /// URI, which must be equal, or an IP address. The common name does not count.
    static boolean has(X509Certificate certificate, String wanted) throws CertificateParsingException {
        if (wanted.contains("://")) {
            return of(certificate, Kind.URI).contains(wanted);
        }
        byte[] address = NetUtil.createByteArrayFromIpAddressString(wanted);
        if (address != null) {
            return of(certificate, Kind.ADDRESS).stream()
                    .anyMatch(each -> Arrays.equals(address, NetUtil.createByteArrayFromIpAddressString(each)));
        }
        String name = wanted.toLowerCase(Locale.ROOT);
        int dot = name.indexOf('.');
        String wildcard = dot < 0 ? "" : "*" + name.substring(dot);
        for (String each : of(certificate, Kind.DNS)) {
            String own = each.toLowerCase(Locale.ROOT);
            // A wildcard directly below a top-level domain ("*.com") matches nothing.
            if (own.equals(name) || own.equals(wildcard) && wildcard.indexOf('.') != wildcard.lastIndexOf('.')) {
                return true;
            }
        }
        return false;
    }

    /// For messages.
    static List<String> all(X509Certificate certificate) throws CertificateParsingException {
        List<String> all = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            all.addAll(of(certificate, kind));
        }
        return all;
    }

    static List<String> of(X509Certificate certificate, Kind kind) throws CertificateParsingException {
        return read(certificate).stream().filter(each -> each.kind == kind).map(Name::text).toList();
    }

    /// In the order of the certificate; names of other kinds are left out.
    ///
    /// @throws CertificateParsingException when they are not DER
    static List<Name> read(X509Certificate certificate) throws CertificateParsingException {
        byte @Nullable [] extension = certificate.getExtensionValue(EXTENSION);
        return extension == null ? List.of() : parse(extension);
    }

    /// @param extension its value, in the octet string that holds it
    static List<Name> parse(byte[] extension) throws CertificateParsingException {
        ByteBuffer rest = within(within(ByteBuffer.wrap(extension), OCTETS), SEQUENCE);
        List<Name> names = new ArrayList<>();
        while (rest.hasRemaining()) {
            int tag = rest.get() & 0xff;
            byte[] value = value(tag, rest);
            switch (tag) {
                case DNS_NAME -> names.add(new Name(Kind.DNS, new String(value, StandardCharsets.ISO_8859_1)));
                case URI_NAME -> names.add(new Name(Kind.URI, new String(value, StandardCharsets.ISO_8859_1)));
                case IP_ADDRESS -> {
                    if (value.length != 4 && value.length != 16) {
                        throw broken();
                    }
                    names.add(new Name(Kind.ADDRESS, NetUtil.bytesToIpAddress(value)));
                }
                default -> {
                }
            }
        }
        return names;
    }

    /// What an element holds that is all that there is.
    private static ByteBuffer within(ByteBuffer bytes, int tag) throws CertificateParsingException {
        if (!bytes.hasRemaining() || (bytes.get() & 0xff) != tag) {
            throw broken();
        }
        byte[] value = value(tag, bytes);
        if (bytes.hasRemaining()) {
            throw broken();
        }
        return ByteBuffer.wrap(value);
    }

    private static byte[] value(int tag, ByteBuffer bytes) throws CertificateParsingException {
        if ((tag & MANY_BYTES_OF_TAG) == MANY_BYTES_OF_TAG || !bytes.hasRemaining()) {
            throw broken();
        }
        int length = bytes.get() & 0xff;
        if (length >= LONG_LENGTH) {
            int count = length - LONG_LENGTH;
            if (count == 0 || count > MAX_LENGTH_BYTES || count > bytes.remaining()) {
                throw broken();
            }
            length = 0;
            for (int i = 0; i < count; i++) {
                length = length << 8 | bytes.get() & 0xff;
            }
        }
        if (length > bytes.remaining()) {
            throw broken();
        }
        byte[] value = new byte[length];
        bytes.get(value);
        return value;
    }

    private static CertificateParsingException broken() {
        return new CertificateParsingException("has alternative names that cannot be read");
    }
}
