package io.jigress.control.kinds;

import io.jigress.api.HeaderName;
import io.jigress.api.JsonReader;
import io.jigress.config.PathMatch;
import io.jigress.config.RouteMatch;
import io.jigress.config.ValueMatch;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.TrafficSettings.Retry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// An HTTPRoute, or a GRPCRoute ([GrpcRoute]), which is an HTTPRoute with matches of its own. Parsed at each translation, never kept.
///
/// @param grpc whether it is a GRPCRoute
/// @param hosts patterns in lower case; empty: those of the listeners
/// @param badHosts whether an invalid host was left out
public record HttpRoute(boolean grpc, List<ParentRef> parents, List<String> hosts, boolean badHosts, List<Rule> rules) {

    /// @param name empty when it has none
    /// @param matches the valid ones; empty when none is
    /// @param incomplete whether invalid matches were left out
    public record Rule(String name, int index, List<Match> matches, boolean incomplete, HttpFilters filters,
            List<BackendRef> backends,
            @Nullable Duration requestTimeout, @Nullable Duration backendRequestTimeout, Retry retry) {
        public String path() {
            return "spec.rules[" + index + "]";
        }
    }

    public record Match(RouteMatch match, int index) {}

    /// @param valid false when a field is invalid: its share of requests fails
    public record BackendRef(ResourceKey key, int port, int weight, HttpFilters filters, String path, boolean valid) {}

