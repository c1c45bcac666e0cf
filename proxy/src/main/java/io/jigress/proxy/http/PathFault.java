package io.jigress.proxy.http;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import java.util.Locale;

/// Why the path of a request is refused by its [io.jigress.config.PathRules].
public enum PathFault {
    /// A `%` without two hexadecimal digits behind it.
    PATH_ESCAPE_INVALID,
    /// `%00`.
    PATH_NUL,
    PATH_ENCODED_SLASH, PATH_BACKSLASH, PATH_PARAMETER, PATH_REPEATED_SLASH, PATH_DOT_SEGMENT,
    /// More `..` than segments before them.
    PATH_ABOVE_ROOT,
    /// A dot segment that only some servers recognise: `..;x` or `..%2F`.
    PATH_AMBIGUOUS_DOT_SEGMENT;

    private final ProxyFailure failure = new ProxyFailure(Kind.BAD_REQUEST, Origin.CLIENT, false,
            name().toLowerCase(Locale.ROOT));

    /// The reason in the access log: `path_nul`.
    public String reason() {
        return failure.detail();
    }

    /// The failure of the exchange.
    public ProxyFailure failure() {
        return failure;
    }
}
