package io.jigress.config;

import java.util.List;

/// How TLS is terminated for the server names of one pattern.
///
/// @param section the Gateway listener that the connections belong to: they carry requests for hosts of this section only
/// @param certificates at least one. Among those that are valid for the server name, the client's algorithms decide; when none is, the
///        first one is used
/// @param oldest the oldest version that is accepted
/// @param newest the newest one
/// @param ciphers the cipher suites of TLS 1.2, by their IANA or OpenSSL names; empty for the default ones. Those of TLS 1.3 are fixed
/// @param protocols that ALPN offers, the best first
/// @param clients whether clients must show a certificate
public record TlsSettings(String section, List<TlsCertificate> certificates, TlsVersion oldest, TlsVersion newest,
        List<String> ciphers, List<ApplicationProtocol> protocols, ClientCertificates clients) {

    public TlsSettings {
        certificates = List.copyOf(certificates);
        ciphers = List.copyOf(ciphers);
        protocols = List.copyOf(protocols);
    }

    /// With the default versions, ciphers and protocols, and without certificates of clients.
    public TlsSettings(String section, List<TlsCertificate> certificates) {
        this(section, certificates, TlsVersion.TLS_1_2, TlsVersion.TLS_1_3, List.of(), ApplicationProtocol.DEFAULT,
                ClientCertificates.NONE);
    }
}
