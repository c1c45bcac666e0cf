package io.jigress.config;

/// How the path of a request is brought into its normal form, which routing, `explain` and forwarding use alike. It is made once,
/// before the route is chosen, so that no rule on a path can be bypassed by another spelling of it (RFC 3986, section 6.2.2).
///
/// Escapes are percent-encoded octets. An escaped dot counts as a dot, unless dot segments are kept.
///
/// @param dotSegments `.` and `..`: removed (RFC 3986, section 5.2.4; a path that leaves the root is refused), kept, or refused
/// @param repeatedSlashes `//`: merged, kept, or refused
/// @param escapes those of unreserved characters are decoded and the digits of the others become upper case, or all are kept. An escape
///        that is malformed, and `%00`, are refused unless escapes are kept
/// @param encodedSlashes `%2F`: decoded, kept, or refused
/// @param backslashes `\` and `%5C`: turned into a slash, kept, or refused
/// @param parameters `;` and what follows it in a segment: kept or refused. Behind a dot segment it is always refused, unless dot segments
///        are kept: servlet containers drop parameters before they remove dot segments
public record PathRules(Handling dotSegments, Handling repeatedSlashes, Handling escapes, Handling encodedSlashes,
        Handling backslashes, Handling parameters) {

    public enum Handling {
        NORMALIZE, KEEP, REJECT
    }

    public static final PathRules DEFAULT = new PathRules(Handling.NORMALIZE, Handling.NORMALIZE, Handling.NORMALIZE,
            Handling.REJECT, Handling.REJECT, Handling.KEEP);

    public PathRules {
        if (escapes == Handling.REJECT) {
            throw new IllegalArgumentException("escapes: REJECT (expected: NORMALIZE or KEEP)");
        }
        if (parameters == Handling.NORMALIZE) {
            throw new IllegalArgumentException("parameters: NORMALIZE (expected: KEEP or REJECT)");
        }
    }
}