    static final String LEFT_OUT = "the match is left out";
    /// `/users/{id}`
    private static final Pattern VARIABLE = Pattern.compile("/\\{[^/]*}");
    /// `/users/*`, `/users/**`
    private static final Pattern ALL_BELOW = Pattern.compile("^[^*]*/\\*{1,2}$");
    private static final Pattern LOOK_AROUND = Pattern.compile("\\(\\?<?[=!]");
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE",
            "PATCH");

    public static HttpRoute read(Document document, RegexSyntax regex) {
        return read(document, regex, false);
    }

    static HttpRoute read(Document document, RegexSyntax regex, boolean grpc) {
        JsonReader spec = document.spec();
        List<ParentRef> parents = ParentRef.read(document, spec);
        boolean refs = !parents.isEmpty() || document.failedSince(0);
        int mark = document.mark();
        List<String> hosts = hosts(spec);
        boolean badHosts = document.failedSince(mark);
        List<Rule> rules = new ArrayList<>();
        List<JsonReader> items = spec.objects("rules");
        Set<String> names = new HashSet<>();
        for (int i = 0; i < items.size(); i++) {
            rules.add(rule(document, items.get(i), i, names, regex, grpc));
        }
        if (spec.any("useDefaultGateways") != null) {
            spec.warning("useDefaultGateways", "has no effect yet", "nothing");
        }
        Set<String> misspelled = spec.finish(Map.of("hostnames", "the route serves no host", "rules", "the route has no rules",
                "parentRefs", "the route serves nothing"));
        if (!refs && !misspelled.contains("parentRefs")) {
            spec.warning("parentRefs", "names no Gateway, so that the route serves nothing", "a Gateway");
        }
        if (misspelled.contains("hostnames")) {
            hosts = List.of();
            badHosts = true;
        }
        if (!spec.has("rules") && document.root().has("spec") && !misspelled.contains("rules")) {
            // The API's default: one rule for every path, without a backend.
            spec.warning("rules", "is missing, so that requests get " + failure(grpc), "at least one rule with a backend");
            rules.add(new Rule("", 0, List.of(new Match(RouteMatch.ALL, 0)), false, HttpFilters.NONE, List.of(), null, null,
                    Retry.NONE));
        }
        return new HttpRoute(grpc, parents, hosts, badHosts, List.copyOf(rules));
    }

    /// The response of what cannot be served.
    public static String failure(boolean grpc) {
        return grpc ? "UNAVAILABLE" : "500";
    }

    /// The names of an HTTPRoute's rules that have one.
    public static List<String> ruleNames(Resource resource) {
        return Document.open(resource).root().object("spec").objects("rules").stream().map(rule -> rule.text("name", ""))
                .filter(name -> !name.isEmpty()).toList();
    }

    static List<String> hosts(JsonReader spec) {
        List<String> hosts = new ArrayList<>();
        List<String> texts = spec.texts("hostnames");
        for (int i = 0; i < texts.size(); i++) {
            String host = HostPattern.parse(texts.get(i));
            if (host == null) {
                HostPattern.wrong(spec, "hostnames[" + i + "]", texts.get(i));
            } else if (!hosts.contains(host)) {
                hosts.add(host);
            }
        }
        return List.copyOf(hosts);
    }

    private static Rule rule(Document document, JsonReader item, int index, Set<String> names, RegexSyntax regex,
            boolean grpc) {
        if (item.broken()) {
            return new Rule("", index, List.of(), true, HttpFilters.NONE, List.of(), null, null, Retry.NONE);
        }
        String name = item.text("name", "");
        if (!name.isEmpty() && !names.add(name)) {
            item.warning("name", "is \"" + name + "\", the name of an earlier rule", "a name of its own");
            name = "";
        }
        int before = document.mark();
        List<JsonReader> items = item.objects("matches");
        boolean incomplete = items.isEmpty() && document.failedSince(before);
        List<Match> matches = new ArrayList<>();
        boolean prefixes = true;
        for (int i = 0; i < items.size(); i++) {
            int mark = document.mark();
            RouteMatch match = grpc ? GrpcRoute.match(items.get(i), regex) : match(items.get(i), regex);
            if (!document.failedSince(mark) && !items.get(i).broken()) {
                matches.add(new Match(match, i));
                prefixes &= match.path() instanceof PathMatch.Prefix;
            }
        }
        incomplete |= matches.size() < items.size();
        if (items.isEmpty() && !incomplete) {
            matches.add(new Match(RouteMatch.ALL, 0));
        }
        HttpFilters filters = HttpFilters.read(document, item, prefixes, true, grpc);
        List<BackendRef> backends = new ArrayList<>();
        int marked = document.mark();
        for (JsonReader backend : item.objects("backendRefs")) {
            backends.add(backend(document, backend, grpc));
        }
        if (filters.redirect() != null && !backends.isEmpty()) {
            item.warning("backendRefs", "has no effect together with RequestRedirect", "nothing");
        } else if (filters.redirect() == null && !document.failedSince(marked)
                && backends.stream().allMatch(backend -> backend.weight() == 0)) {
            item.warning("backendRefs",
                    (backends.isEmpty() ? "is empty" : "has no weight above 0") + ", so that the rule answers " + failure(grpc),
                    grpc ? "a backend" : "a backend, or the filter RequestRedirect");
        }
        Resilience.RuleTimes times = grpc ? GrpcRoute.withoutTimes(item) : Resilience.ruleTimes(item);
        if (item.any("sessionPersistence") != null) {
            item.warning("sessionPersistence", "has no effect yet", "nothing");
        }
        boolean foreign = item.has("predicates");
        if (foreign) {
            item.ignore("predicates");
            item.error("predicates", "is a field of Spring Cloud Gateway, so that the rule matches no request",
                    "matches, such as [{path: {value: /cart}}]");
        }
        Set<String> misspelled = item
                .finish(Map.of("matches", "the rule matches no request", "filters", "the rule answers " + failure(grpc)));
        if (misspelled.contains("matches")) {
            matches.clear();
            incomplete = true;
        }
        if (misspelled.contains("filters")) {
            filters = filters.invalid();
        }
        if (foreign) {
            matches.clear();
            incomplete = true;
        }
        return new Rule(name, index, List.copyOf(matches), incomplete, filters, List.copyOf(backends), times.request(),
                times.backendRequest(), times.retry());
    }

    private static BackendRef backend(Document document, JsonReader item, boolean grpc) {
        int mark = document.mark();
        ResourceKey key = target(document, item);
        int port = (int) item.integer("port", 0, 1, 65535);
        boolean valid = !document.failedSince(mark);
        // An invalid weight gets no requests.
        int weight = (int) item.integer("weight", item.has("weight") ? 0 : 1, 0, 1_000_000);
        HttpFilters filters = HttpFilters.read(document, item, false, false, grpc);
        if (!item.finish(Map.of("filters", "its share of the requests gets " + failure(grpc))).isEmpty()) {
            filters = filters.invalid();
        }
        return new BackendRef(key, port, weight, filters, item.path(), valid);
    }

    static ResourceKey target(Document document, JsonReader item) {
        if (item.has("uri") && !item.has("name")) {
            item.ignore("uri");
            item.error("uri", "is not a field of a reference",
                    "name and port of a Service, or group: jigress.io, kind: Backend, name");
        }
        return document.reference(item.text("group", Kinds.CORE), item.text("kind", "Service"),
                item.text("namespace", document.namespace()),
                item.has("uri") ? item.text("name", "") : item.requiredText("name"));
    }

    /// A backend that is referred to without weight and filters.
    static BackendRef plainBackend(Document document, JsonReader item) {
        int mark = document.mark();
        ResourceKey key = target(document, item);
        int port = (int) item.integer("port", 0, 1, 65535);
        boolean valid = !document.failedSince(mark);
        item.finish();
        return new BackendRef(key, port, 1, HttpFilters.NONE, item.path(), valid);
    }

    private static RouteMatch match(JsonReader item, RegexSyntax regex) {
        PathMatch path = path(item.object("path"), regex);
        String method = item.text("method");
        if (method != null && !HeaderName.isToken(method)) {
            item.error("method", "is \"" + method + "\"", "a method such as GET");
        } else if (method != null && !METHODS.contains(method) && METHODS.contains(method.toUpperCase(Locale.ROOT))) {
            item.error("method", "is \"" + method + "\", which no request has", method.toUpperCase(Locale.ROOT));
        }
        List<ValueMatch> headers = values(item.objects("headers"), true, regex);
        List<ValueMatch> queries = values(item.objects("queryParams"), false, regex);
        item.finishStrictly(LEFT_OUT);
        return new RouteMatch(path, method, headers, queries);
    }

    private static PathMatch path(JsonReader item, RegexSyntax regex) {
        String value = item.text("value", "/");
        String type = item.text("type", "PathPrefix");
        item.finishStrictly(LEFT_OUT);
        return switch (type) {
            case "PathPrefix" -> {
                checkWildcards(item, "value", value);
                yield prefix(item, "value", value);
            }
            case "Exact" -> {
                requirePath(item, "value", value);
                checkWildcards(item, "value", value);
                yield new PathMatch.Exact(value);
            }
            case "RegularExpression" -> {
                requireRegex(item, "value", value, regex);
                yield new PathMatch.Regex(value);
            }
            default -> {
                item.unknown("type", type, List.of("Exact", "PathPrefix", "RegularExpression"));
                yield PathMatch.ALL;
            }
        };
    }

    /// A prefix consists of whole segments: a trailing slash is ignored.
    static PathMatch prefix(JsonReader item, String field, String value) {
        requirePath(item, field, value);
        String shortened = value;
        while (shortened.length() > 1 && shortened.endsWith("/")) {
            shortened = shortened.substring(0, shortened.length() - 1);
        }
        return shortened.equals("/") ? PathMatch.ALL : new PathMatch.Prefix(shortened);
    }

    static void requirePath(JsonReader item, String field, String value) {
        if (!value.startsWith("/") || value.contains("//") || value.contains("/./") || value.contains("/../")
                || value.endsWith("/..")
                || value.endsWith("/.") || value.contains("#") || value.contains("?")) {
            item.error(field, "is \"" + value + "\"", "a path that begins with / and has no //, /./, /../, ? or #");
        }
    }

    /// Reports path syntax that is a variable or wildcard in other gateways.
    static void checkWildcards(JsonReader item, String field, String value) {
        if (VARIABLE.matcher(value).find()) {
            item.error(field, "is \"" + value + "\", and paths have no variables",
                    "path.type: RegularExpression with an expression such as [^/]+");
        } else if (value.contains("*")) {
            String prefix = value.substring(0, value.indexOf('*')).replaceFirst("/$", "");
            item.warning(field, "is \"" + value + "\", whose * stands for itself and not for other characters",
                    ALL_BELOW.matcher(value).find()
                            ? (prefix.isEmpty() ? "/" : prefix) + " with a prefix type, which matches all paths below it"
                            : "path.type: RegularExpression");
        }
    }

    static void requireRegex(JsonReader item, String field, String expression, RegexSyntax regex) {
        String fault = regex.fault(expression);
        if (fault != null) {
            Matcher around = LOOK_AROUND.matcher(expression);
            String place = around.find()
                    ? "look-ahead or look-behind at character " + (around.start() + 1) + ", which RE2 does not have"
                    : fault;
            item.error(field, "is \"" + expression + "\": " + place, "an RE2 expression");
        }
    }

    /// Sorted by name, so that matches which differ only in order are equal values.
    static List<ValueMatch> values(List<JsonReader> items, boolean headers, RegexSyntax regex) {
        List<ValueMatch> values = new ArrayList<>(items.size());
        Set<String> names = new HashSet<>();
        for (JsonReader item : items) {
            String name = item.requiredText("name");
            if (headers && !name.isEmpty() && !HeaderName.isToken(name)) {
                item.error("name", "is \"" + name + "\"", "a header name");
            }
            name = headers ? name.toLowerCase(Locale.ROOT) : name;
            String type = item.text("type", "Exact");
            if (!item.has("value")) {
                item.error("value", "is missing", "a string");
            }
            String value = item.text("value", "");
            item.finishStrictly(LEFT_OUT);
            if (!type.equals("Exact") && !type.equals("RegularExpression")) {
                item.unknown("type", type, List.of("Exact", "RegularExpression"));
            } else if (type.equals("RegularExpression")) {
                requireRegex(item, "value", value, regex);
                if (headers && value.chars().anyMatch(c -> c > 0xff)) {
                    item.warning("value", "is \"" + value + "\", with a character that no header value has",
                            "Latin-1 characters: header values are read as such");
                }
            } else if (headers && (!HeaderName.isValue(value) || !value.equals(value.strip()))) {
                item.error("value", "is \"" + value + "\", which no header value is equal to",
                        "Latin-1 text without control characters, and without spaces at its ends");
            }
            if (!names.add(name)) {
                // Gateway API: of several matches on one name only the first counts.
                item.warning("name", "is \"" + name + "\" again and has no effect", "a name once");
                continue;
            }
            values.add(type.equals("RegularExpression") ? new ValueMatch.Regex(name, value) : new ValueMatch.Exact(name, value));
        }
        values.sort(Comparator.comparing(ValueMatch::name));
        return values;
    }
}
