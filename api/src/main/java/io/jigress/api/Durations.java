package io.jigress.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Durations as Go and Gateway API (GEP-2257) write them: `1h`, `1m30s`, `250ms`; a fraction is allowed (`1.5s`).
public final class Durations {
    private Durations() {}

    /// The duration, or null when the text is not valid. A bare `0` is zero; negative durations are refused.
    public static @Nullable Duration parse(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        double nanos = 0;
        int i = 0;
        while (i < text.length()) {
            int start = i;
            while (i < text.length() && (Character.isDigit(text.charAt(i)) || text.charAt(i) == '.')) {
                i++;
            }
            int unit = i;
            while (i < text.length() && Character.isLetter(text.charAt(i))) {
                i++;
            }
            double scale = switch (text.substring(unit, i)) {
                case "ns" -> 1;
                case "us", "µs" -> 1e3;
                case "ms" -> 1e6;
                case "s" -> 1e9;
                case "m" -> 60e9;
                case "h" -> 3600e9;
                default -> -1;
            };
            if (scale < 0 || start == unit) {
                return null;
            }
            try {
                nanos += Double.parseDouble(text.substring(start, unit)) * scale;
            } catch (NumberFormatException _) {
                return null;
            }
        }
        return text.isEmpty() || nanos > Long.MAX_VALUE ? null : Duration.ofNanos(Math.round(nanos));
    }

    /// The shortest text that [#parse] reads back: `90s` becomes `1m30s`.
    public static String print(Duration duration) {
        long nanos = duration.toNanos();
        if (nanos == 0) {
            return "0s";
        }
        if (nanos % 1_000_000 != 0) {
            return nanos % 1_000 == 0 ? nanos / 1_000 + "us" : nanos + "ns";
        }
        long millis = nanos / 1_000_000;
        StringBuilder out = new StringBuilder();
        if (millis >= 3_600_000) {
            out.append(millis / 3_600_000).append('h');
        }
        if (millis / 60_000 % 60 != 0) {
            out.append(millis / 60_000 % 60).append('m');
        }
        if (millis / 1_000 % 60 != 0) {
            out.append(millis / 1_000 % 60).append('s');
        }
        if (millis % 1_000 != 0) {
            out.append(millis % 1_000).append("ms");
        }
        return out.toString();
    }
}
