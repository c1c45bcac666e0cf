package io.jigress.proxy.exchange;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Reads the Accept field of a request (RFC 9110, 12.5.1).
final class AcceptField {
    private AcceptField() {}

    /// Whether JSON is named, by `application/json` or a type such as `application/problem+json`, with a weight (`q`) no less than that of
    /// the other type. Ranges (`*/*`) are not enough: a client that accepts everything gets the other type.
    static boolean prefersJson(@Nullable String accept, String other) {
        if (accept == null || !accept.toLowerCase(Locale.ROOT).contains("json")) {
            return false;
        }
        String family = other.substring(0, other.indexOf('/')) + "/*";
        double json = 0;
        double rival = 0;
        int precision = 0;
        for (String element : accept.toLowerCase(Locale.ROOT).split(",", -1)) {
            int semicolon = element.indexOf(';');
            String type = (semicolon < 0 ? element : element.substring(0, semicolon)).strip();
            double quality = quality(element);
            if (type.equals("application/json") || type.endsWith("+json")) {
                json = Math.max(json, quality);
            }
            // The most specific element that matches the other type determines its weight.
            int fits = type.equals(other) ? 3 : type.equals(family) ? 2 : type.equals("*/*") ? 1 : 0;
            if (fits > precision) {
                precision = fits;
                rival = quality;
            }
        }
        return json > 0 && json >= rival;
    }

    private static double quality(String element) {
        for (String parameter : element.split(";", -1)) {
            String text = parameter.strip();
            if (text.startsWith("q=")) {
                try {
                    return Math.clamp(Double.parseDouble(text.substring(2)), 0, 1);
                } catch (NumberFormatException _) {
                    return 0;
                }
            }
        }
        return 1;
    }
}
