package io.jigress.proxy.telemetry;

/// Why the TLS handshake with an endpoint failed.
public enum UpstreamTlsFailure {
    /// The endpoint's chain leads to none of the CA certificates.
    CERTIFICATE_UNTRUSTED,
    /// A certificate of its chain has expired, or is not valid yet.
    CERTIFICATE_EXPIRED,
    /// Its certificate is for none of the wanted names.
    CERTIFICATE_NAME,
    /// The endpoint sent an alert: it does not know the server name, or wants a certificate that the gateway does not have.
    REFUSED_BY_UPSTREAM,
    /// It does not speak a version that the gateway accepts.
    NO_SHARED_VERSION,
    /// It did not choose the protocol that is required (ALPN).
    NO_SHARED_PROTOCOL,
    /// It answered something else than TLS.
    NOT_TLS,
    /// It closed the connection.
    CLOSED_BY_UPSTREAM,
    TIMEOUT,
    OTHER
}
