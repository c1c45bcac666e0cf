package io.jigress.filters.cors;

import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Answers preflight requests itself, refuses origins and methods that are not allowed, and replaces the upstream's CORS headers.
final class CorsFilter implements HttpFilter {
    private static final HeaderName ALLOW_ORIGIN = HeaderName.of("access-control-allow-origin");
    private static final HeaderName ALLOW_CREDENTIALS = HeaderName.of("access-control-allow-credentials");
    private static final HeaderName ALLOW_METHODS = HeaderName.of("access-control-allow-methods");
    private static final HeaderName ALLOW_HEADERS = HeaderName.of("access-control-allow-headers");
    private static final HeaderName EXPOSE_HEADERS = HeaderName.of("access-control-expose-headers");
    private static final HeaderName MAX_AGE = HeaderName.of("access-control-max-age");
    private static final HeaderName REQUEST_METHOD = HeaderName.of("access-control-request-method");
    private static final HeaderName REQUEST_HEADERS = HeaderName.of("access-control-request-headers");
    private static final List<HeaderName> OWN = List.of(ALLOW_ORIGIN, ALLOW_CREDENTIALS, ALLOW_METHODS, ALLOW_HEADERS,
            EXPOSE_HEADERS, MAX_AGE);
    private static final String NOT_ALLOWED = "";

    /// What is added to the response: the origin that may read it, or [#NOT_ALLOWED]. Absent when there was no Origin, or when the
    /// filter answered. Each instance has its own key, since two of these filters may see one exchange.
    private final ExchangeKey<String> allowed = new ExchangeKey<>("cors.allowed");

    private final CorsPolicy policy;
    private final String methods;
    private final String headers;
    private final String exposed;
    private final String maxAge;
    private final FilterDecision refusal;

    CorsFilter(CorsPolicy policy) {
        this.policy = policy;
        this.methods = String.join(",", policy.methods());
        this.headers = String.join(",", policy.headers());
        this.exposed = String.join(",", policy.exposed());
        this.maxAge = Integer.toString(policy.maxAgeSeconds());
        List<Map.Entry<HeaderName, String>> fields = new ArrayList<>();
        vary(fields);
        this.refusal = new FilterDecision.Reply(
                LocalReply.error(403, fields, "Invalid CORS request", "cors_refused"));
    }

    @Override
    public FilterDecision onRequestHead(Exchange exchange) {
        RequestHead request = exchange.request();
        String origin = request.headers().first(HeaderName.ORIGIN);
        if (origin == null || origin.isEmpty()) {
            return FilterDecision.CONTINUE;
        }
        String wanted = request.method().equals("OPTIONS") ? request.headers().first(REQUEST_METHOD) : null;
        boolean preflight = wanted != null && !wanted.isEmpty();
        if (!policy.allowsOrigin(origin)) {
            if ((policy.enforced() || preflight) && !sameAuthority(request, origin)) {
                return refusal;
            }
            exchange.put(allowed, NOT_ALLOWED);
            return FilterDecision.CONTINUE;
        }
        if (wanted != null && preflight) {
            return preflight(request, origin, wanted);
        }
        if (policy.enforced() && !policy.allowsMethod(request.method())) {
            if (!sameAuthority(request, origin)) {
                return refusal;
            }
            exchange.put(allowed, NOT_ALLOWED);
            return FilterDecision.CONTINUE;
        }
        exchange.put(allowed, origin);
        return FilterDecision.CONTINUE;
    }

    @Override
    public FilterDecision onResponseHead(Exchange exchange) {
        ResponseHead response = exchange.response();
        if (response == null) {
            return FilterDecision.CONTINUE;
        }
        Headers fields = response.headers();
        String origin = exchange.get(allowed);
        if (origin != null) {
            for (int i = 0; i < OWN.size(); i++) {
                fields.remove(OWN.get(i));
            }
            if (!origin.equals(NOT_ALLOWED)) {
                fields.add(ALLOW_ORIGIN, policy.anyOrigin() ? "*" : origin);
                if (policy.credentials()) {
                    fields.add(ALLOW_CREDENTIALS, "true");
                }
                String names = policy.exposesAll() && policy.credentials() ? names(fields) : exposed;
                if (!names.isEmpty()) {
                    fields.add(EXPOSE_HEADERS, names);
                }
            }
        }
        // Also without an Origin: a cache must not reuse that response for requests that have one (Fetch standard, "CORS protocol and HTTP caches").
        if (!policy.anyOrigin() && !variesByOrigin(fields)) {
            fields.add(HeaderName.VARY, "Origin");
        }
        return FilterDecision.CONTINUE;
    }

