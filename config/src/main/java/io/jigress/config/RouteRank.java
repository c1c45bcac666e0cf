package io.jigress.config;

/// The precedence of a route among those that fit a request; the least rank wins. By Gateway API (HTTPRouteRule): exact path, then
/// regular expression, then prefix; the longer path; a method; more headers; more query parameters; the older object; the name;
/// the earlier rule and match.
///
/// @param created the object's creation in epoch milliseconds
/// @param object namespace/name of the object
public record RouteRank(PathKind kind, int pathLength, boolean method, int headers, int queries, long created, String object,
        int rule, int match)
        implements
            Comparable<RouteRank> {

    public enum PathKind {
        EXACT, REGEX, PREFIX
    }

    /// The rank of a match in its object.
    public static RouteRank of(RouteMatch match, long created, String object, int rule, int index) {
        PathKind kind = switch (match.path()) {
            case PathMatch.Exact _ -> PathKind.EXACT;
            case PathMatch.Regex _ -> PathKind.REGEX;
            case PathMatch.Prefix _ -> PathKind.PREFIX;
        };
        return new RouteRank(kind, match.path().value().length(), match.method() != null, match.headers().size(),
                match.queries().size(), created, object,
                rule, index);
    }

    @Override
    public int compareTo(RouteRank other) {
        int c = kind.compareTo(other.kind);
        c = c != 0 ? c : Integer.compare(other.pathLength, pathLength);
        c = c != 0 ? c : Boolean.compare(other.method, method);
        c = c != 0 ? c : Integer.compare(other.headers, headers);
        c = c != 0 ? c : Integer.compare(other.queries, queries);
        c = c != 0 ? c : Long.compare(created, other.created);
        c = c != 0 ? c : object.compareTo(other.object);
        c = c != 0 ? c : Integer.compare(rule, other.rule);
        return c != 0 ? c : Integer.compare(match, other.match);
    }
}
