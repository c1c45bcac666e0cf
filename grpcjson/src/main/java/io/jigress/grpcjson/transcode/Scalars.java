package io.jigress.grpcjson.transcode;

import io.jigress.grpcjson.descriptor.Field;
import io.jigress.grpcjson.descriptor.Kind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;

/// Writes scalar values, given as JSON or as text, without their tags.
final class Scalars {
    private static final int MAX_NUMBER = 1_000;
    private static final long MAX_UINT32 = 0xffff_ffffL;

    private final ProtoOutput out;
    private final boolean ignoreUnknown;

    /// @param ignoreUnknown whether values of enums that do not exist are left out
    Scalars(ProtoOutput out, boolean ignoreUnknown) {
        this.out = out;
        this.ignoreUnknown = ignoreUnknown;
    }

    /// @return false when the value is left out
    boolean write(Field field, JsonInput in) throws Fault {
        Kind kind = field.kind();
        switch (kind) {
            case STRING -> {
                if (in.next() != '"') {
                    throw in.unexpected(kind.expected());
                }
                in.delimited(out);
            }
            case BYTES -> bytes(text(in, kind));
            case BOOL -> {
                int first = in.next();
                if (first != 't' && first != 'f') {
                    throw in.unexpected(kind.expected());
                }
                in.word(first == 't' ? "true" : "false");
                out.raw(first == 't' ? 1 : 0);
            }
            case ENUM -> {
                if (field.enumType().isNullValue() && in.isNull()) {
                    in.word("null");
                    out.raw(0);
                    return true;
                }
                return in.isNumber() ? integer(kind, in) : enumText(field, text(in, kind));
            }
            case DOUBLE, FLOAT -> real(kind, in.isNumber() ? in.number() : text(in, kind));
            case INT32, INT64, UINT32, UINT64, SINT32, SINT64, FIXED32, FIXED64, SFIXED32, SFIXED64 -> {
                if (in.isNumber()) {
                    return integer(kind, in);
                }
                integer(kind, text(in, kind));
            }
            case MESSAGE, GROUP -> throw new IllegalStateException(field.name() + " is no scalar");
        }
        return true;
    }

    private static String text(JsonInput in, Kind kind) throws Fault {
        if (in.next() != '"') {
            throw in.unexpected(kind.expected());
        }
        return in.string();
    }

    /// The value of a parameter, or a key of a map.
    ///
    /// @return false when the value is left out
    boolean write(Field field, String text) throws Fault {
        switch (field.kind()) {
            case STRING -> {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                out.delimited(bytes, 0, bytes.length);
            }
            case BYTES -> bytes(text);
            case BOOL -> {
                if (!text.equals("true") && !text.equals("false")) {
                    throw not(text, field.kind());
                }
                out.raw(text.equals("true") ? 1 : 0);
            }
            case ENUM -> {
                return enumText(field, text);
            }
            case DOUBLE, FLOAT -> real(field.kind(), text);
            case INT32, INT64, UINT32, UINT64, SINT32, SINT64, FIXED32, FIXED64, SFIXED32, SFIXED64 ->
                integer(field.kind(), text);
            case MESSAGE, GROUP -> throw new IllegalStateException(field.name() + " is no scalar");
        }
        return true;
    }

    // ---- kinds

