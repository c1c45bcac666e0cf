package io.jigress.plugins.lua.lib;

import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.JavaFunction;
import io.jigress.plugins.lua.vm.LuaFunction;
import io.jigress.plugins.lua.vm.LuaState;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;

/// The library `string`. It has no `dump`.
final class StringLibrary {
    private static final String SPECIAL = "^$*+?.([%-";

    private StringLibrary() {}

    static LuaTable install(LuaState state) {
        LuaTable table = Library.of(state).put("len", call -> call.ret((double) call.string(1).length()))
                .put("sub", StringLibrary::sub).put("upper", call -> call.text(upper(call, call.string(1))))
                .put("lower", call -> call.text(lower(call, call.string(1)))).put("rep", StringLibrary::repeat)
                .put("reverse", call -> {
                    String text = call.string(1);
                    call.meter().work(text.length() / 8);
                    call.text(new StringBuilder(text).reverse().toString());
                }).put("byte", StringLibrary::bytes).put("char", StringLibrary::characters).put("format", Formats::format)
                .put("find", call -> find(call, true)).put("match", call -> find(call, false))
                .put("gmatch", StringLibrary::gmatch)
                .put("gfind", StringLibrary::gmatch).put("gsub", StringLibrary::gsub).table();
        LuaTable metatable = state.table();
        metatable.put("__index", table);
        state.strings(metatable);
        return table;
    }

    private static String upper(Call call, String text) {
        call.meter().work(text.length() / 8);
        StringBuilder out = new StringBuilder(text);
        for (int i = 0; i < out.length(); i++) {
            char c = out.charAt(i);
            if (c >= 'a' && c <= 'z') {
                out.setCharAt(i, (char) (c - 32));
            }
        }
        return out.toString();
    }

