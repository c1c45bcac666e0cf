package io.jigress.control.kinds;

import io.jigress.api.HeaderName;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// The CORS filter of an HTTPRoute, converted to the configuration of the built-in filter `cors`.
final class CorsFilter {
    private static final Pattern ORIGIN = Pattern
            .compile("https?://(?:(?:\\*\\.)?[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)*|\\*)(?::[0-9]{1,5})?");
    private static final String FAILS = "requests get 500";
    /// The methods that need no permission (Fetch standard, "CORS-safelisted method").
    private static final List<String> SAFELISTED = List.of("GET", "HEAD", "POST");
    private static final int DEFAULT_MAX_AGE_SECONDS = 5;

    private CorsFilter() {}

    static Json read(JsonReader item) {
        boolean credentials = item.bool("allowCredentials", false);
        List<Json> origins = new ArrayList<>();
        List<Json> patterns = new ArrayList<>();
        List<String> written = item.texts("allowOrigins");
        for (int i = 0; i < written.size(); i++) {
            origin(item, "allowOrigins[" + i + "]", written.get(i), credentials, origins, patterns);
        }
        if (!item.has("allowOrigins")) {
            item.warning("allowOrigins", "is missing, so that no origin is allowed",
                    "origins such as https://shop.example, or *");
        }
        Json.Builder config = Json.object().put("enforce", Json.of(false)).put("allow_origins", Json.array(origins))
                .put("allow_origin_patterns", Json.array(patterns))
                .put("allow_methods", names(item, "allowMethods", SAFELISTED, "a method such as GET, or *"))
                .put("allow_headers", names(item, "allowHeaders", List.of(), "a header name, or *"))
                .put("expose_headers", names(item, "exposeHeaders", List.of(), "a header name, or *"))
                .put("allow_credentials", Json.of(credentials))
                .put("max_age", Json.of(item.integer("maxAge", DEFAULT_MAX_AGE_SECONDS, 1, Integer.MAX_VALUE)));
        item.finish(Map.of("allowOrigins", FAILS, "allowMethods", FAILS, "allowHeaders", FAILS, "allowCredentials", FAILS));
        return config.build();
    }

    private static void origin(JsonReader item, String field, String written, boolean credentials, List<Json> origins,
            List<Json> patterns) {
        if (written.equals("*")) {
            // With credentials, browsers do not accept `*`.
            (credentials ? patterns : origins).add(Json.of("*"));
            return;
        }
        if (!ORIGIN.matcher(written).matches()) {
            item.error(field, "is \"" + written + "\"",
                    "https://host, https://*.host or https://*, with a port where it has one; or *");
            return;
        }
        // Browsers omit a default port.
        String defaultPort = written.startsWith("https:") ? ":443" : ":80";
        String origin = written.endsWith(defaultPort) ? written.substring(0, written.length() - defaultPort.length()) : written;
        int star = origin.indexOf('*');
        if (star < 0) {
            origins.add(Json.of(origin));
        } else if (origin.startsWith("*.", star)) {
            patterns.add(Json.of(origin));
        } else {
            // Any host, but not any port.
            String port = origin.substring(star + 1);
            patterns.add(Json.of(origin.substring(0, star + 1) + ":[" + (port.isEmpty() ? "" : port.substring(1)) + "]"));
        }
    }

    private static Json names(JsonReader item, String field, List<String> fallback, String expected) {
        List<String> written = item.texts(field);
        for (int i = 0; i < written.size(); i++) {
            if (!HeaderName.isToken(written.get(i))) {
                item.error(field + "[" + i + "]", "is \"" + written.get(i) + "\"", expected);
            }
        }
        if (written.size() > 1 && written.contains("*")) {
            item.error(field, "has * together with others", "* alone, or names");
        }
        List<String> names = item.has(field) ? written : fallback;
        return Json.array(names.stream().map(name -> Json.of(name)).toList());
    }
}
