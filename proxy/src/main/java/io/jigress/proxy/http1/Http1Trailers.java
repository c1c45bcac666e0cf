package io.jigress.proxy.http1;

import io.jigress.api.Headers;
import io.jigress.proxy.exchange.TrailerFields;
import io.jigress.proxy.http.HeadLimits;
import org.jspecify.annotations.Nullable;

/// The trailer section of a chunked body, read like the fields of a head.
public final class Http1Trailers extends Http1Head {
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
        TrailerFields.removeForbidden(fields);
        return null;
    }
}
