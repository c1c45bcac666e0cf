package io.jigress.config;

/// Whether clients of a listener show certificates, and how these are verified.
///
/// @param authorities PEM: the CA certificates; a client's chain must end at one of them
/// @param forward whether requests to upstreams have header fields about the certificate; clients cannot send these fields
public record ClientCertificates(Mode mode, String authorities, boolean forward) {
    public static final ClientCertificates NONE = new ClientCertificates(Mode.NONE, "", false);

    public enum Mode {
        /// Clients need no certificates.
        NONE,
        /// A client may show one, which must be valid then.
        OPTIONAL,
        /// A client must show a valid one.
        REQUIRED,
        /// A client may show any certificate, or none; it is not verified. The upstream decides by the header fields that it receives.
        UNVERIFIED
    }
}
