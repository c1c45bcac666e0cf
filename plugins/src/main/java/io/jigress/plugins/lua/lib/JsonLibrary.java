package io.jigress.plugins.lua.lib;

import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaError;
import io.jigress.plugins.lua.vm.LuaState;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.LuaUserdata;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;

/// The module `cjson`.
public final class JsonLibrary {
    private static final int MOST_DEPTH = 200;

    private final LuaState state;
    private final LuaUserdata nothing;
    private final LuaTable arrays;
    private boolean emptyIsObject = true;

    public JsonLibrary(LuaState state) {
        this.state = state;
        nothing = new LuaUserdata("null", Library.of(state).put("__tostring", call -> call.ret("userdata: NULL"))
                .put("__metatable", (Object) false).table());
        arrays = state.table();
    }

    /// The value for JSON's null.
    public LuaUserdata nothing() {
        return nothing;
    }

    /// @param safe whether errors are results: nil and a message
    public LuaTable module(boolean safe) {
        LuaTable emptyArray = state.table();
        emptyArray.metatable(arrays);
        return Library.of(state).put("null", (Object) nothing).put("array_mt", (Object) arrays)
                .put("empty_array_mt", (Object) arrays).put("empty_array", (Object) emptyArray)
                .put("encode", call -> guarded(call, safe, () -> {
                    StringBuilder out = new StringBuilder();
                    encode(call, out, call.any(1), 0);
                    call.text(out.toString());
                })).put("decode", call -> guarded(call, safe, () -> call.ret(new Reader(call, call.string(1)).whole())))
                .put("encode_empty_table_as_object", call -> emptyIsObject = call.bool(1))
                .put("encode_max_depth", call -> call.ret((double) MOST_DEPTH))
                .put("decode_max_depth", call -> call.ret((double) MOST_DEPTH))
                .put("encode_number_precision", call -> call.ret(14.0))
                .put("encode_sparse_array", call -> call.ret(false)).put("decode_array_with_array_mt", call -> call.ret(true))
                .put("new", call -> call.ret(module(safe))).table();
    }

    private static void guarded(Call call, boolean safe, Runnable body) {
        try {
            body.run();
        } catch (LuaError e) {
            if (!safe) {
                throw e;
            }
            call.fail(String.valueOf(e.getMessage()));
        }
    }

    // ---- encoding

    private void encode(Call call, StringBuilder out, Object value, int depth) {
        call.meter().work(1);
        if (depth > MOST_DEPTH) {
            throw call.error("Cannot serialise, excessive depth (" + depth + ")");
        }
        switch (value) {
            case Nil _ -> out.append("null");
            case Boolean b -> out.append(b);
            case Double d -> {
                if (d.isNaN() || d.isInfinite()) {
                    throw call.error("Cannot serialise number: must not be NaN or Inf");
                }
                out.append(Values.numberText(d));
            }
            case String text -> quote(call, out, text);
            case LuaTable table -> {
                int length = arrayLength(call, table);
                if (length > 0 || length == 0 && (!emptyIsObject || table.metatable() == arrays)) {
                    out.append('[');
                    for (int i = 1; i <= length; i++) {
                        out.append(i == 1 ? "" : ",");
                        encode(call, out, table.get(i), depth + 1);
                    }
                    out.append(']');
                } else {
                    object(call, out, table, depth);
                }
            }
            default -> {
                if (value != nothing) {
                    throw call.error("Cannot serialise " + Values.typeName(value) + ": type not supported");
                }
                out.append("null");
            }
        }
        if (out.length() > call.meter().memoryLimit()) {
            call.meter().string(out.length());
        }
    }

    private void object(Call call, StringBuilder out, LuaTable table, int depth) {
        out.append('{');
        boolean first = true;
        int position = table.after(Nil.NIL);
        while (position >= 0) {
            Object key = table.keyAt(position);
            String name = Values.toText(key);
            if (name == null) {
                throw call.error("Cannot serialise table: table key must be a number or string");
            }
            out.append(first ? "" : ",");
            first = false;
            quote(call, out, name);
            out.append(':');
            encode(call, out, table.valueAt(position), depth + 1);
            position = table.after(key);
        }
        out.append('}');
    }

    /// The length of a list; 0 for an empty table and -1 for one with other keys.
    private static int arrayLength(Call call, LuaTable table) {
        double most = 0;
        int count = 0;
        int position = table.after(Nil.NIL);
        while (position >= 0) {
            call.meter().work(1);
            Object key = table.keyAt(position);
            if (!(key instanceof Double d) || d < 1 || d != Math.floor(d)) {
                return -1;
            }
            most = Math.max(most, d);
            count++;
            position = table.after(key);
        }
        if (most > 10 && most > count * 2.0) {
            throw call.error("Cannot serialise table: excessively sparse array");
        }
        return (int) most;
    }

