package io.jigress.proxy.http2;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import java.util.Locale;

/// Why a header block was refused. All instances are created in advance, so that an attack allocates nothing.
public enum FieldFault {
    /// The name is not a token in lower case.
    FIELD_NAME,
    /// RFC 9113, 8.2.1.
    FIELD_VALUE,
    /// RFC 9113, 8.2.2.
    CONNECTION_FIELD,
    /// Unknown, twice, behind other fields, or not for this kind of message.
    PSEUDO_FIELD, METHOD, SCHEME, TARGET, STATUS, HOST_MISSING, HOST_TWICE, HOST_INVALID,
    /// `:authority` and Host differ.
    HOST_MISMATCH, LENGTH_INVALID, LENGTH_TWICE,
    /// Content-Length and the length of the body differ.
    LENGTH_MISMATCH,
    /// A second header block that does not end the stream.
    TRAILERS_UNENDED, TARGET_TOO_LONG(Kind.TARGET_TOO_LONG), HEAD_TOO_LARGE(Kind.HEADERS_TOO_LARGE),
    FIELD_TOO_LARGE(Kind.HEADERS_TOO_LARGE), TOO_MANY_FIELDS(Kind.HEADERS_TOO_LARGE);

    private final boolean malformed;
    private final ProxyFailure ofClient;
    private final ProxyFailure ofUpstream;

    FieldFault() {
        this(Kind.BAD_REQUEST);
    }

    FieldFault(Kind kind) {
        String reason = name().toLowerCase(Locale.ROOT);
        malformed = kind == Kind.BAD_REQUEST;
        ofClient = new ProxyFailure(kind, Origin.CLIENT, false, reason);
        ofUpstream = new ProxyFailure(Kind.UPSTREAM_BAD_RESPONSE, Origin.UPSTREAM, false, reason);
    }

    /// Whether the stream is to be reset (RFC 9113, 8.1.1); the others are answered.
    public boolean isMalformed() { return malformed; }

    /// The failure of an exchange whose client sent this.
    public ProxyFailure ofClient() {
        return ofClient;
    }

    /// The failure of an exchange whose upstream sent this.
    public ProxyFailure ofUpstream() {
        return ofUpstream;
    }
}
