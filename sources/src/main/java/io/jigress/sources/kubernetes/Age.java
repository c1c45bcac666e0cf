package io.jigress.sources.kubernetes;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// Times with their age, as readable text.
final class Age {
    private Age() {}

    /// `2026-11-23T07:12:00Z, 3 h old`
    static String of(Instant then, Instant now) {
        long seconds = Math.max(0, Duration.between(then, now).toSeconds());
        String text = seconds < 120
                ? seconds + " s"
                : seconds < 7200 ? seconds / 60 + " min" : seconds < 172_800 ? seconds / 3600 + " h" : seconds / 86_400 + " days";
        return then.truncatedTo(ChronoUnit.SECONDS) + ", " + text + " old";
    }
}
