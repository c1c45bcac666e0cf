package io.jigress.filters.cors;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The configuration of `cors`: which origins may read responses, and which methods and headers they may use.
///
/// @param anyOrigin whether every origin may read responses, by `*` in the response; never together with credentials
/// @param origins exact ones, in lower case
/// @param methods upper case; the single `*` for all
/// @param headers as written; the single `*` for all
/// @param exposed as written
/// @param enforced whether requests that are not allowed are refused; else the upstream answers them and browsers hide the responses from pages
record CorsPolicy(boolean anyOrigin, Set<String> origins, List<OriginPattern> patterns, List<String> methods,
        List<String> headers,
        List<String> exposed, boolean credentials, int maxAgeSeconds, boolean enforced) {

    CorsPolicy {
        origins = Set.copyOf(origins);
        patterns = List.copyOf(patterns);
        methods = List.copyOf(methods);
        headers = List.copyOf(headers);
        exposed = List.copyOf(exposed);
    }

    boolean allowsOrigin(String origin) {
        if (anyOrigin) {
            return true;
        }
        String lowerCase = origin.toLowerCase(Locale.ROOT);
        if (origins.contains(lowerCase)) {
            return true;
        }
        for (int i = 0; i < patterns.size(); i++) {
            if (patterns.get(i).matches(lowerCase)) {
                return true;
            }
        }
        return false;
    }

    boolean allowsMethod(String method) {
        if (all(methods)) {
            return true;
        }
        // An origin that may use GET may also use HEAD.
        String wanted = method.equals("HEAD") && methods.contains("GET") ? "GET" : method;
        for (int i = 0; i < methods.size(); i++) {
            if (methods.get(i).equalsIgnoreCase(wanted)) {
                return true;
            }
        }
        return false;
    }

    /// Whether all of a comma-separated list of names are allowed.
    boolean allowsHeaders(String names) {
        if (all(headers)) {
            return true;
        }
        for (String name : names.split(",", -1)) {
            String wanted = name.strip();
            if (!wanted.isEmpty() && headers.stream().noneMatch(wanted::equalsIgnoreCase)) {
                return false;
            }
        }
        return true;
    }

    boolean allMethods() {
        return all(methods);
    }

    boolean allHeaders() {
        return all(headers);
    }

    boolean exposesAll() {
        return all(exposed);
    }

    private static boolean all(List<String> values) {
        return values.size() == 1 && values.getFirst().equals("*");
    }
}