    private static String lower(Call call, String text) {
        call.meter().work(text.length() / 8);
        StringBuilder out = new StringBuilder(text);
        for (int i = 0; i < out.length(); i++) {
            char c = out.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                out.setCharAt(i, (char) (c + 32));
            }
        }
        return out.toString();
    }

    /// A position from 1 on, or from the end for a negative one.
    private static int position(double wanted, int length) {
        double at = wanted >= 0 ? wanted : wanted + length + 1;
        return (int) Math.clamp(at, 0, (double) length + 1);
    }

    private static void sub(Call call) {
        String text = call.string(1);
        int from = Math.max(1, position(call.number(2), text.length()));
        int to = Math.min(text.length(), position(call.number(3, -1), text.length()));
        call.text(from > to ? "" : text.substring(from - 1, to));
    }

    private static void repeat(Call call) {
        String text = call.string(1);
        double count = Math.max(0, Math.floor(call.number(2)));
        String separator = call.string(3, "");
        double total = count == 0 ? 0 : text.length() * count + separator.length() * (count - 1);
        call.meter().string((long) Math.min(total, 1e18));
        call.meter().work((long) total / 32);
        int times = (int) count;
        call.ret(total == 0 ? "" : separator.isEmpty() ? text.repeat(times) : text + (separator + text).repeat(times - 1));
    }

    private static void bytes(Call call) {
        String text = call.string(1);
        int from = Math.max(1, position(call.number(2, 1), text.length()));
        int to = Math.min(text.length(), position(call.number(3, from), text.length()));
        if (to - from >= 8000) {
            throw call.error("string slice too long");
        }
        for (int i = from; i <= to; i++) {
            call.ret((double) text.charAt(i - 1));
        }
    }

    private static void characters(Call call) {
        StringBuilder out = new StringBuilder(call.count());
        for (int i = 1; i <= call.count(); i++) {
            int code = call.integer(i);
            if (code < 0 || code > 255) {
                throw call.bad(i, "invalid value");
            }
            out.append((char) code);
        }
        call.text(out.toString());
    }

    // ---- patterns

    private static void find(Call call, boolean positions) {
        String text = call.string(1);
        String pattern = call.string(2);
        int start = Math.max(1, position(call.number(3, 1), text.length())) - 1;
        if (positions && (call.bool(4) || pattern.chars().noneMatch(c -> SPECIAL.indexOf(c) >= 0))) {
            // The search compares the pattern at every position, in the worst case.
            call.meter()
                    .work((text.length() - start) / 16 + (long) (text.length() - start) * Math.min(pattern.length(), 64) / 256);
            int at = text.indexOf(pattern, start);
            if (at < 0) {
                call.ret(Nil.NIL);
            } else {
                call.ret((double) (at + 1));
                call.ret((double) (at + pattern.length()));
            }
            return;
        }
        LuaPattern matcher = new LuaPattern(call, text, pattern);
        boolean anchored = pattern.startsWith("^");
        for (int at = start; at <= text.length(); at++) {
            int end = matcher.match(at, anchored ? 1 : 0);
            if (end >= 0) {
                if (positions) {
                    call.ret((double) (at + 1));
                    call.ret((double) end);
                }
                int count = positions ? matcher.captures() : Math.max(1, matcher.captures());
                for (int i = 0; i < count; i++) {
                    call.ret(matcher.capture(i, at, end));
                }
                return;
            }
            if (anchored) {
                break;
            }
        }
        call.ret(Nil.NIL);
    }

    private static void gmatch(Call call) {
        String text = call.string(1);
        String pattern = call.string(2);
        int[] next = {0};
        call.meter().allocate(64);
        call.ret(new JavaFunction("gmatch", step -> {
            LuaPattern matcher = new LuaPattern(step, text, pattern);
            for (int at = next[0]; at <= text.length(); at++) {
                int end = matcher.match(at, 0);
                if (end >= 0) {
                    next[0] = end == at ? end + 1 : end;
                    for (int i = 0; i < Math.max(1, matcher.captures()); i++) {
                        step.ret(matcher.capture(i, at, end));
                    }
                    return;
                }
            }
            next[0] = text.length() + 1;
            step.ret(Nil.NIL);
        }));
    }

    private static void gsub(Call call) {
        String text = call.string(1);
        String pattern = call.string(2);
        Object replacement = call.arg(3);
        if (!(replacement instanceof String || replacement instanceof Double || replacement instanceof LuaTable
                || replacement instanceof LuaFunction)) {
            throw call.bad(3, "string/function/table expected");
        }
        double most = call.number(4, Double.POSITIVE_INFINITY);
        boolean anchored = pattern.startsWith("^");
        LuaPattern matcher = new LuaPattern(call, text, pattern);
        StringBuilder out = new StringBuilder();
        int count = 0;
        int at = 0;
        while (count < most) {
            int end = matcher.match(at, anchored ? 1 : 0);
            if (end >= 0) {
                count++;
                replace(call, matcher, replacement, out, at, end, text);
            }
            if (end > at) {
                at = end;
            } else if (at < text.length()) {
                out.append(text.charAt(at++));
            } else {
                break;
            }
            if (anchored) {
                break;
            }
        }
        call.meter().work((text.length() - Math.min(at, text.length())) / 32);
        out.append(text, Math.min(at, text.length()), text.length());
        call.text(out.toString());
        call.ret((double) count);
    }

    private static void replace(Call call, LuaPattern matcher, Object replacement, StringBuilder out, int at, int end,
            String text) {
        Object value;
        switch (replacement) {
            case LuaTable table -> value = call.state().index(table, matcher.capture(0, at, end));
            case LuaFunction function -> {
                Object[] captures = new Object[Math.max(1, matcher.captures())];
                for (int i = 0; i < captures.length; i++) {
                    captures[i] = matcher.capture(i, at, end);
                }
                Object[] results = call.call(function, captures);
                value = results.length == 0 ? Nil.NIL : results[0];
            }
            default -> {
                expand(call, matcher, String.valueOf(Values.toText(replacement)), out, at, end);
                grown(call, out);
                return;
            }
        }
        if (value == Nil.NIL || value == Boolean.FALSE) {
            out.append(text, at, end);
        } else {
            String string = Values.toText(value);
            if (string == null) {
                throw call.error("invalid replacement value (a " + Values.typeName(value) + ")");
            }
            call.meter().allocate(string.length());
            out.append(string);
        }
        grown(call, out);
    }

    private static void grown(Call call, StringBuilder out) {
        if (out.length() > call.meter().memoryLimit()) {
            call.meter().string(out.length());
        }
    }

    private static void expand(Call call, LuaPattern matcher, String replacement, StringBuilder out, int at, int end) {
        call.meter().allocate(replacement.length());
        call.meter().work(replacement.length() / 4);
        for (int i = 0; i < replacement.length(); i++) {
            char c = replacement.charAt(i);
            if (c != '%' || i + 1 == replacement.length()) {
                out.append(c);
                continue;
            }
            char digit = replacement.charAt(++i);
            if (digit < '0' || digit > '9') {
                out.append(digit);
                continue;
            }
            String value = Values.toText(digit == '0' ? matcher.whole(at, end) : matcher.capture(digit - '1', at, end));
            call.meter().work(value == null ? 1 : 1 + value.length() / 16);
            out.append(value);
            grown(call, out);
        }
    }
}
