package io.jigress.grpcjson.transcode;

import java.time.DateTimeException;
import java.time.LocalDate;

/// Timestamps (RFC 3339) and durations as text.
final class Times {
    private static final long MIN_SECONDS = -62_135_596_800L;
    private static final long MAX_SECONDS = 253_402_300_799L;
    static final long MAX_DURATION = 315_576_000_000L;
    private static final int SECOND_NANOS = 1_000_000_000;
    private static final String TIMESTAMP = "a time such as 2026-01-31T12:00:00Z";
    private static final String DURATION = "seconds such as \"1.5s\"";

    private Times() {}

    /// @param nanos of the same sign as the seconds for a duration
    record Moment(long seconds, int nanos) {}

    static Moment timestamp(String text) throws Fault {
        int length = text.length();
        if (length < 20 || text.charAt(4) != '-' || text.charAt(7) != '-' || text.charAt(10) != 'T' || text.charAt(13) != ':'
                || text.charAt(16) != ':') {
            throw not(text, TIMESTAMP);
        }
        long day;
        try {
            day = LocalDate.of(number(text, 0, 4, TIMESTAMP), number(text, 5, 7, TIMESTAMP), number(text, 8, 10, TIMESTAMP))
                    .toEpochDay();
        } catch (DateTimeException _) {
            throw not(text, TIMESTAMP);
        }
        int hour = number(text, 11, 13, TIMESTAMP);
        int minute = number(text, 14, 16, TIMESTAMP);
        int second = number(text, 17, 19, TIMESTAMP);
        int at = 19;
        int nanos = 0;
        if (text.charAt(at) == '.') {
            int from = ++at;
            while (at < length && isDigit(text.charAt(at))) {
                at++;
            }
            nanos = fraction(text, from, at, TIMESTAMP);
        }
        if (hour > 23 || minute > 59 || second > 59 || at >= length) {
            throw not(text, TIMESTAMP);
        }
        long seconds = day * 86_400 + hour * 3_600L + minute * 60L + second - offset(text, at);
        if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
            throw not(text, "a time in the years 1 to 9999");
        }
        return new Moment(seconds, nanos);
    }

    private static long offset(String text, int at) throws Fault {
        char sign = text.charAt(at);
        if (sign == 'Z' && at + 1 == text.length()) {
            return 0;
        }
        if (sign != '+' && sign != '-' || at + 6 != text.length() || text.charAt(at + 3) != ':') {
            throw not(text, TIMESTAMP);
        }
        int hours = number(text, at + 1, at + 3, TIMESTAMP);
        int minutes = number(text, at + 4, at + 6, TIMESTAMP);
        if (hours > 23 || minutes > 59) {
            throw not(text, TIMESTAMP);
        }
        long seconds = hours * 3_600L + minutes * 60L;
        return sign == '-' ? -seconds : seconds;
    }

    static Moment duration(String text) throws Fault {
        boolean negative = text.startsWith("-");
        int at = negative ? 1 : 0;
        int from = at;
        while (at < text.length() && isDigit(text.charAt(at))) {
            at++;
        }
        if (at == from || at - from > 12) {
            throw not(text, DURATION);
        }
        long seconds = Long.parseLong(text, from, at, 10);
        int nanos = 0;
        if (at < text.length() && text.charAt(at) == '.') {
            int begin = ++at;
            while (at < text.length() && isDigit(text.charAt(at))) {
                at++;
            }
            nanos = fraction(text, begin, at, DURATION);
        }
        if (at + 1 != text.length() || text.charAt(at) != 's') {
            throw not(text, DURATION);
        }
        if (seconds > MAX_DURATION || seconds == MAX_DURATION && nanos > 0) {
            throw not(text, "a duration of at most " + MAX_DURATION + "s");
        }
        return negative ? new Moment(-seconds, -nanos) : new Moment(seconds, nanos);
    }

    private static int fraction(String text, int from, int to, String expected) throws Fault {
        if (to == from || to - from > 9) {
            throw not(text, expected + " with at most nine digits behind the point");
        }
        int nanos = 0;
        for (int i = 0; i < 9; i++) {
            nanos = 10 * nanos + (from + i < to ? text.charAt(from + i) - '0' : 0);
        }
        return nanos;
    }

    private static int number(String text, int from, int to, String expected) throws Fault {
        int value = 0;
        for (int i = from; i < to; i++) {
            if (!isDigit(text.charAt(i))) {
                throw not(text, expected);
            }
            value = 10 * value + text.charAt(i) - '0';
        }
        return value;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static Fault not(String text, String expected) {
        return new Fault("is \"" + Texts.shown(text) + "\" (expected: " + expected + ")");
    }

    // ---- to text

    static String timestamp(long seconds, int nanos) throws Fault {
        if (seconds < MIN_SECONDS || seconds > MAX_SECONDS || nanos < 0 || nanos >= SECOND_NANOS) {
            throw new Fault("is a Timestamp of " + seconds + " seconds and " + nanos + " nanoseconds, which is out of range");
        }
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(seconds, 86_400L));
        int ofDay = (int) Math.floorMod(seconds, 86_400L);
        StringBuilder out = new StringBuilder(32);
        pad(out, date.getYear(), 4);
        pad(out.append('-'), date.getMonthValue(), 2);
        pad(out.append('-'), date.getDayOfMonth(), 2);
        pad(out.append('T'), ofDay / 3_600, 2);
        pad(out.append(':'), ofDay / 60 % 60, 2);
        pad(out.append(':'), ofDay % 60, 2);
        fraction(out, nanos);
        return out.append('Z').toString();
    }

    static String duration(long seconds, int nanos) throws Fault {
        if (seconds < -MAX_DURATION || seconds > MAX_DURATION || Math.abs((long) nanos) >= SECOND_NANOS
                || seconds > 0 && nanos < 0 || seconds < 0 && nanos > 0) {
            throw new Fault("is a Duration of " + seconds + " seconds and " + nanos + " nanoseconds, which is out of range");
        }
        StringBuilder out = new StringBuilder(24);
        if (seconds < 0 || nanos < 0) {
            out.append('-');
        }
        out.append(Math.abs(seconds));
        fraction(out, Math.abs(nanos));
        return out.append('s').toString();
    }

    /// None, three, six or nine digits.
    private static void fraction(StringBuilder out, int nanos) {
        if (nanos == 0) {
            return;
        }
        out.append('.');
        if (nanos % 1_000_000 == 0) {
            pad(out, nanos / 1_000_000, 3);
        } else if (nanos % 1_000 == 0) {
            pad(out, nanos / 1_000, 6);
        } else {
            pad(out, nanos, 9);
        }
    }

    private static void pad(StringBuilder out, int value, int digits) {
        String text = Integer.toString(value);
        out.repeat('0', Math.max(0, digits - text.length())).append(text);
    }
}
