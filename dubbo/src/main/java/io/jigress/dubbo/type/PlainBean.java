package io.jigress.dubbo.type;

import io.jigress.dubbo.wire.HessianValue;
import io.jigress.dubbo.wire.HessianValue.Bean;
import io.jigress.dubbo.wire.HessianValue.Int;
import io.jigress.dubbo.wire.HessianValue.Long64;
import io.jigress.dubbo.wire.HessianValue.Sequence;
import io.jigress.dubbo.wire.HessianValue.Text;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.Period;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// An object of a provider that is one value in JSON: numbers, times and names of the JDK, and enums.
///
/// @param number whether the text is a JSON number; else it is a string
record PlainBean(String text, boolean number) {
    private static final Set<String> JDK_ENUMS = Set.of("java.time.DayOfWeek", "java.time.Month", "java.util.concurrent.TimeUnit",
            "java.time.temporal.ChronoUnit", "java.math.RoundingMode");

    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    private static @Nullable PlainBean text(@Nullable HessianValue value) {
        return value instanceof Text text ? new PlainBean(text.value(), false) : null;
    }

    /// Null for an object that is written with its fields.
    static @Nullable PlainBean of(Bean bean, TypeCatalog catalog) {
        try {
            return switch (bean.definition().type()) {
                case "java.math.BigDecimal" -> bean.get("value") instanceof Text text ? numeric(text.value()) : null;
                case "java.math.BigInteger" -> bigInteger(bean);
                case "java.util.UUID", Handles.LOCALE -> text(bean.get("value"));
                case "java.util.Currency" -> text(bean.get("currencyCode"));
                case "java.net.URI" -> text(bean.get("string"));
                case "java.lang.Class" -> text(bean.get("name"));
                case Handles.ZONE_ID -> text(bean.get("zoneId"));
                case Handles.INSTANT ->
                    new PlainBean(Instant.ofEpochSecond(whole(bean, "seconds"), whole(bean, "nanos")).toString(), false);
                case Handles.DURATION ->
                    new PlainBean(Duration.ofSeconds(whole(bean, "seconds"), whole(bean, "nanos")).toString(), false);
                case Handles.PERIOD ->
                    new PlainBean(Period.of(number(bean, "years"), number(bean, "months"), number(bean, "days"))
                            .toString(), false);
                case Handles.YEAR -> new PlainBean(Integer.toString(number(bean, "year")), true);
                case Handles.YEAR_MONTH ->
                    new PlainBean(YearMonth.of(number(bean, "year"), number(bean, "month")).toString(), false);
                case Handles.MONTH_DAY ->
                    new PlainBean(MonthDay.of(number(bean, "month"), number(bean, "day")).toString(), false);
                case Handles.LOCAL_DATE -> new PlainBean(date(bean).toString(), false);
                case Handles.LOCAL_TIME -> new PlainBean(time(bean).toString(), false);
                case Handles.ZONE_OFFSET -> new PlainBean(offset(bean).toString(), false);
                case Handles.LOCAL_DATE_TIME -> new PlainBean(dateTime(bean), false);
                case Handles.OFFSET_TIME ->
                    new PlainBean(time(part(bean, "localTime")).atOffset(offset(part(bean, "zoneOffset"))).toString(),
                            false);
                case Handles.OFFSET_DATE_TIME -> {
                    Bean at = part(bean, "dateTime");
                    yield new PlainBean(
                            date(part(at, "date")).atTime(time(part(at, "time"))).atOffset(offset(part(bean, "offset")))
                                    .toString(),
                            false);
                }
                case Handles.ZONED_DATE_TIME -> zoned(bean);
                default -> constant(bean, catalog);
            };
        } catch (DateTimeException | ArithmeticException | NotOfThisKind _) {
            return null;
        }
    }

    private static final class NotOfThisKind extends RuntimeException {
        NotOfThisKind() {
            super(null, null, false, false);
        }
    }

    /// On the wire an enum is an object whose only field is a name. An enum that the catalog does not know is recognised by its upper case.
    private static @Nullable PlainBean constant(Bean bean, TypeCatalog catalog) {
        if (!bean.definition().fields().equals(Handles.NAME) || !(bean.values().getFirst() instanceof Text name)) {
            return null;
        }
        TypeCatalog.Definition known = catalog.find(bean.definition().type());
        boolean constant = known != null
                ? !known.constants().isEmpty()
                : JDK_ENUMS.contains(bean.definition().type()) || upperCase(name.value());
        return constant ? new PlainBean(name.value(), false) : null;
    }

    private static boolean upperCase(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!(c >= 'A' && c <= 'Z' || c == '_' || i > 0 && c >= '0' && c <= '9')) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private static @Nullable PlainBean bigInteger(Bean bean) {
        if (!(bean.get("signum") instanceof Int signum) || !(bean.get("mag") instanceof Sequence magnitude)
                || Math.abs(signum.value()) > 1) {
            return null;
        }
        // The conversion of longer ones to decimal takes more than linear time.
        if (magnitude.items().size() > 1_000) {
            return null;
        }
        byte[] bytes = new byte[4 * magnitude.items().size()];
        for (int i = 0; i < magnitude.items().size(); i++) {
            if (!(magnitude.items().get(i) instanceof Int word)) {
                return null;
            }
            for (int b = 0; b < 4; b++) {
                bytes[4 * i + b] = (byte) (word.value() >> 24 - 8 * b);
            }
        }
        BigInteger absolute = new BigInteger(1, bytes);
        return new PlainBean((signum.value() < 0 ? absolute.negate() : absolute).toString(), true);
    }

    private static @Nullable PlainBean zoned(Bean bean) {
        Bean at = part(bean, "dateTime");
        if (!(bean.get("zoneId") instanceof Text zone)) {
            return null;
        }
        return new PlainBean(ZonedDateTime.ofLocal(date(part(at, "date")).atTime(time(part(at, "time"))), ZoneId.of(zone.value()),
                offset(part(bean, "offset"))).toString(), false);
    }

    private static String dateTime(Bean bean) {
        return date(part(bean, "date")).atTime(time(part(bean, "time"))).toString();
    }

    private static LocalDate date(Bean bean) {
        return LocalDate.of(number(bean, "year"), number(bean, "month"), number(bean, "day"));
    }

    private static LocalTime time(Bean bean) {
        return LocalTime.of(number(bean, "hour"), number(bean, "minute"), number(bean, "second"), number(bean, "nano"));
    }

    private static ZoneOffset offset(Bean bean) {
        return ZoneOffset.ofTotalSeconds(number(bean, "seconds"));
    }

    private static Bean part(Bean bean, String field) {
        if (bean.get(field) instanceof Bean part) {
            return part;
        }
        throw new NotOfThisKind();
    }

    private static int number(Bean bean, String field) {
        if (bean.get(field) instanceof Int number) {
            return number.value();
        }
        throw new NotOfThisKind();
    }

    private static long whole(Bean bean, String field) {
        return bean.get(field) instanceof Long64 number ? number.value() : number(bean, field);
    }

    /// A number if the text is a JSON number, else a string.
    private static PlainBean numeric(String text) {
        return new PlainBean(text, NUMBER.matcher(text).matches());
    }
}
