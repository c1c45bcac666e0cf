package io.jigress.dubbo.type;

import io.jigress.dubbo.wire.HessianLimits;
import io.jigress.dubbo.wire.HessianValue;
import io.jigress.dubbo.wire.HessianValue.Bean;
import io.jigress.dubbo.wire.HessianValue.Binary;
import io.jigress.dubbo.wire.HessianValue.Bool;
import io.jigress.dubbo.wire.HessianValue.Date;
import io.jigress.dubbo.wire.HessianValue.Int;
import io.jigress.dubbo.wire.HessianValue.Long64;
import io.jigress.dubbo.wire.HessianValue.Mapping;
import io.jigress.dubbo.wire.HessianValue.Null;
import io.jigress.dubbo.wire.HessianValue.Real;
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
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Writes a provider's result as JSON text. References are followed, so that shared values are repeated; a value that contains itself,
/// or that exceeds the limits in this way, is refused.
public final class ResultWriter {

    /// How values are represented.
    ///
    /// @param classes whether an object has a member `class` with the name of its class
    /// @param textLongs whether `long`, `BigInteger` and `BigDecimal` are strings, for clients that read numbers as doubles
    /// @param millis whether a `Date` is a number of milliseconds; else it is text such as `2026-01-31T12:00:00Z`
    /// @param generic the result of a generic call: maps carry the names of their classes
    public record Settings(boolean classes, boolean textLongs, boolean millis, boolean generic) {
    }

    private static final Set<String> JDK_ENUMS = Set.of("java.time.DayOfWeek", "java.time.Month", "java.util.concurrent.TimeUnit",
            "java.time.temporal.ChronoUnit", "java.math.RoundingMode");

    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    private final TypeCatalog catalog;
    private final Settings settings;
    private final HessianLimits limits;
    private final int maxChars;
    private final StringBuilder out = new StringBuilder();
    private int depth;
    private int values;

    private ResultWriter(TypeCatalog catalog, Settings settings, HessianLimits limits, int maxChars) {
        this.catalog = catalog;
        this.settings = settings;
        this.limits = limits;
        this.maxChars = maxChars;
    }

    private static final class BeyondLimits extends Exception {
        BeyondLimits() {
            super(null, null, false, false);
        }
    }

    /// @param maxChars the longest text
    /// @return null when the value exceeds the limits
    public static @Nullable String write(HessianValue value, TypeCatalog catalog, Settings settings, HessianLimits limits,
            int maxChars) {
        ResultWriter writer = new ResultWriter(catalog, settings, limits, maxChars);
        try {
            writer.value(value);
            return writer.out.toString();
        } catch (BeyondLimits _) {
            return null;
        }
    }

    private void value(HessianValue value) throws BeyondLimits {
        if (++values > limits.values() || out.length() > maxChars) {
            throw new BeyondLimits();
        }
        switch (value) {
            case Null _ -> out.append("null");
            case Bool bool -> out.append(bool.value());
            case Int number -> out.append(number.value());
            case Long64 number -> number(Long.toString(number.value()));
            case Real real -> real(real.value());
            case Text text -> string(text.value());
            case Binary binary -> string(Base64.getEncoder().encodeToString(binary.value()));
            case Date date -> date(date.millis());
            case Sequence list -> list(list);
            case Mapping map -> map(map);
            case Bean bean -> bean(bean);
        }
    }

    private void enter() throws BeyondLimits {
        if (++depth > limits.depth()) {
            throw new BeyondLimits();
        }
    }

    private void list(Sequence list) throws BeyondLimits {
        enter();
        out.append('[');
        boolean floats = "[float".equals(list.type());
        for (int i = 0; i < list.items().size(); i++) {
            if (i > 0) {
                out.append(',');
            }
            value(list.items().get(i), floats);
        }
        out.append(']');
        depth--;
    }

    /// @param real32 whether it is a `float`, which the provider has widened to a double with more digits
    private void value(HessianValue value, boolean real32) throws BeyondLimits {
        if (real32 && value instanceof Real real && Double.isFinite(real.value())) {
            out.append((float) real.value());
        } else {
            value(value);
        }
    }

