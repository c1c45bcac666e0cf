package io.jigress.filters.cors;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HeaderName;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The factory of `cors`, with the fields of Higress's plugin of that name.
public final class CorsFactory implements FilterFactory<CorsPolicy> {
    private static final List<String> DEFAULT_METHODS = List.of("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS");
    private static final List<String> DEFAULT_HEADERS = List.of("DNT", "X-CustomHeader", "Keep-Alive", "User-Agent",
            "X-Requested-With", "If-Modified-Since",
            "Cache-Control", "Content-Type", "Authorization");
    private static final String LEFT_OUT = "the filter is left out";
    private static final Map<String, String> DECISIVE = Map.of("allow_origins", LEFT_OUT, "allow_origin_patterns", LEFT_OUT,
            "allow_methods", LEFT_OUT, "allow_headers", LEFT_OUT, "allow_credentials", LEFT_OUT, "enforce", LEFT_OUT);
    private static final int DEFAULT_MAX_AGE_SECONDS = 86_400;

    @Override
    public String name() {
        return "cors";
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.AUTHZ;
    }

    @Override
    public int priority() {
        return 340;
    }

    @Override
    public CorsPolicy parse(JsonReader config) {
        boolean credentials = config.bool("allow_credentials", false);
        List<String> origins = config.texts("allow_origins");
        List<String> written = config.texts("allow_origin_patterns");
        boolean named = config.has("allow_origins") || config.has("allow_origin_patterns");
        boolean any = origins.contains("*") || !named && !credentials;
        if (credentials && any) {
            config.error("allow_origins", "is * together with allow_credentials: true",
                    "named origins, or allow_origin_patterns: ['*']");
        } else if (credentials && origins.isEmpty() && written.isEmpty()) {
            config.warning("allow_origins", "is empty together with allow_credentials: true, so no origin is allowed",
                    "named origins, or allow_origin_patterns");
        }
        Set<String> exact = origins(config, origins);
        List<OriginPattern> patterns = patterns(config, written);
        List<String> methods = tokens(config, "allow_methods", DEFAULT_METHODS).stream()
                .map(method -> method.toUpperCase(Locale.ROOT)).toList();
        List<String> headers = tokens(config, "allow_headers", DEFAULT_HEADERS);
        List<String> exposed = tokens(config, "expose_headers", List.of());
        int maxAge = (int) config.integer("max_age", DEFAULT_MAX_AGE_SECONDS, 0, Integer.MAX_VALUE);
        boolean enforced = config.bool("enforce", true);
        // If one of these were missing, every origin, or every method, would be allowed.
        config.finish(DECISIVE);
        return new CorsPolicy(any, exact, patterns, methods, headers, exposed, credentials, maxAge, enforced);
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(CorsPolicy config) {
        return CompletableFuture.completedFuture(_ -> new CorsFilter(config));
    }

    private static Set<String> origins(JsonReader config, List<String> written) {
        Set<String> exact = new LinkedHashSet<>();
        for (int i = 0; i < written.size(); i++) {
            String origin = withoutSlash(written.get(i).strip().toLowerCase(Locale.ROOT));
            if (origin.equals("*")) {
                continue;
            }
            if (origin.equals("null") || origin.matches("[a-z][a-z0-9+.-]*://[^/*\\s]+")) {
                exact.add(origin);
            } else {
                config.error("allow_origins[" + i + "]", "is \"" + written.get(i) + "\"",
                        "scheme://host or scheme://host:port, or *; patterns go to allow_origin_patterns");
            }
        }
        return exact;
    }

    private static List<OriginPattern> patterns(JsonReader config, List<String> written) {
        List<OriginPattern> patterns = new ArrayList<>();
        for (int i = 0; i < written.size(); i++) {
            String text = withoutSlash(written.get(i).strip().toLowerCase(Locale.ROOT));
            // A text that does not begin like an origin cannot match any.
            OriginPattern pattern = text.matches("(\\*|[a-z][a-z0-9+.-]*:|[a-z][a-z0-9+.-]*\\*).*")
                    ? OriginPattern.parse(text)
                    : null;
            if (pattern == null) {
                config.error("allow_origin_patterns[" + i + "]", "is \"" + written.get(i) + "\"",
                        "such as https://*.example.com, https://*.example.com:[8080,9090], https://*.example.com:[*], *");
            } else {
                patterns.add(pattern);
            }
        }
        return patterns;
    }

    /// A list of names; if it contains `*`, the others are dropped. Each item may be a comma-separated list itself, as in Higress.
    private static List<String> tokens(JsonReader config, String field, List<String> fallback) {
        List<String> tokens = new ArrayList<>();
        List<String> written = config.texts(field);
        for (int i = 0; i < written.size(); i++) {
            for (String item : written.get(i).split(",", -1)) {
                if (HeaderName.isToken(item.strip())) {
                    tokens.add(item.strip());
                } else {
                    config.error(field + "[" + i + "]", "is \"" + written.get(i) + "\"", "a name, or *");
                }
            }
        }
        if (tokens.contains("*")) {
            return List.of("*");
        }
        return config.has(field) ? tokens : fallback;
    }

    private static String withoutSlash(String text) {
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }
}
