package io.jigress.dubbo.type;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The types of the JDK that are one value in JSON.
enum PlainType {
    BOOLEAN("true or false"),
    BYTE("a whole number from -128 to 127"),
    SHORT("a whole number from -32768 to 32767"),
    INT("a whole number from -2147483648 to 2147483647"),
    LONG("a whole number from -9223372036854775808 to 9223372036854775807"),
    FLOAT("a number"),
    DOUBLE("a number"),
    CHAR("a string of one UTF-16 unit"),
    STRING("a string"),
    BIG_DECIMAL("a number"),
    BIG_INTEGER("a whole number"),
    NUMBER("a number"),
    BYTES("a string in Base64, or an array of bytes"),
    CHARS("a string"),
    DATE("a date and time such as 2026-01-31T12:00:00Z, or milliseconds since 1970"),
    SQL_DATE("a date such as 2026-01-31, or milliseconds since 1970"),
    SQL_TIME("a time such as 12:00:00, or milliseconds since 1970"),
    SQL_TIMESTAMP("a date and time such as 2026-01-31T12:00:00Z, or milliseconds since 1970"),
    CALENDAR("a date and time such as 2026-01-31T12:00:00Z, or milliseconds since 1970"),
    INSTANT("a date and time such as 2026-01-31T12:00:00Z"),
    LOCAL_DATE("a date such as 2026-01-31"),
    LOCAL_TIME("a time such as 12:00:00"),
    LOCAL_DATE_TIME("a date and time such as 2026-01-31T12:00:00"),
    OFFSET_DATE_TIME("a date and time such as 2026-01-31T12:00:00+01:00"),
    OFFSET_TIME("a time such as 12:00:00+01:00"),
    ZONED_DATE_TIME("a date and time such as 2026-01-31T12:00:00+01:00[Europe/Paris]"),
    YEAR("a year such as 2026"),
    YEAR_MONTH("a month such as 2026-01"),
    MONTH_DAY("a day such as --01-31"),
    DURATION("a duration such as PT1M30S"),
    PERIOD("a period such as P1Y2M3D"),
    ZONE_ID("a time zone such as Europe/Paris"),
    ZONE_OFFSET("an offset such as +01:00"),
    UUID("a UUID"),
    LOCALE("a locale such as zh_CN"),
    CURRENCY("a currency code such as CHF"),
    URI("a URI"),
    ATOMIC_INTEGER("a whole number from -2147483648 to 2147483647"),
    ATOMIC_LONG("a whole number from -9223372036854775808 to 9223372036854775807");

    private static final Map<String, PlainType> BY_NAME = Map.ofEntries(
            Map.entry("boolean", BOOLEAN), Map.entry("java.lang.Boolean", BOOLEAN),
            Map.entry("byte", BYTE), Map.entry("java.lang.Byte", BYTE),
            Map.entry("short", SHORT), Map.entry("java.lang.Short", SHORT),
            Map.entry("int", INT), Map.entry("java.lang.Integer", INT),
            Map.entry("long", LONG), Map.entry("java.lang.Long", LONG),
            Map.entry("float", FLOAT), Map.entry("java.lang.Float", FLOAT),
            Map.entry("double", DOUBLE), Map.entry("java.lang.Double", DOUBLE),
            Map.entry("char", CHAR), Map.entry("java.lang.Character", CHAR),
            Map.entry("java.lang.String", STRING), Map.entry("java.lang.CharSequence", STRING),
            Map.entry("java.math.BigDecimal", BIG_DECIMAL), Map.entry("java.math.BigInteger", BIG_INTEGER),
            Map.entry("java.lang.Number", NUMBER),
            Map.entry("java.util.Date", DATE), Map.entry("java.sql.Date", SQL_DATE), Map.entry("java.sql.Time", SQL_TIME),
            Map.entry("java.sql.Timestamp", SQL_TIMESTAMP), Map.entry("java.util.Calendar", CALENDAR),
            Map.entry("java.util.GregorianCalendar", CALENDAR),
            Map.entry("java.time.Instant", INSTANT), Map.entry("java.time.LocalDate", LOCAL_DATE),
            Map.entry("java.time.LocalTime", LOCAL_TIME), Map.entry("java.time.LocalDateTime", LOCAL_DATE_TIME),
            Map.entry("java.time.OffsetDateTime", OFFSET_DATE_TIME), Map.entry("java.time.OffsetTime", OFFSET_TIME),
            Map.entry("java.time.ZonedDateTime", ZONED_DATE_TIME), Map.entry("java.time.Year", YEAR),
            Map.entry("java.time.YearMonth", YEAR_MONTH), Map.entry("java.time.MonthDay", MONTH_DAY),
            Map.entry("java.time.Duration", DURATION), Map.entry("java.time.Period", PERIOD),
            Map.entry("java.time.ZoneId", ZONE_ID), Map.entry("java.time.ZoneOffset", ZONE_OFFSET),
            Map.entry("java.util.UUID", UUID), Map.entry("java.util.Locale", LOCALE), Map.entry("java.util.Currency", CURRENCY),
            Map.entry("java.net.URI", URI), Map.entry("java.util.concurrent.atomic.AtomicInteger", ATOMIC_INTEGER),
            Map.entry("java.util.concurrent.atomic.AtomicLong", ATOMIC_LONG));

    private final String expected;

    PlainType(String expected) {
        this.expected = expected;
    }

    /// The name of its JSON form in messages.
    String expected() {
        return expected;
    }

    static @Nullable PlainType of(JavaType type) {
        if (type.dimensions() == 0) {
            return BY_NAME.get(type.name());
        }
        if (type.dimensions() == 1) {
            return type.name().equals("byte") ? BYTES : type.name().equals("char") ? CHARS : null;
        }
        return null;
    }
}
