package io.jigress.dubbo.type;

import io.jigress.api.Json;
import io.jigress.dubbo.type.Shape.Any;
import io.jigress.dubbo.type.Shape.Constant;
import io.jigress.dubbo.type.Shape.Entries;
import io.jigress.dubbo.type.Shape.Fields;
import io.jigress.dubbo.type.Shape.Items;
import io.jigress.dubbo.type.Shape.Maybe;
import io.jigress.dubbo.type.Shape.Plain;
import io.jigress.dubbo.wire.HessianWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Writes JSON as the argument of a Java type. A number that stands in quotes counts as one, so that no client loses digits.
public final class ArgumentWriter {

    /// How the provider is called.
    public enum Form {
        /// The method itself: objects are of their classes.
        DIRECT,
        /// `$invoke` of the generic service: objects are maps, which the provider turns into their classes.
        GENERIC
    }

    /// @param zone of dates and times that name none
    /// @param refuseUnknown whether a JSON member that the bean does not have is a misfit; else it is left out
    public record Settings(Form form, ZoneId zone, boolean refuseUnknown) {
    }

    /// JSON that does not fit its type.
    ///
    /// @param path of the place within the argument: `.items[3].price`; empty for the argument itself
    public record Misfit(String path, String expected, String found) {
        private static final int SHOWN = 60;

        static String shown(Json value) {
            return switch (value) {
                case Json.Obj _ -> "an object";
                case Json.Arr array -> "an array of " + array.items().size();
                case Json.Str _,Json.Num _,Json.Bool _ -> {
                    String text = value.toString();
                    yield value.typeName() + " " + (text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text);
                }
                case Json.Null _ -> "null";
            };
        }
    }

    private static final Pattern UUID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");
    private static final int MAX_DIGITS = 1_000;
    /// In generic calls a provider takes it for the class that it is to make.
    private static final String CLASS = "class";

    private final HessianWriter out;
    private final Settings settings;
    private final TemporalWriter temporal;

    public ArgumentWriter(HessianWriter out, Settings settings) {
        this.out = out;
        this.settings = settings;
        this.temporal = new TemporalWriter(out, settings.zone());
    }

    /// @return null when the value was written; else what does not fit, and the output is of no use
    public @Nullable Misfit write(Shape shape, Json value) {
        try {
            write(shape, value, false);
            return null;
        } catch (MisfitException e) {
            return new Misfit(e.path.toString(), e.expected, e.found);
        }
    }

    private static final class MisfitException extends Exception {
        private final StringBuilder path = new StringBuilder();
        private final String expected;
        private final String found;

        MisfitException(String expected, String found) {
            super(expected, null, false, false);
            this.expected = expected;
            this.found = found;
        }

        MisfitException at(String step) {
            path.insert(0, step);
            return this;
        }
    }

    private static MisfitException misfit(String expected, Json value) {
        return new MisfitException(expected, Misfit.shown(value));
    }

    /// @param erased the provider does not know the type of this place, as within a collection: the value must say it itself
    private void write(Shape shape, Json value, boolean erased) throws MisfitException {
        if (value == Json.Null.NULL) {
            if (shape instanceof Plain plain && plain.primitive()) {
                throw misfit(plain.type().expected(), value);
            }
            out.nothing();
            return;
        }
        switch (shape) {
            case Plain plain -> plain(plain.type(), value, erased);
            case Items items -> {
                List<Json> all = items(value);
                out.list(items.type(), all.size());
                elements(items.element(), all, true);
            }
            case Shape.Array array -> {
                List<Json> all = items(value);
                // The provider makes the array of the elements, which are not of their classes yet.
                boolean typed = settings.form() == Form.DIRECT || array.element() instanceof Plain;
                out.list(typed ? array.type() : null, all.size());
                elements(array.element(), all, false);
            }
            case Entries entries -> entries(entries, value);
            case Constant constant -> constant(constant, value);
            case Maybe maybe -> write(maybe.value(), value, erased);
            case Fields fields -> fields(fields, value);
            case Any _ -> any(value);
        }
    }