    private FilterDecision preflight(RequestHead request, String origin, String method) {
        String names = request.headers().first(REQUEST_HEADERS);
        if (policy.enforced() && (!policy.allowsMethod(method) || names != null && !policy.allowsHeaders(names))) {
            return refusal;
        }
        List<Map.Entry<HeaderName, String>> fields = new ArrayList<>();
        fields.add(Map.entry(ALLOW_ORIGIN, policy.anyOrigin() ? "*" : origin));
        // With credentials a browser takes "*" literally, so the response lists the names from the request.
        if (!methods.isEmpty()) {
            fields.add(Map.entry(ALLOW_METHODS, policy.allMethods() && policy.credentials() ? method : methods));
        }
        if (names != null && !names.isEmpty() && policy.allHeaders()) {
            fields.add(Map.entry(ALLOW_HEADERS, names));
        } else if (!headers.isEmpty() && !(policy.allHeaders() && policy.credentials())) {
            fields.add(Map.entry(ALLOW_HEADERS, headers));
        }
        if (!exposed.isEmpty() && !(policy.exposesAll() && policy.credentials())) {
            fields.add(Map.entry(EXPOSE_HEADERS, exposed));
        }
        if (policy.credentials()) {
            fields.add(Map.entry(ALLOW_CREDENTIALS, "true"));
        }
        fields.add(Map.entry(MAX_AGE, maxAge));
        vary(fields);
        return new FilterDecision.Reply(new LocalReply(200, fields, new byte[0], "cors_preflight"));
    }

    /// The names of a response's fields, for use instead of `*`, which a browser takes literally with credentials (Fetch standard, "HTTP responses").
    private static String names(Headers fields) {
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < fields.size(); i++) {
            String name = fields.nameAt(i).toLowerCase(Locale.ROOT);
            if (!name.startsWith("access-control-") && !name.equals("set-cookie")) {
                names.add(name);
            }
        }
        return String.join(",", names);
    }

    private void vary(List<Map.Entry<HeaderName, String>> fields) {
        if (!policy.anyOrigin()) {
            fields.add(Map.entry(HeaderName.VARY, "Origin"));
        }
    }

    private static boolean variesByOrigin(Headers fields) {
        if (!fields.contains(HeaderName.VARY)) {
            return false;
        }
        for (int i = 0; i < fields.size(); i++) {
            if (fields.isAt(i, HeaderName.VARY) && listsOrigin(fields.valueAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean listsOrigin(String names) {
        for (String name : names.split(",", -1)) {
            if (name.strip().equalsIgnoreCase("origin") || name.strip().equals("*")) {
                return true;
            }
        }
        return false;
    }

    /// Whether the page is from the host of the request. Then the request is not cross-origin, or the origins differ in the scheme only,
    /// which a gateway behind a TLS terminator cannot see.
    private static boolean sameAuthority(RequestHead request, String origin) {
        int host = origin.indexOf("://");
        return host >= 0 && withoutPort(request.authority()).equals(withoutPort(origin.substring(host + 3)));
    }

    /// In lower case, without a default port of `http` or `https`.
    private static String withoutPort(String authority) {
        String lowerCase = authority.toLowerCase(Locale.ROOT);
        if (lowerCase.endsWith(":80")) {
            return lowerCase.substring(0, lowerCase.length() - 3);
        }
        return lowerCase.endsWith(":443") ? lowerCase.substring(0, lowerCase.length() - 4) : lowerCase;
    }
}
