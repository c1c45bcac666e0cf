package io.jigress.proxy.exchange;

import io.jigress.api.HeaderName;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.http.HopByHop;
import io.jigress.proxy.tls.ClientCertificateFields;
import java.util.List;

/// The fields that a trailer section must not contain, in any HTTP version.
public final class TrailerFields {
    /// Fields that must not come after the body (RFC 9110, 6.5.1): framing, routing, credentials, content encoding; and fields about the client
    /// that only the gateway sets.
    private static final List<HeaderName> FORBIDDEN = List.of(HeaderName.CONTENT_LENGTH, HeaderName.TRANSFER_ENCODING,
            HeaderName.HOST,
            HeaderName.CONNECTION, HopByHop.KEEP_ALIVE, HopByHop.PROXY_CONNECTION, HopByHop.TE, HopByHop.TRAILER,
            HopByHop.UPGRADE,
            HeaderName.of("expect"), HeaderName.CONTENT_TYPE, HeaderName.of("content-encoding"), HeaderName.of("content-range"),
            HeaderName.of("authorization"), HeaderName.of("proxy-authorization"), HeaderName.COOKIE, HeaderName.of("set-cookie"),
            HeaderName.of("cache-control"), HeaderName.of("range"), HeaderName.of("max-forwards"),
            HeaderName.of("forwarded"), HeaderName.X_FORWARDED_FOR, HeaderName.X_FORWARDED_HOST, HeaderName.X_FORWARDED_PORT,
            HeaderName.X_FORWARDED_PROTO, HeaderName.X_REQUEST_ID, ClientCertificateFields.CERTIFICATE,
            ClientCertificateFields.CHAIN, ClientCertificateFields.DESCRIPTION, ClientCertificateFields.VERIFIED);

    private TrailerFields() {}

    public static void removeForbidden(HeaderBlock trailers) {
        for (int i = 0; i < FORBIDDEN.size(); i++) {
            trailers.remove(FORBIDDEN.get(i));
        }
    }
}
