package io.jigress.proxy.http2;

import io.jigress.proxy.exchange.TrailerFields;
import org.jspecify.annotations.Nullable;

/// The trailer section of a message.
final class Http2Trailers extends Http2Fields {

    Http2Trailers(Http2Pool pool) {
        super(pool);
    }

    @Override
    @Nullable FieldFault pseudo(int kind, byte[] bytes, int value, int valueEnd) {
        return FieldFault.PSEUDO_FIELD;
    }

    @Override
    @Nullable FieldFault finish(boolean last) {
        return last ? null : FieldFault.TRAILERS_UNENDED;
    }

    @Override
    void received() {
        TrailerFields.removeForbidden(fields);
    }
}
