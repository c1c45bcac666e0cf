package io.jigress.proxy.exchange;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.LongSupplier;

/// The value of the field Date (RFC 9110, 5.6.7), made anew once a second at most. One event loop only.
final class DateField {
    private static final DateTimeFormatter IMF_FIXDATE = DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private final LongSupplier epochMillis;
    private long second = Long.MIN_VALUE;
    private String value = "";

    DateField(LongSupplier epochMillis) {
        this.epochMillis = epochMillis;
    }

    String value() {
        long now = epochMillis.getAsLong() / 1000;
        if (now != second) {
            second = now;
            value = IMF_FIXDATE.format(Instant.ofEpochSecond(now));
        }
        return value;
    }
}
