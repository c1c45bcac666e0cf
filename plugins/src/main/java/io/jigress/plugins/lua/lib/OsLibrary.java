package io.jigress.plugins.lua.lib;

import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaState;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.Nil;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.time.temporal.IsoFields;
import java.util.Locale;

/// The part of `os` that reads the time: `time`, `date`, `clock`, `difftime`.
final class OsLibrary {
    private final InstantSource now;
    private final long start;

    private OsLibrary(InstantSource now) {
        this.now = now;
        start = now.millis();
    }

    static LuaTable create(LuaState state, InstantSource now) {
        OsLibrary library = new OsLibrary(now);
        return Library.of(state).put("time", library::time).put("date", library::date)
                .put("clock", call -> call.ret((now.millis() - library.start) / 1000.0))
                .put("difftime", call -> call.ret(call.number(1) - call.number(2, 0))).table();
    }

    private void time(Call call) {
        if (!call.has(1)) {
            call.ret((double) now.instant().getEpochSecond());
            return;
        }
        LuaTable table = call.table(1);
        LocalDateTime begin;
        try {
            begin = LocalDateTime.of(field(call, table, "year", null), 1, 1, 0, 0)
                    .plusMonths(field(call, table, "month", null) - 1L)
                    .plusDays(field(call, table, "day", null) - 1L).plusHours(field(call, table, "hour", 12))
                    .plusMinutes(field(call, table, "min", 0)).plusSeconds(field(call, table, "sec", 0));
        } catch (DateTimeException _) {
            call.ret(Nil.NIL);
            return;
        }
        call.ret((double) begin.atZone(ZoneId.systemDefault()).toEpochSecond());
    }

    private static int field(Call call, LuaTable table, String name, @org.jspecify.annotations.Nullable Integer fallback) {
        Double value = io.jigress.plugins.lua.vm.Values.toNumber(table.get(name));
        if (value != null) {
            return value.intValue();
        }
        if (fallback == null) {
            throw call.error("field '" + name + "' missing in date table");
        }
        return fallback;
    }

    private void date(Call call) {
        String format = call.string(1, "%c");
        ZoneId zone = ZoneId.systemDefault();
        if (format.startsWith("!")) {
            zone = ZoneOffset.UTC;
            format = format.substring(1);
        }
        ZonedDateTime time;
        try {
            Instant instant = call.has(2) ? Instant.ofEpochSecond((long) call.number(2)) : now.instant();
            time = instant.atZone(zone);
        } catch (DateTimeException _) {
            throw call.bad(2, "time out of range");
        }
        if (format.startsWith("*t")) {
            call.ret(fields(call, time));
            return;
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c == '%' && i + 1 < format.length()) {
                out.append(conversion(call, time, format.charAt(++i)));
            } else {
                out.append(c);
            }
            call.meter().work(1);
        }
        call.text(out.toString());
    }

    private static LuaTable fields(Call call, ZonedDateTime time) {
        return Library.of(call.state()).put("year", (Object) (double) time.getYear())
                .put("month", (Object) (double) time.getMonthValue()).put("day", (Object) (double) time.getDayOfMonth())
                .put("hour", (Object) (double) time.getHour()).put("min", (Object) (double) time.getMinute())
                .put("sec", (Object) (double) time.getSecond())
                .put("wday", (Object) (double) (time.getDayOfWeek().getValue() % 7 + 1))
                .put("yday", (Object) (double) time.getDayOfYear())
                .put("isdst", (Object) time.getZone().getRules().isDaylightSavings(time.toInstant())).table();
    }

    private static String two(int n) {
        return n < 10 ? "0" + n : Integer.toString(n);
    }

    private static String conversion(Call call, ZonedDateTime time, char c) {
        Locale locale = Locale.ENGLISH;
        return switch (c) {
            case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, locale);
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, locale);
            case 'b', 'h' -> time.getMonth().getDisplayName(TextStyle.SHORT, locale);
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, locale);
            case 'c' -> conversion(call, time, 'a') + " " + conversion(call, time, 'b') + " "
                    + (time.getDayOfMonth() < 10 ? " " : "") + time.getDayOfMonth() + " " + conversion(call, time, 'X') + " "
                    + time.getYear();
            case 'C' -> two(time.getYear() / 100);
            case 'd' -> two(time.getDayOfMonth());
            case 'D', 'x' -> two(time.getMonthValue()) + "/" + two(time.getDayOfMonth()) + "/" + two(time.getYear() % 100);
            case 'e' -> (time.getDayOfMonth() < 10 ? " " : "") + time.getDayOfMonth();
            case 'F' -> time.getYear() + "-" + two(time.getMonthValue()) + "-" + two(time.getDayOfMonth());
            case 'H' -> two(time.getHour());
            case 'I' -> two((time.getHour() + 11) % 12 + 1);
            case 'j' -> String.format(locale, "%03d", time.getDayOfYear());
            case 'm' -> two(time.getMonthValue());
            case 'M' -> two(time.getMinute());
            case 'n' -> "\n";
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'r' -> conversion(call, time, 'I') + ":" + two(time.getMinute()) + ":" + two(time.getSecond()) + " "
                    + conversion(call, time, 'p');
            case 'R' -> two(time.getHour()) + ":" + two(time.getMinute());
            case 's' -> Long.toString(time.toEpochSecond());
            case 'S' -> two(time.getSecond());
            case 't' -> "\t";
            case 'T', 'X' -> two(time.getHour()) + ":" + two(time.getMinute()) + ":" + two(time.getSecond());
            case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
            case 'U' -> two((time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7);
            case 'V' -> two(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
            case 'W' -> two((time.getDayOfYear() + 6 - (time.getDayOfWeek().getValue() + 6) % 7) / 7);
            case 'y' -> two(time.getYear() % 100);
            case 'Y' -> Integer.toString(time.getYear());
            case 'z' -> time.getOffset().getTotalSeconds() == 0 ? "+0000" : time.getOffset().getId().replace(":", "");
            case 'Z' -> time.getZone() instanceof ZoneOffset ? "GMT" : time.getZone().getDisplayName(TextStyle.SHORT, locale);
            case '%' -> "%";
            default -> throw call.bad(1, "invalid conversion specifier '%" + c + "'");
        };
    }
}