    // ---- containers

    private static List<Json> items(Json value) throws MisfitException {
        if (value instanceof Json.Arr array) {
            return array.items();
        }
        throw misfit("an array", value);
    }

    private void elements(Shape element, List<Json> items, boolean erased) throws MisfitException {
        for (int i = 0; i < items.size(); i++) {
            try {
                write(element, items.get(i), erased);
            } catch (MisfitException e) {
                throw e.at("[" + i + "]");
            }
        }
    }

    private void entries(Entries shape, Json value) throws MisfitException {
        if (value instanceof Json.Arr pairs) {
            pairs(shape, pairs);
            return;
        }
        if (!(value instanceof Json.Obj object)) {
            throw misfit("an object, or an array of objects with key and value", value);
        }
        out.map(shape.type());
        for (Map.Entry<String, Json> member : object.members().entrySet()) {
            try {
                refuseClass(member.getKey());
                key(shape.key(), member.getKey());
                write(shape.value(), member.getValue(), true);
            } catch (MisfitException e) {
                throw e.at("." + member.getKey());
            }
        }
        out.endOfMap();
    }

    private void key(Shape shape, String name) throws MisfitException {
        if (shape instanceof Items || shape instanceof Shape.Array || shape instanceof Entries || shape instanceof Fields) {
            throw new MisfitException("an array of objects with key and value, since a key is no plain value", "an object");
        }
        write(shape, new Json.Str(name), true);
    }

    /// `[{"key": …, "value": …}, …]`, for keys that are no text.
    private void pairs(Entries shape, Json.Arr pairs) throws MisfitException {
        out.map(shape.type());
        for (int i = 0; i < pairs.items().size(); i++) {
            Json pair = pairs.items().get(i);
            if (!(pair instanceof Json.Obj object) || object.members().size() != 2 || object.members().get("key") == null
                    || object.members().get("value") == null) {
                throw misfit("an object with key and value", pair).at("[" + i + "]");
            }
            try {
                Json key = object.members().get("key");
                if (key instanceof Json.Str text) {
                    refuseClass(text.value());
                }
                write(shape.key(), key, true);
                write(shape.value(), object.members().getOrDefault("value", Json.Null.NULL), true);
            } catch (MisfitException e) {
                throw e.at("[" + i + "]");
            }
        }
        out.endOfMap();
    }

    private void fields(Fields shape, Json value) throws MisfitException {
        if (!(value instanceof Json.Obj object)) {
            throw misfit("an object (" + shape.type() + ")", value);
        }
        List<String> names = new ArrayList<>();
        for (String name : object.members().keySet()) {
            if (!shape.known() || shape.fields().containsKey(name)) {
                names.add(name);
            } else if (settings.refuseUnknown()) {
                throw new MisfitException("a field of " + shape.type(), "a member of another name").at("." + name);
            }
        }
        boolean generic = settings.form() == Form.GENERIC;
        if (generic) {
            out.map(null);
        } else {
            out.object(shape.type(), names);
        }
        for (String name : names) {
            try {
                if (generic) {
                    refuseClass(name);
                    out.text(name);
                }
                write(shape.fields().getOrDefault(name, Any.ANY), object.members().getOrDefault(name, Json.Null.NULL), false);
            } catch (MisfitException e) {
                throw e.at("." + name);
            }
        }
        if (generic) {
            out.endOfMap();
        }
    }

    private void refuseClass(String name) throws MisfitException {
        if (settings.form() == Form.GENERIC && name.equals(CLASS)) {
            throw new MisfitException("another name: in a generic call it would choose the provider's class", "class");
        }
    }

    private void constant(Constant shape, Json value) throws MisfitException {
        if (!(value instanceof Json.Str text)
                || !shape.constants().isEmpty() && !shape.constants().contains(text.value())) {
            throw misfit(shape.constants().isEmpty()
                    ? "the name of a constant of " + shape.type()
                    : "one of " + String.join(", ", shape.constants()), value);
        }
        if (settings.form() == Form.GENERIC) {
            out.text(text.value());
        } else {
            out.object(shape.type(), Handles.NAME);
            out.text(text.value());
        }
    }

