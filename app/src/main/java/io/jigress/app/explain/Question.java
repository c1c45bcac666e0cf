package io.jigress.app.explain;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The request to explain.
///
/// @param target path and query
public record Question(String method, String scheme, String authority, String target, List<Map.Entry<String, String>> headers) {

    /// @param fault null when the question is valid
    public record Read(Question question, @Nullable String fault) {}

    /// @param headers `name: value` each
    public static Read read(String method, String url, List<String> headers) {
        List<Map.Entry<String, String>> fields = new ArrayList<>();
        String fault = method.matches("[A-Za-z]{1,32}")
                ? null
                : "the method is \"" + method + "\" (expected: a word such as GET)";
        for (String header : headers) {
            int colon = header.indexOf(':');
            if (colon <= 0 || header.chars().anyMatch(c -> c < ' ' && c != '\t' || c == 0x7f)) {
                fault = "the header is \"" + header + "\" (expected: name: value)";
            } else {
                fields.add(Map.entry(header.substring(0, colon).strip(), header.substring(colon + 1).strip()));
            }
        }
        URI uri = uri(url);
        if (uri == null) {
            fault = "the URL is \"" + url + "\" (expected: such as http://shop.example/cart?id=1)";
        }
        return new Read(of(method, uri == null ? URI.create("http://localhost/") : uri, fields), fault);
    }

    private static @Nullable URI uri(String url) {
        try {
            URI uri = URI.create(url.contains("://") ? url : "http://" + url);
            boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            return web && uri.getRawAuthority() != null && uri.getHost() != null ? uri : null;
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static Question of(String method, URI uri, List<Map.Entry<String, String>> headers) {
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return new Question(method.toUpperCase(Locale.ROOT), uri.getScheme().toLowerCase(Locale.ROOT), uri.getRawAuthority(),
                path + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery()), headers);
    }
}
