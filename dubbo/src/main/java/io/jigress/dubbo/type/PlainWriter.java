package io.jigress.dubbo.type;

import io.jigress.api.Json;
import io.jigress.dubbo.wire.HessianWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/// Writes the types that are one value in JSON.
final class PlainWriter {
    private static final Pattern UUID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");
    private static final int MAX_DIGITS = 1_000;

    private final HessianWriter out;
    private final TemporalWriter temporal;

    /// @param zone of dates and times without a zone
    PlainWriter(HessianWriter out, ZoneId zone) {
        this.out = out;
        this.temporal = new TemporalWriter(out, zone);
    }

    /// A number whose type is not known.
    void number(Json.Num value) throws MisfitException {
        number(decimal(PlainType.NUMBER, value));
    }

    /// A whole number becomes an `Integer`, a `Long` or a `BigInteger`, any other a `Double`, or a `BigDecimal` where that would lose
    /// digits.
    private void number(BigDecimal value) {
        if (value.scale() <= 0 && (long) value.precision() - value.scale() <= 19) {
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

    /// @param named whether the value must carry its class, since the provider does not know the type at this place
    void write(PlainType type, Json value, boolean named) throws MisfitException {
        switch (type) {
            case BOOLEAN -> out.bool(bool(value));
            case BYTE -> small(Handles.BYTE, (int) whole(type, value, Byte.MIN_VALUE, Byte.MAX_VALUE), named);
            case SHORT -> small(Handles.SHORT, (int) whole(type, value, Short.MIN_VALUE, Short.MAX_VALUE), named);
            case INT -> out.integer((int) whole(type, value, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case LONG -> out.longInteger(whole(type, value, Long.MIN_VALUE, Long.MAX_VALUE));
            case FLOAT -> real32(value, named);
            case DOUBLE -> out.real(real(PlainType.DOUBLE, value));
            case CHAR -> {
                if (!(value instanceof Json.Str text) || text.value().length() != 1) {
                    throw MisfitException.of(type.expected(), value);
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
                    throw MisfitException.of(type.expected(), value);
                }
                held("java.util.UUID", Handles.VALUE, text);
            }
            case LOCALE -> held(Handles.LOCALE, Handles.VALUE, text(type, value).replace('-', '_'));
            case CURRENCY -> {
                String code = text(type, value);
                if (!CURRENCY.matcher(code).matches()) {
                    throw MisfitException.of(type.expected(), value);
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
        throw MisfitException.of(PlainType.BOOLEAN.expected(), value);
    }

    private static String text(PlainType type, Json value) throws MisfitException {
        if (value instanceof Json.Str text) {
            return text.value();
        }
        throw MisfitException.of(type.expected(), value);
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
                // Reported below.
            }
        }
        throw MisfitException.of(type.expected(), value);
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
            // It has a fraction, or is too large.
        }
        throw MisfitException.of(type.expected(), value);
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
        // Without zeros at the end only a whole number has no fraction. The library finds that out by a division, which for 1e-100000000 takes minutes.
        BigDecimal decimal = decimal(PlainType.BIG_INTEGER, value).stripTrailingZeros();
        if (decimal.scale() > 0) {
            throw MisfitException.of(PlainType.BIG_INTEGER.expected(), value);
        }
        if ((long) decimal.precision() - decimal.scale() > MAX_DIGITS) {
            throw MisfitException.of("a whole number of at most " + MAX_DIGITS + " digits", value);
        }
        return decimal.toBigInteger();
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
        // Parsed from the literal, since a BigDecimal has no -0.
        decimal(type, value);
        String digits = value instanceof Json.Str text ? text.value() : value.toString();
        double real = type == PlainType.FLOAT ? Float.parseFloat(digits) : Double.parseDouble(digits);
        if (Double.isInfinite(real)) {
            throw MisfitException.of("a number of at most " + (type == PlainType.FLOAT ? Float.MAX_VALUE : Double.MAX_VALUE),
                    value);
        }
        return real;
    }

    private void real32(Json value, boolean named) throws MisfitException {
        double real = real(PlainType.FLOAT, value);
        // As Dubbo writes a float: the double with the same digits.
        double sameDigits = Double.parseDouble(Float.toString((float) real));
        if (named) {
            out.object(Handles.FLOAT, Handles.PRIMITIVE_VALUE);
        }
        out.real(sameDigits);
    }

    private void small(String handle, int value, boolean named) {
        if (named) {
            out.object(handle, Handles.PRIMITIVE_VALUE);
        }
        out.integer(value);
    }

    private void bigDecimal(BigDecimal value) {
        held("java.math.BigDecimal", Handles.VALUE, value.toString());
    }

    /// Written as its fields: the sign, and the magnitude as ints, the highest first. The other fields are caches.
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
                    throw e.at(i);
                }
            }
            return bytes;
        }
        String text = text(PlainType.BYTES, value);
        try {
            return Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'));
        } catch (IllegalArgumentException _) {
            throw MisfitException.of(PlainType.BYTES.expected(), value);
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
                throw MisfitException.of(type.expected(), value);
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
            throw MisfitException.of(type.expected(), value);
        }
    }
}
