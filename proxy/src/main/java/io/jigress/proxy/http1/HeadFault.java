package io.jigress.proxy.http1;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import java.util.Locale;

/// Why a message was refused by the codec. Everything is made beforehand, so that an attack allocates nothing.
public enum HeadFault {
    BARE_CR, BARE_LF, CONTROL_CHARACTER, OBS_FOLD, FIELD_NAME, SPACE_BEFORE_COLON, FIELD_WITHOUT_COLON, REQUEST_LINE, METHOD,
    TARGET, VERSION, STATUS_LINE,
    /// A well-formed version of HTTP that is not 1.x.
    VERSION_NOT_SUPPORTED(Kind.VERSION_NOT_SUPPORTED),
    TARGET_TOO_LONG(Kind.TARGET_TOO_LONG), HEAD_TOO_LARGE(Kind.HEADERS_TOO_LARGE), FIELD_TOO_LARGE(Kind.HEADERS_TOO_LARGE),
    TOO_MANY_FIELDS(Kind.HEADERS_TOO_LARGE), HOST_MISSING, HOST_TWICE, HOST_INVALID, LENGTH_INVALID, LENGTH_TWICE,
    LENGTH_AND_CODING, CODING_UNSUPPORTED,
    CODING_TWICE, CODING_ON_HTTP_1_0,
    /// A malformed Connection field, too many options, or one that names Host or Content-Length: those are for every
    /// recipient (RFC 9110, 7.6.1), and dropping them would let a client choose how the next hop reads the message.
    CONNECTION_OPTIONS, CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_END,
    /// The connection ended inside the body.
    TRUNCATED(Kind.CLIENT_GONE, Kind.UPSTREAM_RESET);

    private final String reason = name().toLowerCase(Locale.ROOT);
    private final ProxyFailure ofClient;
    private final ProxyFailure ofUpstream;

    HeadFault() {
        this(Kind.BAD_REQUEST);
    }

    HeadFault(Kind ofClient) {
        this(ofClient, Kind.UPSTREAM_BAD_RESPONSE);
    }

    HeadFault(Kind ofClient, Kind ofUpstream) {
        this.ofClient = new ProxyFailure(ofClient, Origin.CLIENT, false, reason);
        this.ofUpstream = new ProxyFailure(ofUpstream, Origin.UPSTREAM, false, reason);
    }

    /// A short word for the access log: `bare_lf`.
    public String reason() {
        return reason;
    }

    /// The failure of an exchange whose client sent this.
    public ProxyFailure ofClient() {
        return ofClient;
    }

    /// The failure of an exchange whose upstream sent this.
    public ProxyFailure ofUpstream() {
        return ofUpstream;
    }
}
