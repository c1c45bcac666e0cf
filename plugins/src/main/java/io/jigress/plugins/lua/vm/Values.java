package io.jigress.plugins.lua.vm;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Types and conversions of Lua values.
public final class Values {
    private static final int DIGITS = 14;
    /// A longer text is not a number.
    private static final int LONGEST_NUMBER = 1000;

    private Values() {}

    /// As of Lua's `type`.
    public static String typeName(Object value) {
        return switch (value) {
            case Nil _ -> "nil";
            case Boolean _ -> "boolean";
            case Double _ -> "number";
            case String _ -> "string";
            case LuaTable _ -> "table";
            case LuaFunction _ -> "function";
            case LuaThread _ -> "thread";
            default -> "userdata";
        };
    }

    public static boolean truthy(Object value) {
        return value != Nil.NIL && value != Boolean.FALSE;
    }

    /// Equality without metamethods.
    public static boolean rawEquals(Object a, Object b) {
        if (a == b) {
            return !(a instanceof Double d) || !d.isNaN();
        }
        if (a instanceof Double x) {
            return b instanceof Double y && x.doubleValue() == y.doubleValue();
        }
        return a instanceof String && a.equals(b);
    }

    /// Text as Lua bytes: its UTF-8 form.
    public static String bytes(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            }
        }
        return text;
    }

    /// Lua bytes as text, for people and for JSON.
    public static String text(String bytes) {
        for (int i = 0; i < bytes.length(); i++) {
            if (bytes.charAt(i) >= 0x80) {
                return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
            }
        }
        return bytes;
    }

    /// A number as Lua prints it (`%.14g`).
    public static String numberText(double d) {
        long whole = (long) d;
        if (whole == d && Math.abs(whole) < 100_000_000_000_000L) {
            return whole == 0 && 1 / d < 0 ? "-0" : Long.toString(whole);
        }
        return general(d, DIGITS, false);
    }

    /// As of C's `%.Ng`.
    ///
    /// @param alternate keeps trailing zeros (`%#g`)
    public static String general(double d, int precision, boolean alternate) {
        if (Double.isNaN(d)) {
            return "nan";
        }
        if (Double.isInfinite(d)) {
            return d > 0 ? "inf" : "-inf";
        }
        int digits = Math.max(1, precision);
        if (d == 0) {
            String zero = alternate && digits > 1 ? "0." + "0".repeat(digits - 1) : "0";
            return 1 / d < 0 ? "-" + zero : zero;
        }
        BigDecimal rounded = new BigDecimal(d).round(new MathContext(digits, RoundingMode.HALF_EVEN));
        String unscaled = rounded.unscaledValue().abs().toString();
        int exponent = unscaled.length() - 1 - rounded.scale();
        if (unscaled.length() < digits) {
            unscaled += "0".repeat(digits - unscaled.length());
        }
        StringBuilder out = new StringBuilder(digits + 8);
        if (d < 0) {
            out.append('-');
        }
        boolean scientific = exponent < -4 || exponent >= digits;
        int point = scientific ? 1 : exponent + 1;
        String all = point <= 0 ? "0".repeat(1 - point) + unscaled : unscaled;
        int whole = Math.max(1, point);
        String fraction = all.substring(Math.min(whole, all.length()));
        if (!alternate) {
            int end = fraction.length();
            while (end > 0 && fraction.charAt(end - 1) == '0') {
                end--;
            }
            fraction = fraction.substring(0, end);
        }
        out.append(all, 0, Math.min(whole, all.length()));
        if (!fraction.isEmpty()) {
            out.append('.').append(fraction);
        }
        if (scientific) {
            out.append('e').append(exponent < 0 ? '-' : '+');
            int size = Math.abs(exponent);
            if (size < 10) {
                out.append('0');
            }
            out.append(size);
        }
        return out.toString();
    }

    /// A number, or a string that is one; else null.
    public static @Nullable Double toNumber(Object value) {
        return switch (value) {
            case Double d -> d;
            case String text -> parse(text);
            default -> null;
        };
    }

    /// A string, or a number as one; else null.
    public static @Nullable String toText(Object value) {
        return switch (value) {
            case String text -> text;
            case Double d -> numberText(d);
            default -> null;
        };
    }

    /// Reads a number: decimal or hexadecimal, with spaces around it; null for any other text.
    public static @Nullable Double parse(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && isSpace(text.charAt(from))) {
            from++;
        }
        while (to > from && isSpace(text.charAt(to - 1))) {
            to--;
        }
        if (from == to || to - from > LONGEST_NUMBER) {
            return null;
        }
        int digits = from;
        char sign = text.charAt(digits);
        if (sign == '-' || sign == '+') {
            digits++;
        }
        if (to - digits > 2 && text.charAt(digits) == '0' && (text.charAt(digits + 1) | 0x20) == 'x') {
            Double size = hexadecimal(text, digits + 2, to);
            return size == null ? null : sign == '-' ? -size : size;
        }
        int i = digits;
        int seen = 0;
        while (i < to && isDigit(text.charAt(i))) {
            i++;
            seen++;
        }
        if (i < to && text.charAt(i) == '.') {
            i++;
            while (i < to && isDigit(text.charAt(i))) {
                i++;
                seen++;
            }
        }
        if (seen == 0) {
            return null;
        }
        if (i < to && (text.charAt(i) | 0x20) == 'e') {
            i++;
            if (i < to && (text.charAt(i) == '-' || text.charAt(i) == '+')) {
                i++;
            }
            int exponent = i;
            while (i < to && isDigit(text.charAt(i))) {
                i++;
            }
            if (exponent == i) {
                return null;
            }
        }
        return i == to ? Double.valueOf(text.substring(from, to)) : null;
    }

    private static @Nullable Double hexadecimal(String text, int from, int to) {
        double value = 0;
        int i = from;
        while (i < to && Character.digit(text.charAt(i), 16) >= 0) {
            value = value * 16 + Character.digit(text.charAt(i), 16);
            i++;
        }
        return i == to ? value : null;
    }

    /// As of C's `isspace`.
    public static boolean isSpace(char c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
