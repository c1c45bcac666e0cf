package io.jigress.waf;

import io.jigress.waf.model.Variable;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

/// The variables `TIME` and `TIME_DAY` to `TIME_YEAR`, in UTC.
final class TimeVariables {
    private TimeVariables() {
    }

    static String text(Variable variable, long millis) {
        ZonedDateTime time = Instant.ofEpochMilli(millis).atZone(ZoneOffset.UTC);
        return switch (variable) {
            case TIME_DAY -> Integer.toString(time.getDayOfMonth());
            case TIME_HOUR -> Integer.toString(time.getHour());
            case TIME_MIN -> Integer.toString(time.getMinute());
            case TIME_MON -> Integer.toString(time.getMonthValue() - 1);
            case TIME_SEC -> Integer.toString(time.getSecond());
            case TIME_WDAY -> Integer.toString(time.getDayOfWeek().getValue() % 7);
            case TIME_YEAR -> Integer.toString(time.getYear());
            default -> time.toLocalTime().truncatedTo(ChronoUnit.SECONDS).format(DateTimeFormatter.ISO_LOCAL_TIME);
        };
    }
}
