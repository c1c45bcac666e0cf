package io.jigress.proxy.http1;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http.HopByHop;
import io.jigress.proxy.tls.ClientCertificateFields;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The trailer section of a chunked body, read like the fields of a head.
public final class Http1Trailers extends Http1Head {
    /// What must not be decided after the body (RFC 9110, 6.5.1): framing, routing, credentials, how the content is read; and what
    /// the gateway alone says of the client.
    private static final List<HeaderName> FORBIDDEN = List.of(HeaderName.CONTENT_LENGTH, HeaderName.TRANSFER_ENCODING,
            HeaderName.HOST,
            HeaderName.CONNECTION, HopByHop.KEEP_ALIVE, HopByHop.PROXY_CONNECTION, HopByHop.TE, HopByHop.TRAILER,
            HopByHop.UPGRADE,
            FieldFacts.EXPECT, HeaderName.CONTENT_TYPE, HeaderName.of("content-encoding"), HeaderName.of("content-range"),
            HeaderName.of("authorization"), HeaderName.of("proxy-authorization"), HeaderName.COOKIE, HeaderName.of("set-cookie"),
            HeaderName.of("cache-control"), HeaderName.of("range"), HeaderName.of("max-forwards"),
            HeaderName.of("forwarded"), HeaderName.X_FORWARDED_FOR, HeaderName.X_FORWARDED_HOST, HeaderName.X_FORWARDED_PORT,
            HeaderName.X_FORWARDED_PROTO, HeaderName.X_REQUEST_ID, ClientCertificateFields.CERTIFICATE,
            ClientCertificateFields.CHAIN, ClientCertificateFields.DESCRIPTION, ClientCertificateFields.VERIFIED);

    Http1Trailers(HeadPool pool) {
        super(pool);
    }

    void begin(HeadLimits limits) {
        begin(limits, true);
    }

    public Headers headers() {
        return fields;
    }

    @Override
    @Nullable HeadFault startLine(byte[] bytes, int from, int stop) {
        throw new IllegalStateException("trailers have no start line");
    }

    @Override
    HeadFault startLineFault() {
        return HeadFault.CHUNK_END;
    }

    @Override
    HeadFault startLineTooLong() {
        return HeadFault.FIELD_TOO_LARGE;
    }

    @Override
    boolean emptyLine() {
        return false;
    }

    @Override
    @Nullable HeadFault finish() {
        for (int i = 0; i < FORBIDDEN.size(); i++) {
            fields.remove(FORBIDDEN.get(i));
        }
        return null;
    }
}
