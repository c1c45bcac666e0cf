package io.jigress.config;

/// A version of TLS, the oldest first. Older ones are not supported (RFC 8996).
public enum TlsVersion {
    TLS_1_2, TLS_1_3
}
