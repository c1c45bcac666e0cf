package io.jigress.api;

/// Why a request could not be served: what happened, on whose side, and whether another attempt could help. One table maps it
/// to status, response flag and metric label.
///
/// @param detail why, for the access log; never shown to clients: a word of `a-z`, `0-9` and `_` such as `slow_body`
public record ProxyFailure(Kind kind, Origin origin, boolean retryable, String detail) {

    public ProxyFailure {
        Reason.require(detail);
    }

    public enum Origin {
        CLIENT, GATEWAY, UPSTREAM
    }

    /// Status and response flag stand here so that log, metrics and error page cannot disagree.
    public enum Kind {
        BAD_REQUEST(400, "BR"),
        REQUEST_TIMEOUT(408, "RT"),
        BODY_TOO_LARGE(413, "BL"),
        TARGET_TOO_LONG(414, "TL"),
        /// The request is for a host of another listener than the one for which the client's TLS connection was accepted.
        MISDIRECTED(421, "MD"),
        HEADERS_TOO_LARGE(431, "HL"),
        VERSION_NOT_SUPPORTED(505, "VN"),
        CLIENT_GONE(499, "DC"),
        NO_ROUTE(404, "NR"),
        METHOD_NOT_ALLOWED(405, "MN"),
        FILTER_ERROR(500, "FE"),
        INTERNAL_ERROR(500, "IE"),
        FILTER_TIMEOUT(504, "FT"),
        NO_CLUSTER(500, "NC"),
        NO_ENDPOINTS(503, "UH"),
        OVERLOADED(503, "UO"),
        MISCONFIGURED(503, "MC"),
        CONNECT_FAILED(502, "UF"),
        CONNECT_TIMEOUT(504, "UF"),
        UPSTREAM_RESET(502, "UC"),
        /// The upstream refused the request before processing it; it may therefore be sent again whatever its method is.
        UPSTREAM_REFUSED(502, "UR"),
        UPSTREAM_BAD_RESPONSE(502, "UPE"),
        UPSTREAM_TIMEOUT(504, "UT"),
        DRAINING(503, "DR");

        private final int status;
        private final String flag;

        Kind(int status, String flag) {
            this.status = status;
            this.flag = flag;
        }

        public int status() {
            return status;
        }

        /// The flag in the access log: Envoy's response flag where Envoy has one.
        public String flag() {
            return flag;
        }
    }
}
