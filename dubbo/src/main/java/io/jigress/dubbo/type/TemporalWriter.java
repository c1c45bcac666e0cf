package io.jigress.dubbo.type;

import io.jigress.dubbo.wire.HessianWriter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.TemporalAccessor;
import java.util.List;

/// Writes dates and times given as text in Hessian. Its methods throw a [DateTimeException] for an invalid text.
final class TemporalWriter {
    /// `2026-01-31`, `2026-01-31T12:00`, `2026-01-31 12:00:00.5+0100`, with a zone or without.
    private static final DateTimeFormatter LENIENT = new DateTimeFormatterBuilder().append(DateTimeFormatter.ISO_LOCAL_DATE)
            .optionalStart().appendPattern("['T'][' ']").append(DateTimeFormatter.ISO_LOCAL_TIME)
            .optionalStart().appendPattern("[XXX][XX][X]").optionalEnd()
            .optionalStart().appendLiteral('[').parseCaseSensitive().appendZoneRegionId().appendLiteral(']').optionalEnd()
            .optionalEnd().toFormatter(java.util.Locale.ROOT);

    private final HessianWriter out;
    private final ZoneId zone;

    /// @param zone of dates and times without a zone
    TemporalWriter(HessianWriter out, ZoneId zone) {
        this.out = out;
        this.zone = zone;
    }

    /// The milliseconds of a date, or of a date and time.
    long millis(String text) {
        return instant(text).toEpochMilli();
    }

    private Instant instant(String text) {
        TemporalAccessor parsed = LENIENT.parseBest(text, ZonedDateTime::from, OffsetDateTime::from, LocalDateTime::from,
                LocalDate::from);
        return switch (parsed) {
            case ZonedDateTime at -> at.toInstant();
            case OffsetDateTime at -> at.toInstant();
            case LocalDateTime at -> at.atZone(zone).toInstant();
            case LocalDate at -> at.atStartOfDay(zone).toInstant();
            default -> throw new DateTimeException(text);
        };
    }

    /// The milliseconds of a time of day on the first day of 1970.
    long millisOfTime(String text) {
        return LocalTime.parse(text).atDate(LocalDate.EPOCH).atZone(zone).toInstant().toEpochMilli();
    }

    void write(PlainType type, String text) {
        switch (type) {
            case INSTANT -> instant(Instant.from(LENIENT.parseBest(text, ZonedDateTime::from, OffsetDateTime::from)));
            case LOCAL_DATE -> date(LocalDate.parse(text));
            case LOCAL_TIME -> time(LocalTime.parse(text));
            case LOCAL_DATE_TIME -> dateTime(LocalDateTime.from(LENIENT.parse(text)));
            case OFFSET_DATE_TIME -> {
                OffsetDateTime at = OffsetDateTime.from(LENIENT.parse(text));
                out.object(Handles.OFFSET_DATE_TIME, List.of("offset", "dateTime"));
                offset(at.getOffset());
                dateTime(at.toLocalDateTime());
            }
            case OFFSET_TIME -> {
                OffsetTime at = OffsetTime.parse(text);
                out.object(Handles.OFFSET_TIME, List.of("zoneOffset", "localTime"));
                offset(at.getOffset());
                time(at.toLocalTime());
            }
            case ZONED_DATE_TIME -> {
                ZonedDateTime at = ZonedDateTime.parse(text);
                out.object(Handles.ZONED_DATE_TIME, List.of("offset", "dateTime", "zoneId"));
                offset(at.getOffset());
                dateTime(at.toLocalDateTime());
                out.text(at.getZone().getId());
            }
            case YEAR -> integers(Handles.YEAR, List.of("year"), Year.parse(text).getValue());
            case YEAR_MONTH -> {
                YearMonth at = YearMonth.parse(text);
                integers(Handles.YEAR_MONTH, List.of("month", "year"), at.getMonthValue(), at.getYear());
            }
            case MONTH_DAY -> {
                MonthDay at = MonthDay.parse(text);
                integers(Handles.MONTH_DAY, List.of("day", "month"), at.getDayOfMonth(), at.getMonthValue());
            }
            case DURATION -> {
                Duration duration = Duration.parse(text);
                out.object(Handles.DURATION, List.of("nanos", "seconds"));
                out.integer(duration.getNano());
                out.longInteger(duration.getSeconds());
            }
            case PERIOD -> {
                Period period = Period.parse(text);
                integers(Handles.PERIOD, List.of("days", "months", "years"), period.getDays(), period.getMonths(),
                        period.getYears());
            }
            case ZONE_ID -> {
                out.object(Handles.ZONE_ID, List.of("zoneId"));
                out.text(ZoneId.of(text).getId());
            }
            case ZONE_OFFSET -> offset(ZoneOffset.of(text));
            default -> throw new IllegalArgumentException(type + " (expected: a type of java.time)");
        }
    }

    void instant(Instant at) {
        out.object(Handles.INSTANT, List.of("nanos", "seconds"));
        out.integer(at.getNano());
        out.longInteger(at.getEpochSecond());
    }

    private void date(LocalDate at) {
        integers(Handles.LOCAL_DATE, List.of("day", "month", "year"), at.getDayOfMonth(), at.getMonthValue(), at.getYear());
    }

    private void time(LocalTime at) {
        integers(Handles.LOCAL_TIME, List.of("nano", "second", "minute", "hour"), at.getNano(), at.getSecond(), at.getMinute(),
                at.getHour());
    }

    private void dateTime(LocalDateTime at) {
        out.object(Handles.LOCAL_DATE_TIME, List.of("time", "date"));
        time(at.toLocalTime());
        date(at.toLocalDate());
    }

    private void offset(ZoneOffset offset) {
        integers(Handles.ZONE_OFFSET, List.of("seconds"), offset.getTotalSeconds());
    }

    private void integers(String handle, List<String> fields, int... values) {
        out.object(handle, fields);
        for (int value : values) {
            out.integer(value);
        }
    }
}
