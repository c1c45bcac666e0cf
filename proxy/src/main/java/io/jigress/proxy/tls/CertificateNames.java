package io.jigress.proxy.tls;

import io.netty.util.NetUtil;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/// The alternative names of a certificate (RFC 5280, section 4.2.1.6).
final class CertificateNames {
    private static final int DNS_NAME = 2;
    private static final int URI_NAME = 6;
    private static final int IP_ADDRESS = 7;

    private CertificateNames() {}

    /// Whether a certificate is for a name: a DNS name, for which a star may stand for its first label (RFC 6125, section 6.4.3), a
    /// URI, which must be equal, or an IP address. The common name does not count.
    static boolean has(X509Certificate certificate, String wanted) throws CertificateParsingException {
        if (wanted.contains("://")) {
            return of(certificate, URI_NAME).contains(wanted);
        }
        byte[] address = NetUtil.createByteArrayFromIpAddressString(wanted);
        if (address != null) {
            return of(certificate, IP_ADDRESS).stream()
                    .anyMatch(each -> Arrays.equals(address, NetUtil.createByteArrayFromIpAddressString(each)));
        }
        String name = wanted.toLowerCase(Locale.ROOT);
        int dot = name.indexOf('.');
        String wildcard = dot < 0 ? "" : "*" + name.substring(dot);
        for (String each : of(certificate, DNS_NAME)) {
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
        for (int type : new int[] {DNS_NAME, URI_NAME, IP_ADDRESS}) {
            all.addAll(of(certificate, type));
        }
        return all;
    }

    private static List<String> of(X509Certificate certificate, int type) throws CertificateParsingException {
        Collection<List<?>> all = certificate.getSubjectAlternativeNames();
        List<String> found = new ArrayList<>();
        for (List<?> each : all == null ? List.<List<?>>of() : all) {
            if (each.get(0) instanceof Integer kind && kind == type) {
                found.add(String.valueOf(each.get(1)));
            }
        }
        return found;
    }
}