    private static void quote(Call call, StringBuilder out, String text) {
        call.meter().work(text.length() / 8);
        call.meter().allocate(text.length());
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '/' -> out.append("\\/");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20 || c == 0x7f) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    // ---- decoding

    private final class Reader {
        private final Call call;
        private final String text;
        private int at;

        Reader(Call call, String text) {
            this.call = call;
            this.text = text;
        }

        private LuaError unexpected(String expected) {
            return call.error("Expected " + expected + " but found "
                    + (at >= text.length() ? "T_END" : "invalid token") + " at character " + (at + 1));
        }

        Object whole() {
            Object value = value(0);
            skip();
            if (at < text.length()) {
                throw unexpected("the end");
            }
            return value;
        }

        private void skip() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private char peek() {
            return at < text.length() ? text.charAt(at) : '\0';
        }

        private Object value(int depth) {
            call.meter().work(1);
            if (depth > MOST_DEPTH) {
                throw call.error("Found too many nested data structures (" + depth + ")");
            }
            skip();
            return switch (peek()) {
                case '{' -> object(depth);
                case '[' -> array(depth);
                case '"' -> string();
                case 't' -> word("true", true);
                case 'f' -> word("false", false);
                case 'n' -> word("null", nothing);
                default -> number();
            };
        }

        private Object word(String word, Object value) {
            if (!text.startsWith(word, at)) {
                throw unexpected("value");
            }
            at += word.length();
            return value;
        }

        private Object number() {
            int from = at;
            while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
            Double number = Values.parse(text.substring(from, at));
            if (number == null) {
                at = from;
                throw unexpected("value");
            }
            return number;
        }

        private Object object(int depth) {
            LuaTable table = state.table();
            at++;
            skip();
            if (peek() == '}') {
                at++;
                return table;
            }
            while (true) {
                skip();
                if (peek() != '"') {
                    throw unexpected("object key string");
                }
                String key = string();
                skip();
                if (peek() != ':') {
                    throw unexpected("colon");
                }
                at++;
                table.put(key, value(depth + 1));
                skip();
                if (peek() == '}') {
                    at++;
                    return table;
                }
                if (peek() != ',') {
                    throw unexpected("comma or object end");
                }
                at++;
            }
        }

        private Object array(int depth) {
            LuaTable table = state.table();
            table.metatable(arrays);
            at++;
            skip();
            if (peek() == ']') {
                at++;
                return table;
            }
            int count = 0;
            while (true) {
                table.put(++count, value(depth + 1));
                skip();
                if (peek() == ']') {
                    at++;
                    return table;
                }
                if (peek() != ',') {
                    throw unexpected("comma or array end");
                }
                at++;
            }
        }

        private String string() {
            int from = ++at;
            while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\\' && text.charAt(at) >= 0x20) {
                at++;
            }
            call.meter().work((at - from) / 8);
            if (peek() == '"') {
                call.meter().string(at - from);
                return text.substring(from, at++);
            }
            StringBuilder out = new StringBuilder(text.substring(from, at));
            while (true) {
                char c = peek();
                if (at >= text.length() || c < 0x20) {
                    throw unexpected("string or escape");
                }
                at++;
                call.meter().work(1);
                if (c == '"') {
                    call.meter().string(out.length());
                    return out.toString();
                }
                if (c == '\\') {
                    escape(out);
                } else {
                    out.append(c);
                }
            }
        }

        private void escape(StringBuilder out) {
            char c = peek();
            at++;
            switch (c) {
                case '"', '\\', '/' -> out.append(c);
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'u' -> {
                    int code = unit();
                    if (Character.isHighSurrogate((char) code) && text.startsWith("\\u", at)) {
                        at += 2;
                        code = Character.toCodePoint((char) code, (char) unit());
                    }
                    out.append(Values.bytes(Character.isValidCodePoint(code) ? Character.toString(code) : "?"));
                }
                default -> throw unexpected("valid escape");
            }
        }

        private int unit() {
            int code = 0;
            for (int i = 0; i < 4; i++) {
                int digit = Character.digit(peek(), 16);
                if (digit < 0) {
                    throw unexpected("four hexadecimal digits");
                }
                code = code * 16 + digit;
                at++;
            }
            return code;
        }
    }
}
