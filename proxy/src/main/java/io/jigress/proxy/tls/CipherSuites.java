package io.jigress.proxy.tls;

import java.util.ArrayList;
import java.util.List;

/// The cipher suites that are offered where the configuration names none: those with forward secrecy and authenticated encryption, by their
/// IANA names.
final class CipherSuites {
    private static final List<String> TLS_1_3 = List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256");
    private static final List<String> TLS_1_2 = List.of("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private CipherSuites() {}

    /// Those of TLS 1.3, and of TLS 1.2 those that are named, else the default ones.
    static List<String> with(List<String> named) {
        List<String> all = new ArrayList<>(TLS_1_3);
        all.addAll(named.isEmpty() ? TLS_1_2 : named);
        return all;
    }
}