    private void bytes(String text) throws Fault {
        byte[] decoded;
        try {
            boolean url = text.indexOf('-') >= 0 || text.indexOf('_') >= 0;
            decoded = (url ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(text);
        } catch (IllegalArgumentException _) {
            throw not(text, Kind.BYTES);
        }
        out.delimited(decoded, 0, decoded.length);
    }

    private boolean enumText(Field field, String text) throws Fault {
        Integer number = field.enumType().number(text);
        if (number != null) {
            out.varint(number);
            return true;
        }
        if (isNumber(text)) {
            integer(Kind.ENUM, text);
            return true;
        }
        if (ignoreUnknown) {
            return false;
        }
        throw new Fault("is \"" + Texts.shown(text) + "\" (expected: a value of the enum " + field.enumType().fullName() + ")");
    }

    private void real(Kind kind, String text) throws Fault {
        double value = switch (text) {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> {
                if (!isNumber(text)) {
                    throw not(text, kind);
                }
                double parsed = kind == Kind.FLOAT ? Float.parseFloat(text) : Double.parseDouble(text);
                if (Double.isInfinite(parsed)) {
                    throw new Fault("is " + Texts.shown(text) + ", which is too large for a " + name(kind));
                }
                yield parsed;
            }
        };
        if (kind == Kind.FLOAT) {
            out.fixed32(Float.floatToIntBits((float) value));
        } else {
            out.fixed64(Double.doubleToLongBits(value));
        }
    }

    private boolean integer(Kind kind, JsonInput in) throws Fault {
        if (in.isShortInteger()) {
            long value = in.digitsOnly();
            if (!isInRange(kind, value)) {
                throw outOfRange(Long.toString(value), kind);
            }
            put(kind, value);
        } else {
            integer(kind, in.number());
        }
        return true;
    }

    private void integer(Kind kind, String text) throws Fault {
        if (!isNumber(text)) {
            throw not(text, kind);
        }
        BigDecimal value;
        try {
            value = new BigDecimal(text).stripTrailingZeros();
        } catch (NumberFormatException _) {
            throw not(text, kind);
        }
        if (value.scale() > 0) {
            throw not(text, kind);
        }
        // Checked before the digits are made: 1e999999999 has a billion of them.
        if ((long) value.precision() - value.scale() > 20) {
            throw outOfRange(text, kind);
        }
        boolean unsigned = kind == Kind.UINT64 || kind == Kind.FIXED64;
        BigInteger whole = value.toBigInteger();
        if (unsigned
                ? whole.signum() < 0 || whole.bitLength() > 64
                : whole.bitLength() > 63
                        || !isInRange(kind, whole.longValue())) {
            throw outOfRange(text, kind);
        }
        put(kind, whole.longValue());
    }

    private static boolean isInRange(Kind kind, long value) {
        return switch (kind) {
            case INT32, SINT32, SFIXED32, ENUM -> value == (int) value;
            case UINT32, FIXED32 -> value >= 0 && value <= MAX_UINT32;
            case UINT64, FIXED64 -> value >= 0;
            case DOUBLE, FLOAT, INT64, SINT64, SFIXED64, BOOL, STRING, BYTES, MESSAGE, GROUP -> true;
        };
    }

    private void put(Kind kind, long value) throws Fault {
        switch (kind) {
            case SINT32, SINT64 -> out.varint(value << 1 ^ value >> 63);
            case FIXED32, SFIXED32 -> out.fixed32((int) value);
            case FIXED64, SFIXED64 -> out.fixed64(value);
            case INT32, INT64, UINT32, UINT64, ENUM -> out.varint(value);
            case DOUBLE, FLOAT, BOOL, STRING, BYTES, MESSAGE, GROUP -> throw new IllegalStateException(kind + " is no integer");
        }
    }

    /// Whether a text is a number of JSON.
    private static boolean isNumber(String text) {
        int at = text.startsWith("-") ? 1 : 0;
        int digits = digits(text, at);
        if (digits == at || text.length() > MAX_NUMBER) {
            return false;
        }
        at = digits;
        if (at < text.length() && text.charAt(at) == '.') {
            digits = digits(text, at + 1);
            if (digits == at + 1) {
                return false;
            }
            at = digits;
        }
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            at++;
            if (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
                at++;
            }
            digits = digits(text, at);
            if (digits == at) {
                return false;
            }
            at = digits;
        }
        return at == text.length();
    }

    /// Where the digits end that begin here.
    private static int digits(String text, int from) {
        int at = from;
        while (at < text.length() && isDigit(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static String name(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private static Fault not(String text, Kind kind) {
        return new Fault("is \"" + Texts.shown(text) + "\" (expected: " + kind.expected() + ")");
    }

    private static Fault outOfRange(String text, Kind kind) {
        return new Fault("is " + Texts.shown(text) + ", which is out of range (expected: " + kind.expected() + ")");
    }
}
