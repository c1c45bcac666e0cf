package io.jigress.plugins;

import io.jigress.api.Durations;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads fields that plugins of several types have.
public final class PluginFields {
    private static final Pattern QUANTITY = Pattern.compile("([0-9]{1,12})(|Ki|Mi|Gi|k|M|G)");
    private static final Map<String, Long> UNITS = Map.of("", 1L, "Ki", 1L << 10, "Mi", 1L << 20, "Gi", 1L << 30, "k", 1000L, "M",
            1_000_000L, "G", 1_000_000_000L);
    private static final Duration LEAST = Duration.ofMillis(1);

    private PluginFields() {}

    /// Whether requests pass without the plugin when it fails (`failStrategy`).
    public static boolean failsOpen(JsonReader config) {
        return config.choice("failStrategy", Boolean.FALSE, word -> switch (word) {
            case "FAIL_OPEN" -> Boolean.TRUE;
            case "FAIL_CLOSE" -> Boolean.FALSE;
            default -> null;
        }, "FAIL_OPEN or FAIL_CLOSE");
    }

    /// A limit of a time, from 1ms.
    ///
    /// @return the fallback where there is none, and for an invalid one, which is reported
    public static Duration duration(JsonReader limits, String field, Duration fallback, Duration most) {
        Duration given = limits.duration(field);
        if (given == null) {
            return fallback;
        }
        if (given.compareTo(LEAST) < 0 || given.compareTo(most) > 0) {
            limits.error(field, "is " + Durations.print(given), "1ms to " + Durations.print(most));
            return fallback;
        }
        return given;
    }

    /// A number of bytes, as Kubernetes writes quantities: `65536`, `64Ki`, `16Mi`, `64k`.
    ///
    /// @return the fallback where there is none, and for an invalid one, which is reported
    public static long bytes(JsonReader limits, String field, long fallback, long least, long most) {
        Json given = limits.any(field);
        if (given == null) {
            return fallback;
        }
        Matcher matcher = QUANTITY.matcher(given instanceof Json.Str(String text) ? text : given.toString());
        long bytes = matcher.matches() ? Long.parseLong(matcher.group(1)) * UNITS.getOrDefault(matcher.group(2), 1L) : -1;
        if (bytes < least || bytes > most) {
            limits.error(field, "is " + given, "a quantity from " + print(least) + " to " + print(most) + ", such as 16Mi");
            return fallback;
        }
        return bytes;
    }

    private static String print(long bytes) {
        return bytes >= 1 << 30 ? (bytes >> 30) + "Gi" : bytes >= 1 << 20 ? (bytes >> 20) + "Mi" : (bytes >> 10) + "Ki";
    }
}
