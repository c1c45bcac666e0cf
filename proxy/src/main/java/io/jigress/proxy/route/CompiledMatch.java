package io.jigress.proxy.route;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.jigress.api.HeaderName;
import io.jigress.api.RequestHead;
import io.jigress.config.PathMatch;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteRank;
import io.jigress.config.RouteRank.PathKind;
import io.jigress.config.ValueMatch;
import io.jigress.proxy.http.PathForm;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A compiled [RouteMatch]: expressions compiled, names as bytes, its node in the path tree determined. Immutable.
public final class CompiledMatch {

    /// The list of its tree node that a route belongs to.
    enum Filing {
        /// The path matches when the lookup ends at the node.
        EXACT,
        /// The path matches when the lookup passes the node; deeper nodes come first.
        PREFIX,
        /// Routes whose match or precedence the node does not determine: expressions, and routes with a rank other than that of their path.
        BY_RANK
    }

    private final RouteMatch source;
    private final RouteRank rank;
    private final Filing filing;
    private final byte[] key;
    private final @Nullable Pattern expression;
    private final Predicate[] predicates;
    private final List<String> faults;

    private CompiledMatch(RouteMatch source, RouteRank rank) {
        List<String> found = new ArrayList<>();
        this.source = source;
        this.rank = rank;
        this.filing = filing(source.path(), rank);
        this.key = key(source.path());
        this.expression = source.path() instanceof PathMatch.Regex regex ? compile(regex.value(), "path", found) : null;
        this.predicates = predicates(source, found);
        this.faults = List.copyOf(found);
    }

    /// Compiles a match. A match with [#faults] can be used and matches no request.
    public static CompiledMatch of(RouteMatch match, RouteRank rank) {
        return new CompiledMatch(match, rank);
    }

    /// The errors of the match: the field and why (`path: "(": missing closing )`); empty when there are none.
    public List<String> faults() {
        return faults;
    }

    public RouteMatch source() {
        return source;
    }

    public RouteRank rank() {
        return rank;
    }

    Filing filing() {
        return filing;
    }

    /// The path of its tree node.
    byte[] key() {
        return key;
    }

    Predicate[] predicates() {
        return predicates;
    }

    boolean pathFits(byte[] path, int from, int to, PathText text) {
        return switch (source.path()) {
            case PathMatch.Exact _ -> Arrays.equals(path, from, to, key, 0, key.length);
            case PathMatch.Prefix _ -> {
                int end = from + key.length;
                yield end <= to && Arrays.equals(path, from, end, key, 0, key.length) && (end == to || path[end] == '/');
            }
            case PathMatch.Regex _ -> expression != null && expression.matches(text.of(path, from, to));
        };
    }

    /// Why a request does not match; null when it does.
    @Nullable String loss(byte[] path, int from, int to, PathText text, RequestHead head) {
        if (!pathFits(path, from, to, text)) {
            String shown = "path " + text.of(path, from, to);
            return switch (source.path()) {
                case PathMatch.Exact exact -> shown + " is not " + exact.value();
                case PathMatch.Prefix prefix -> shown + " does not begin with segment prefix " + prefix.value();
                case PathMatch.Regex regex ->
                    expression == null ? String.join("; ", faults) : shown + " does not match " + regex.value();
            };
        }
        for (Predicate predicate : predicates) {
            if (!predicate.holds(head)) {
                return predicate.loss(head);
            }
        }
        return null;
    }

    /// The path of the tree node of a path match.
    public static byte[] key(PathMatch path) {
        if (path instanceof PathMatch.Regex regex) {
            return LiteralPrefix.of(regex.value()).getBytes(StandardCharsets.UTF_8);
        }
        String text = path.value();
        return PathForm
                .ofRule(path instanceof PathMatch.Prefix && text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
    }

    /// Depth in the tree stands for precedence only where the rank is the one that the path itself gives.
    private static Filing filing(PathMatch path, RouteRank rank) {
        int length = path.value().length();
        boolean ordinary = rank.pathLength() == length && PathForm.ofRule(path.value()).length == length;
        return switch (path) {
            case PathMatch.Exact _ -> ordinary && rank.kind() == PathKind.EXACT ? Filing.EXACT : Filing.BY_RANK;
            case PathMatch.Prefix _ -> ordinary && rank.kind() == PathKind.PREFIX ? Filing.PREFIX : Filing.BY_RANK;
            case PathMatch.Regex _ -> Filing.BY_RANK;
        };
    }

    private static Predicate[] predicates(RouteMatch match, List<String> faults) {
        List<Predicate> all = new ArrayList<>();
        if (match.method() != null) {
            all.add(new Predicate.Method(match.method()));
        }
        for (ValueMatch header : match.headers()) {
            all.add(header(header, faults));
        }
        for (ValueMatch query : match.queries()) {
            all.add(query(query, faults));
        }
        return all.isEmpty() ? Predicate.NONE : all.toArray(Predicate[]::new);
    }

    private static Predicate header(ValueMatch match, List<String> faults) {
        if (!HeaderName.isToken(match.name())) {
            return never("header name: \"" + match.name() + "\" is no token", faults);
        }
        HeaderName name = HeaderName.of(match.name());
        return switch (match) {
            case ValueMatch.Exact exact -> new Predicate.HeaderIs(name, exact.value());
            case ValueMatch.Present _ -> new Predicate.HeaderPresent(name);
            case ValueMatch.Cookie cookie -> new Predicate.CookieIs(cookie.name(), cookie.value());
            case ValueMatch.Regex regex -> {
                Pattern pattern = compile(regex.expression(), "header " + name.text(), faults);
                yield pattern == null ? new Predicate.Never(faults.getLast()) : new Predicate.HeaderLike(name, pattern);
            }
        };
    }

    private static Predicate query(ValueMatch match, List<String> faults) {
        QueryName name = QueryName.of(match.name());
        return switch (match) {
            case ValueMatch.Exact exact ->
                new Predicate.QueryIs(name, exact.value(), exact.value().getBytes(StandardCharsets.UTF_8));
            case ValueMatch.Present _ -> new Predicate.QueryPresent(name);
            case ValueMatch.Cookie _ -> never("cookie " + match.name() + " among the query parameters", faults);
            case ValueMatch.Regex regex -> {
                Pattern pattern = compile(regex.expression(), "query parameter " + match.name(), faults);
                yield pattern == null ? new Predicate.Never(faults.getLast()) : new Predicate.QueryLike(name, pattern);
            }
        };
    }

    private static Predicate never(String fault, List<String> faults) {
        faults.add(fault);
        return new Predicate.Never(fault);
    }

    private static @Nullable Pattern compile(String expression, String field, List<String> faults) {
        try {
            return Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            faults.add(field + ": \"" + expression + "\": " + e.getDescription());
            return null;
        }
    }
}
