package io.jigress.proxy.http2;

/// How listeners treat clients that speak HTTP/2.
///
/// @param enabled whether they may (`http2.enabled`): by ALPN where there is TLS, with prior knowledge in the clear
public record Http2Settings(boolean enabled, Http2Limits limits) {
    public static final Http2Settings DEFAULT = new Http2Settings(true, Http2Limits.DEFAULT);
}
