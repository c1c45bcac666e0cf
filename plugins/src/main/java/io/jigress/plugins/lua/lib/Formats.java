package io.jigress.plugins.lua.lib;

import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.Values;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/// `string.format`.
final class Formats {

    private Formats() {}

    /// A directive: `%-08.3f`.
    private record Directive(String flags, int width, int precision) {
        boolean has(char flag) {
            return flags.indexOf(flag) >= 0;
        }
    }

    static void format(Call call) {
        String format = call.string(1);
        StringBuilder out = new StringBuilder();
        int argument = 1;
        int i = 0;
        while (i < format.length()) {
            char c = format.charAt(i++);
            call.meter().work(1);
            if (c != '%') {
                out.append(c);
                continue;
            }
            if (i < format.length() && format.charAt(i) == '%') {
                out.append('%');
                i++;
                continue;
            }
            int begin = i;
            while (i < format.length() && "-+ #0".indexOf(format.charAt(i)) >= 0) {
                i++;
            }
            String flags = format.substring(begin, i);
            int digits = i;
            i = digits(call, format, i);
            int width = i == digits ? 0 : Integer.parseInt(format.substring(digits, i));
            int precision = -1;
            if (i < format.length() && format.charAt(i) == '.') {
                digits = ++i;
                i = digits(call, format, i);
                precision = i == digits ? 0 : Integer.parseInt(format.substring(digits, i));
            }
            if (flags.length() > 5) {
                throw call.error("invalid format (repeated flags)");
            }
            if (i >= format.length()) {
                throw call.error("invalid option '%' to 'format'");
            }
            append(call, out, format.charAt(i++), new Directive(flags, width, precision), ++argument);
            call.meter().work(out.length() > 1 << 16 ? 64 : 1);
            if (out.length() > call.meter().memoryLimit()) {
                call.meter().string(out.length());
            }
        }
        call.text(out.toString());
    }

    private static int digits(Call call, String format, int from) {
        int i = from;
        while (i < format.length() && Character.isDigit(format.charAt(i))) {
            i++;
        }
        if (i - from > 2) {
            throw call.error("invalid format (width or precision too long)");
        }
        return i;
    }

    private static void append(Call call, StringBuilder out, char kind, Directive d, int argument) {
        switch (kind) {
            case 'c' -> pad(out, String.valueOf((char) (call.integer(argument) & 0xff)), d, false);
            case 'd', 'i' -> integer(out, signed(d, Math.abs(whole(call.number(argument))), call.number(argument) <= -1), d);
            case 'u' -> integer(out, Long.toUnsignedString(whole(call.number(argument))), d);
            case 'o' -> integer(out, Long.toOctalString(whole(call.number(argument))), d);
            case 'x' -> integer(out, (d.has('#') ? "0x" : "") + Long.toHexString(whole(call.number(argument))), d);
            case 'X' ->
                integer(out, (d.has('#') ? "0X" : "") + Long.toHexString(whole(call.number(argument))).toUpperCase(Locale.ROOT),
                        d);
            case 'e', 'E', 'f', 'F', 'g', 'G', 'a', 'A' -> {
                double number = call.number(argument);
                // Exact digits of large and small numbers cost more than those near 1.
                call.meter().work(32 + Math.abs(Math.getExponent(number)) / 2 + Math.max(0, d.precision));
                String text = decimal(kind, number, d);
                if (!text.startsWith("-") && (d.has('+') || d.has(' '))) {
                    text = (d.has('+') ? "+" : " ") + text;
                }
                boolean finite = !Double.isNaN(number) && !Double.isInfinite(number);
                pad(out, Character.isUpperCase(kind) ? text.toUpperCase(Locale.ROOT) : text, d, finite);
            }
            case 'q' -> quoted(call, out, call.string(argument));
            case 's' -> {
                String text = call.state().toText(call.any(argument));
                call.meter().allocate(text.length());
                call.meter().work(text.length() / 32);
                pad(out, d.precision >= 0 && d.precision < text.length() ? text.substring(0, d.precision) : text, d, false);
            }
            default -> throw call.error("invalid option '%" + kind + "' to 'format'");
        }
    }

    private static long whole(double number) {
        return number >= 0x1p63 ? (long) (number - 0x1p63) ^ Long.MIN_VALUE : (long) number;
    }

    private static String signed(Directive d, long size, boolean negative) {
        String digits = Long.toUnsignedString(size);
        return (negative ? "-" : d.has('+') ? "+" : d.has(' ') ? " " : "") + digits;
    }

    private static void integer(StringBuilder out, String text, Directive d) {
        if (d.precision < 0) {
            pad(out, text, d, true);
            return;
        }
        int sign = text.startsWith("-") || text.startsWith("+") || text.startsWith(" ") ? 1 : 0;
        String digits = text.substring(sign);
        if (d.precision == 0 && digits.equals("0")) {
            digits = "";
        }
        pad(out, text.substring(0, sign) + "0".repeat(Math.max(0, d.precision - digits.length())) + digits, d, false);
    }

    private static void pad(StringBuilder out, String text, Directive d, boolean zeros) {
        int missing = d.width - text.length();
        if (missing <= 0) {
            out.append(text);
        } else if (d.has('-')) {
            out.append(text).repeat(' ', missing);
        } else if (zeros && d.has('0')) {
            int sign = !text.isEmpty() && "+- ".indexOf(text.charAt(0)) >= 0 ? 1 : 0;
            if (text.startsWith("0x", sign) || text.startsWith("0X", sign)) {
                sign += 2;
            }
            out.append(text, 0, sign).repeat('0', missing).append(text, sign, text.length());
        } else {
            out.repeat(' ', missing).append(text);
        }
    }

    private static String decimal(char kind, double number, Directive d) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return Double.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }
        int precision = d.precision < 0 ? 6 : d.precision;
        return switch (kind) {
            case 'f', 'F' -> {
                String text = new BigDecimal(number).setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
                boolean negativeZero = number < 0 || number == 0 && 1 / number < 0;
                yield negativeZero && !text.startsWith("-") ? "-" + text : text;
            }
            case 'e', 'E' -> scientific(number, precision);
            case 'g', 'G' -> Values.general(number, precision, d.has('#'));
            default -> Double.toHexString(number).replaceFirst("\\.0p", "p").replaceFirst("p(\\d)", "p+$1");
        };
    }

    private static String scientific(double number, int precision) {
        if (number == 0) {
            return (1 / number < 0 ? "-0" : "0") + (precision > 0 ? "." + "0".repeat(precision) : "") + "e+00";
        }
        BigDecimal exact = new BigDecimal(number);
        BigDecimal rounded = exact.round(new java.math.MathContext(precision + 1, RoundingMode.HALF_EVEN));
        String digits = rounded.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - rounded.scale();
        digits = digits + "0".repeat(Math.max(0, precision + 1 - digits.length()));
        int size = Math.abs(exponent);
        return (number < 0 ? "-" : "") + digits.charAt(0) + (precision > 0 ? "." + digits.substring(1, precision + 1) : "") + "e"
                + (exponent < 0 ? "-" : "+") + (size < 10 ? "0" : "") + size;
    }

    private static void quoted(Call call, StringBuilder out, String text) {
        call.meter().allocate(text.length());
        call.meter().work(text.length() / 8);
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\\n");
                case '\r' -> out.append("\\r");
                case '\0' -> out.append("\\000");
                default -> out.append(c);
            }
        }
        out.append('"');
    }
}
