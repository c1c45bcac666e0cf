package io.jigress.config;

/// A certificate of the gateway with its private key.
public sealed interface TlsCertificate {

    /// The Secret it comes from (`default/shop-tls`), for messages. When a certificate cannot be used, the last usable one of the same Secret
    /// stays in use.
    String secret();

    /// @param chain PEM: the certificate, then the intermediate ones
    /// @param key PEM: PKCS#8 (`PRIVATE KEY`)
    /// @param ocsp a DER-encoded OCSP response about the certificate in base64, which is stapled where the engine can; empty for none
    record Pem(String secret, String chain, SecretText key, String ocsp) implements TlsCertificate {}

    /// A certificate that cannot be read or does not match its key, which is reported at its Secret.
    record Broken(String secret) implements TlsCertificate {}
}
