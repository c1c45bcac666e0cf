package io.jigress.config;

/// Which certificates clients of a listener show.
///
/// @param authorities PEM: the CA certificates that a client's chain must lead to
/// @param forward whether requests tell the upstream of the certificate, in fields that no client can send
public record ClientCertificates(Mode mode, String authorities, boolean forward) {
    public static final ClientCertificates NONE = new ClientCertificates(Mode.NONE, "", false);

    public enum Mode {
        /// They are not asked for.
        NONE,
        /// A client may show one, which must be valid then.
        OPTIONAL,
        /// A client must show a valid one.
        REQUIRED,
        /// A client may show any one, or none: the upstream decides by the fields it is sent.
        UNVERIFIED
    }
}