    private void any(Json value) throws MisfitException {
        switch (value) {
            case Json.Obj object -> {
                out.map(null);
                for (Map.Entry<String, Json> member : object.members().entrySet()) {
                    try {
                        refuseClass(member.getKey());
                        out.text(member.getKey());
                        any(member.getValue());
                    } catch (MisfitException e) {
                        throw e.at("." + member.getKey());
                    }
                }
                out.endOfMap();
            }
            case Json.Arr array -> {
                out.list(null, array.items().size());
                elements(Any.ANY, array.items(), true);
            }
            case Json.Str text -> out.text(text.value());
            case Json.Num number -> number(decimal(PlainType.NUMBER, number));
            case Json.Bool bool -> out.bool(bool.value());
            case Json.Null _ -> out.nothing();
        }
    }

    /// A whole number becomes an `Integer`, a `Long` or a `BigInteger`, any other a `Double`, or a `BigDecimal` where that would lose
    /// digits.
    private void number(BigDecimal value) {
        if (value.scale() <= 0 && value.precision() - value.scale() <= 19) {
            BigInteger whole = value.toBigInteger();
            if (whole.bitLength() < 32) {
                out.integer(whole.intValue());
            } else if (whole.bitLength() < 64) {
                out.longInteger(whole.longValue());
            } else {
                bigInteger(whole);
            }
            return;
        }
        double real = value.doubleValue();
        if (value.scale() > 0 && Double.isFinite(real) && new BigDecimal(Double.toString(real)).compareTo(value) == 0) {
            out.real(real);
        } else if (value.scale() == 0) {
            bigInteger(value.toBigInteger());
        } else {
            bigDecimal(value);
        }
    }

    // ---- plain values