    private void map(Mapping map) throws BeyondLimits {
        enter();
        if (plainKeys(map)) {
            out.append('{');
            boolean first = true;
            for (int i = 0; i < map.keys().size(); i++) {
                if (settings.generic() && !settings.classes() && namesClass(map.keys().get(i), map.values().get(i))) {
                    continue;
                }
                if (!first) {
                    out.append(',');
                }
                first = false;
                key(map.keys().get(i));
                out.append(':');
                value(map.values().get(i));
            }
            out.append('}');
        } else {
            out.append('[');
            for (int i = 0; i < map.keys().size(); i++) {
                out.append(i > 0 ? ",{\"key\":" : "{\"key\":");
                value(map.keys().get(i));
                out.append(",\"value\":");
                value(map.values().get(i));
                out.append('}');
            }
            out.append(']');
        }
        depth--;
    }

    /// A generic call returns objects as maps with an additional entry for the class.
    private static boolean namesClass(HessianValue key, HessianValue value) {
        return key instanceof Text name && name.value().equals("class") && value instanceof Text type
                && type.value().indexOf('.') > 0 && className(type.value());
    }

    private static boolean className(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) != '.' && !Character.isJavaIdentifierPart(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private boolean plainKeys(Mapping map) {
        for (HessianValue key : map.keys()) {
            boolean plain = switch (key) {
                case Null _,Bool _,Int _,Long64 _,Real _,Text _,Date _ -> true;
                case Bean bean -> plain(bean) != null;
                case Binary _,Sequence _,Mapping _ -> false;
            };
            if (!plain) {
                return false;
            }
        }
        return true;
    }

    private void key(HessianValue key) {
        switch (key) {
            case Null _ -> string("null");
            case Bool bool -> string(Boolean.toString(bool.value()));
            case Int number -> string(Integer.toString(number.value()));
            case Long64 number -> string(Long.toString(number.value()));
            case Real real -> string(Double.toString(real.value()));
            case Text text -> string(text.value());
            case Date date -> string(settings.millis() ? Long.toString(date.millis()) : iso(date.millis()));
            case Bean bean -> {
                Plain plain = plain(bean);
                string(plain == null ? "" : plain.text());
            }
            case Binary _,Sequence _,Mapping _ -> throw new IllegalStateException(key + " (expected: a plain key)");
        }
    }

    private void bean(Bean bean) throws BeyondLimits {
        Plain plain = plain(bean);
        if (plain != null) {
            if (plain.number()) {
                number(plain.text());
            } else {
                string(plain.text());
            }
            return;
        }
        HessianValue held = held(bean);
        if (held != null) {
            enter();
            value(held);
            depth--;
            return;
        }
        enter();
        out.append('{');
        boolean first = true;
        if (settings.classes()) {
            out.append("\"class\":");
            string(bean.definition().type());
            first = false;
        }
        List<String> fields = bean.definition().fields();
        TypeCatalog.Definition known = catalog.find(bean.definition().type());
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).isEmpty()) {
                continue;
            }
            if (!first) {
                out.append(',');
            }
            first = false;
            string(fields.get(i));
            out.append(':');
            value(bean.values().get(i), known != null && JavaType.FLOAT.equals(known.fields().get(fields.get(i))));
        }
        out.append('}');
        depth--;
    }

    /// The value of a class that only wraps another value, or null.
    private static @Nullable HessianValue held(Bean bean) {
        return switch (bean.definition().type()) {
            case "java.sql.Date", "java.sql.Time", "java.sql.Timestamp", "java.util.concurrent.atomic.AtomicInteger",
                    "java.util.concurrent.atomic.AtomicLong", "java.util.concurrent.atomic.AtomicBoolean" ->
                bean.get("value");
            case Handles.BYTE, Handles.SHORT, Handles.FLOAT -> bean.get("_value");
            case Handles.CALENDAR -> bean.get("date");
            case Handles.ENUM_SET -> bean.get("objects");
            default -> null;
        };
    }

    // ---- objects that are one value in JSON

    private record Plain(String text, boolean number) {
    }

    private static @Nullable Plain text(@Nullable HessianValue value) {
        return value instanceof Text text ? new Plain(text.value(), false) : null;
    }

    /// Null for an object that is written with its fields.
    private @Nullable Plain plain(Bean bean) {
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
                    new Plain(Instant.ofEpochSecond(whole(bean, "seconds"), whole(bean, "nanos")).toString(), false);
                case Handles.DURATION ->
                    new Plain(Duration.ofSeconds(whole(bean, "seconds"), whole(bean, "nanos")).toString(), false);
                case Handles.PERIOD -> new Plain(Period.of(number(bean, "years"), number(bean, "months"), number(bean, "days"))
                        .toString(), false);
                case Handles.YEAR -> new Plain(Integer.toString(number(bean, "year")), true);
                case Handles.YEAR_MONTH -> new Plain(YearMonth.of(number(bean, "year"), number(bean, "month")).toString(), false);
                case Handles.MONTH_DAY -> new Plain(MonthDay.of(number(bean, "month"), number(bean, "day")).toString(), false);
                case Handles.LOCAL_DATE -> new Plain(date(bean).toString(), false);
                case Handles.LOCAL_TIME -> new Plain(time(bean).toString(), false);
                case Handles.ZONE_OFFSET -> new Plain(offset(bean).toString(), false);
                case Handles.LOCAL_DATE_TIME -> new Plain(dateTime(bean), false);
                case Handles.OFFSET_TIME ->
                    new Plain(time(part(bean, "localTime")).atOffset(offset(part(bean, "zoneOffset"))).toString(),
                            false);
                case Handles.OFFSET_DATE_TIME -> {
                    Bean at = part(bean, "dateTime");
                    yield new Plain(date(part(at, "date")).atTime(time(part(at, "time"))).atOffset(offset(part(bean, "offset")))
                            .toString(), false);
                }
                case Handles.ZONED_DATE_TIME -> zoned(bean);
                default -> constant(bean);
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
    private @Nullable Plain constant(Bean bean) {
        if (!bean.definition().fields().equals(Handles.NAME) || !(bean.values().getFirst() instanceof Text name)) {
            return null;
        }
        TypeCatalog.Definition known = catalog.find(bean.definition().type());
        boolean constant = known != null
                ? !known.constants().isEmpty()
                : JDK_ENUMS.contains(bean.definition().type()) || upperCase(name.value());
        return constant ? new Plain(name.value(), false) : null;
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

    private static @Nullable Plain bigInteger(Bean bean) {
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
        return new Plain((signum.value() < 0 ? absolute.negate() : absolute).toString(), true);
    }

    private static @Nullable Plain zoned(Bean bean) {
        Bean at = part(bean, "dateTime");
        if (!(bean.get("zoneId") instanceof Text zone)) {
            return null;
        }
        return new Plain(ZonedDateTime.ofLocal(date(part(at, "date")).atTime(time(part(at, "time"))), ZoneId.of(zone.value()),
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
    private static Plain numeric(String text) {
        return new Plain(text, NUMBER.matcher(text).matches());
    }

    // ---- JSON

    private void number(String digits) {
        if (settings.textLongs()) {
            out.append('"').append(digits).append('"');
        } else {
            out.append(digits);
        }
    }

    private void real(double value) {
        if (Double.isFinite(value)) {
            out.append(value);
        } else {
            string(Double.toString(value));
        }
    }

    private void date(long millis) {
        if (settings.millis()) {
            out.append(millis);
        } else {
            string(iso(millis));
        }
    }

    private static String iso(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    private void string(String value) {
        out.append('"');
        int clean = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c >= 0x20 && c != '"' && c != '\\' && !(Character.isSurrogate(c) && lone(value, i))) {
                continue;
            }
            out.append(value, clean, i);
            clean = i + 1;
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> out.append("\\u").append(Integer.toHexString(0x10000 | c), 1, 5);
            }
        }
        out.append(value, clean, value.length()).append('"');
    }

    private static boolean lone(String value, int i) {
        return Character.isHighSurrogate(value.charAt(i))
                ? i + 1 == value.length() || !Character.isLowSurrogate(value.charAt(i + 1))
                : i == 0 || !Character.isHighSurrogate(value.charAt(i - 1));
    }
}
