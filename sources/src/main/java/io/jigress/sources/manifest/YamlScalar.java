package io.jigress.sources.manifest;

import io.jigress.api.Json;
import org.jspecify.annotations.Nullable;

/// Resolves plain scalars by the core schema of YAML 1.2.2 (section 10.3.2): `yes` and `on` are strings, `0777` is 777.
final class YamlScalar {
    private YamlScalar() {}

    /// @return null for an infinity or not-a-number, which JSON does not have
    static @Nullable Json plain(String text) {
        if (text.isEmpty()) {
            return Json.Null.NULL;
        }
        return switch (text.charAt(0)) {
            case '~' -> text.length() == 1 ? Json.Null.NULL : new Json.Str(text);
            case 'n', 'N', 't', 'T', 'f', 'F' -> word(text);
            case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-', '+', '.' -> number(text);
            default -> new Json.Str(text);
        };
    }

    private static Json word(String text) {
        return switch (text) {
            case "null", "Null", "NULL" -> Json.Null.NULL;
            case "true", "True", "TRUE" -> new Json.Bool(true);
            case "false", "False", "FALSE" -> new Json.Bool(false);
            default -> new Json.Str(text);
        };
    }

    private static @Nullable Json number(String text) {
        if (text.startsWith("0x")) {
            return radix(text, 16);
        }
        if (text.startsWith("0o")) {
            return radix(text, 8);
        }
        int sign = text.charAt(0) == '-' || text.charAt(0) == '+' ? 1 : 0;
        switch (text.substring(sign)) {
            case ".inf", ".Inf", ".INF" -> {
                return null;
            }
            case ".nan", ".NaN", ".NAN" -> {
                return sign == 0 ? null : new Json.Str(text);
            }
            default -> {}
        }
        int whole = digits(text, sign);
        boolean point = whole < text.length() && text.charAt(whole) == '.';
        int fraction = point ? digits(text, whole + 1) : whole;
        if (whole == sign && fraction <= whole + 1) {
            return new Json.Str(text);
        }
        int end = fraction;
        if (end < text.length() && (text.charAt(end) == 'e' || text.charAt(end) == 'E')) {
            int begin = end + 1 < text.length() && (text.charAt(end + 1) == '-' || text.charAt(end + 1) == '+')
                    ? end + 2
                    : end + 1;
            end = digits(text, begin);
            if (end == begin) {
                return new Json.Str(text);
            }
        }
        return end == text.length() ? new Json.Num(literal(text, sign, whole, fraction)) : new Json.Str(text);
    }

    /// The number as JSON writes it: no plus, no leading zeros, digits on both sides of a point.
    private static String literal(String text, int sign, int whole, int fraction) {
        int first = sign;
        while (first < whole - 1 && text.charAt(first) == '0') {
            first++;
        }
        StringBuilder out = new StringBuilder(text.length() + 1);
        if (text.charAt(0) == '-') {
            out.append('-');
        }
        out.append(whole == sign ? "0" : text.substring(first, whole));
        if (fraction > whole + 1) {
            out.append(text, whole, fraction);
        }
        return out.append(text, fraction, text.length()).toString();
    }

    private static Json radix(String text, int radix) {
        try {
            return text.charAt(2) == '-' || text.charAt(2) == '+'
                    ? new Json.Str(text)
                    : new Json.Num(new java.math.BigInteger(text.substring(2), radix).toString());
        } catch (NumberFormatException | StringIndexOutOfBoundsException _) {
            return new Json.Str(text);
        }
    }

    private static int digits(String text, int from) {
        int i = from;
        while (i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
            i++;
        }
        return i;
    }
}