    private void plain(PlainType type, Json value, boolean erased) throws MisfitException {
        switch (type) {
            case BOOLEAN -> out.bool(bool(value));
            case BYTE -> small(Handles.BYTE, (int) whole(type, value, Byte.MIN_VALUE, Byte.MAX_VALUE), erased);
            case SHORT -> small(Handles.SHORT, (int) whole(type, value, Short.MIN_VALUE, Short.MAX_VALUE), erased);
            case INT -> out.integer((int) whole(type, value, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case LONG -> out.longInteger(whole(type, value, Long.MIN_VALUE, Long.MAX_VALUE));
            case FLOAT -> real32(value, erased);
            case DOUBLE -> out.real(real(PlainType.DOUBLE, value));
            case CHAR -> {
                if (!(value instanceof Json.Str text) || text.value().length() != 1) {
                    throw misfit(type.expected(), value);
                }
                out.text(text.value());
            }
            case STRING, CHARS -> out.text(text(type, value));
            case BIG_DECIMAL -> bigDecimal(decimal(type, value));
            case BIG_INTEGER -> bigInteger(bigWhole(value));
            case NUMBER -> number(decimal(type, value));
            case BYTES -> out.bytes(bytes(value));
            case DATE -> out.date(millis(type, value));
            case SQL_DATE -> dated("java.sql.Date", millis(type, value));
            case SQL_TIME -> dated("java.sql.Time", millis(type, value));
            case SQL_TIMESTAMP -> dated("java.sql.Timestamp", millis(type, value));
            case CALENDAR -> {
                long millis = millis(type, value);
                out.object(Handles.CALENDAR, List.of("date", "type"));
                out.date(millis);
                out.nothing();
            }
            case INSTANT -> {
                if (value instanceof Json.Num) {
                    temporal.instant(Instant.ofEpochMilli(whole(type, value, Long.MIN_VALUE, Long.MAX_VALUE)));
                } else {
                    temporal(type, value);
                }
            }
            case LOCAL_DATE, LOCAL_TIME, LOCAL_DATE_TIME, OFFSET_DATE_TIME, OFFSET_TIME, ZONED_DATE_TIME, YEAR_MONTH, MONTH_DAY,
                    DURATION, PERIOD, ZONE_ID, ZONE_OFFSET ->
                temporal(type, value);
            case YEAR -> temporal(type, value instanceof Json.Num number ? new Json.Str(number.literal()) : value);
            case UUID -> {
                String text = text(type, value);
                if (!UUID.matcher(text).matches()) {
                    throw misfit(type.expected(), value);
                }
                held("java.util.UUID", Handles.VALUE, text);
            }
            case LOCALE -> held(Handles.LOCALE, Handles.VALUE, text(type, value).replace('-', '_'));
            case CURRENCY -> {
                String code = text(type, value);
                if (!CURRENCY.matcher(code).matches()) {
                    throw misfit(type.expected(), value);
                }
                held("java.util.Currency", List.of("currencyCode"), code);
            }
            case URI -> held("java.net.URI", List.of("string"), text(type, value));
            case ATOMIC_INTEGER -> {
                int whole = (int) whole(type, value, Integer.MIN_VALUE, Integer.MAX_VALUE);
                out.object("java.util.concurrent.atomic.AtomicInteger", Handles.VALUE);
                out.integer(whole);
            }
            case ATOMIC_LONG -> {
                long whole = whole(type, value, Long.MIN_VALUE, Long.MAX_VALUE);
                out.object("java.util.concurrent.atomic.AtomicLong", Handles.VALUE);
                out.longInteger(whole);
            }
        }
    }

    private static boolean bool(Json value) throws MisfitException {
        if (value instanceof Json.Bool bool) {
            return bool.value();
        }
        if (value instanceof Json.Str text && (text.value().equals("true") || text.value().equals("false"))) {
            return text.value().equals("true");
        }
        throw misfit(PlainType.BOOLEAN.expected(), value);
    }

    private static String text(PlainType type, Json value) throws MisfitException {
        if (value instanceof Json.Str text) {
            return text.value();
        }
        throw misfit(type.expected(), value);
    }

    private static BigDecimal decimal(PlainType type, Json value) throws MisfitException {
        String digits = switch (value) {
            case Json.Num number -> number.literal();
            case Json.Str text -> text.value();
            case Json.Obj _,Json.Arr _,Json.Bool _,Json.Null _ -> "";
        };
        if (!digits.isEmpty() && digits.length() <= MAX_DIGITS) {
            try {
                return new BigDecimal(digits);
            } catch (NumberFormatException _) {
                // Said below.
            }
        }
        throw misfit(type.expected(), value);
    }

    private static long whole(PlainType type, Json value, long least, long most) throws MisfitException {
        try {
            long whole = value instanceof Json.Num number && number.literal().length() < 19 && plainDigits(number.literal())
                    ? Long.parseLong(number.literal())
                    : decimal(type, value).longValueExact();
            if (whole >= least && whole <= most) {
                return whole;
            }
        } catch (ArithmeticException _) {
            // A fraction, or too large.
        }
        throw misfit(type.expected(), value);
    }

    private static boolean plainDigits(String literal) {
        for (int i = literal.charAt(0) == '-' ? 1 : 0; i < literal.length(); i++) {
            if (literal.charAt(i) < '0' || literal.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static BigInteger bigWhole(Json value) throws MisfitException {
        BigDecimal decimal = decimal(PlainType.BIG_INTEGER, value);
        if ((long) decimal.precision() - decimal.scale() > MAX_DIGITS) {
            throw misfit("a whole number of at most " + MAX_DIGITS + " digits", value);
        }
        try {
            return decimal.toBigIntegerExact();
        } catch (ArithmeticException _) {
            throw misfit(PlainType.BIG_INTEGER.expected(), value);
        }
    }

    private static double real(PlainType type, Json value) throws MisfitException {
        if (value instanceof Json.Str text) {
            switch (text.value()) {
                case "NaN" -> {
                    return Double.NaN;
                }
                case "Infinity" -> {
                    return Double.POSITIVE_INFINITY;
                }
                case "-Infinity" -> {
                    return Double.NEGATIVE_INFINITY;
                }
                default -> {
                }
            }
        }
        // Of the literal, since a BigDecimal has no -0.
        decimal(type, value);
        String digits = value instanceof Json.Str text ? text.value() : value.toString();
        double real = type == PlainType.FLOAT ? Float.parseFloat(digits) : Double.parseDouble(digits);
        if (Double.isInfinite(real)) {
            throw misfit("a number of at most " + (type == PlainType.FLOAT ? Float.MAX_VALUE : Double.MAX_VALUE), value);
        }
        return real;
    }

    private void real32(Json value, boolean erased) throws MisfitException {
        double real = real(PlainType.FLOAT, value);
        // As Dubbo writes a float: the double with the same digits.
        double sameDigits = Double.parseDouble(Float.toString((float) real));
        if (erased && settings.form() == Form.DIRECT) {
            out.object(Handles.FLOAT, Handles.PRIMITIVE_VALUE);
        }
        out.real(sameDigits);
    }

    private void small(String handle, int value, boolean erased) {
        if (erased && settings.form() == Form.DIRECT) {
            out.object(handle, Handles.PRIMITIVE_VALUE);
        }
        out.integer(value);
    }

    private void bigDecimal(BigDecimal value) {
        held("java.math.BigDecimal", Handles.VALUE, value.toString());
    }

    /// As its fields: the sign, and the magnitude in words, the highest first. The other fields are caches.
    private void bigInteger(BigInteger value) {
        byte[] bytes = value.abs().toByteArray();
        int words = value.signum() == 0 ? 0 : (value.abs().bitLength() + 31) / 32;
        out.object("java.math.BigInteger", List.of("signum", "mag"));
        out.integer(value.signum());
        out.list("[int", words);
        for (int word = words - 1; word >= 0; word--) {
            int bits = 0;
            for (int i = 3; i >= 0; i--) {
                int at = bytes.length - 1 - (4 * word + i);
                bits = bits << 8 | (at < 0 ? 0 : bytes[at] & 0xff);
            }
            out.integer(bits);
        }
    }

    private static byte[] bytes(Json value) throws MisfitException {
        if (value instanceof Json.Arr array) {
            byte[] bytes = new byte[array.items().size()];
            for (int i = 0; i < bytes.length; i++) {
                try {
                    bytes[i] = (byte) whole(PlainType.BYTE, array.items().get(i), Byte.MIN_VALUE, 255);
                } catch (MisfitException e) {
                    throw e.at("[" + i + "]");
                }
            }
            return bytes;
        }
        String text = text(PlainType.BYTES, value);
        try {
            return Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'));
        } catch (IllegalArgumentException _) {
            throw misfit(PlainType.BYTES.expected(), value);
        }
    }

    private long millis(PlainType type, Json value) throws MisfitException {
        if (value instanceof Json.Num) {
            return whole(type, value, Long.MIN_VALUE, Long.MAX_VALUE);
        }
        String text = text(type, value);
        try {
            return type == PlainType.SQL_TIME && text.indexOf('-') < 0 ? temporal.millisOfTime(text) : temporal.millis(text);
        } catch (DateTimeException | ArithmeticException _) {
            try {
                return Long.parseLong(text);
            } catch (NumberFormatException _) {
                throw misfit(type.expected(), value);
            }
        }
    }

    private void dated(String type, long millis) {
        out.object(type, Handles.VALUE);
        out.date(millis);
    }

    private void held(String type, List<String> fields, String value) {
        out.object(type, fields);
        out.text(value);
    }

    private void temporal(PlainType type, Json value) throws MisfitException {
        String text = text(type, value);
        try {
            temporal.write(type, text);
        } catch (DateTimeException | ArithmeticException _) {
            throw misfit(type.expected(), value);
        }
    }
}
