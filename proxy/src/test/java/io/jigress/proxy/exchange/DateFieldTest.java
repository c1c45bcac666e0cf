package io.jigress.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DateFieldTest {
    private final AtomicLong millis = new AtomicLong();
    private final DateField date = new DateField(millis::get);

    @Test
    void isAnImfFixdate() {
        assertThat(at("1994-11-06T08:49:37.999Z")).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
        assertThat(at("2026-09-01T00:00:00Z")).isEqualTo("Tue, 01 Sep 2026 00:00:00 GMT");
        for (int month = 1; month <= 12; month++) {
            assertThat(at("2026-%02d-28T23:59:59Z".formatted(month)))
                    .matches(
                            "(Mon|Tue|Wed|Thu|Fri|Sat|Sun), 28 (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) 2026 23:59:59 GMT");
        }
    }

    @Test
    void isMadeOnceASecond() {
        String first = at("2026-09-01T00:00:00Z");
        assertThat(at("2026-09-01T00:00:00.999Z")).isSameAs(first);
        assertThat(at("2026-09-01T00:00:01Z")).isEqualTo("Tue, 01 Sep 2026 00:00:01 GMT");
    }

    private String at(String instant) {
        millis.set(Instant.parse(instant).toEpochMilli());
        return date.value();
    }
}
