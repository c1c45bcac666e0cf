package io.jigress.plugins.lua;

import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;

/// Arguments of a query or a form, as tables.
final class Arguments {
    private static final int MOST = 1000;

    private Arguments() {}

    /// @param most the number that is read; 0 for all, up to a thousand
    static LuaTable decode(Call call, String query, int most) {
        LuaTable table = call.state().table();
        int limit = most <= 0 ? MOST : Math.min(most, MOST);
        call.meter().work(query.length() / 4);
        int read = 0;
        for (String argument : query.split("&", limit + 1)) {
            if (argument.isEmpty()) {
                continue;
            }
            if (++read > limit) {
                break;
            }
            int equals = argument.indexOf('=');
            String name = Encodings.unescape(equals < 0 ? argument : argument.substring(0, equals), true);
            Object value = equals < 0 ? Boolean.TRUE : Encodings.unescape(argument.substring(equals + 1), true);
            call.meter().string(argument.length());
            Object before = table.get(name);
            if (before == Nil.NIL) {
                table.put(name, value);
            } else if (before instanceof LuaTable list) {
                list.put(list.length() + 1, value);
            } else {
                LuaTable list = call.state().table();
                list.put(1, before);
                list.put(2, value);
                table.put(name, list);
            }
        }
        return table;
    }

    static String encode(Call call, LuaTable table) {
        StringBuilder out = new StringBuilder();
        int position = table.after(Nil.NIL);
        while (position >= 0) {
            Object key = table.keyAt(position);
            if (table.valueAt(position) instanceof LuaTable list) {
                for (int i = 1; i <= list.length(); i++) {
                    append(call, out, key, list.get(i));
                }
            } else {
                append(call, out, key, table.valueAt(position));
            }
            position = table.after(key);
        }
        return out.toString();
    }

    private static void append(Call call, StringBuilder out, Object key, Object value) {
        if (value == Boolean.FALSE) {
            return;
        }
        String name = Encodings.escape(String.valueOf(Values.toText(key)));
        String text = Values.toText(value);
        if (text == null && value != Boolean.TRUE) {
            throw call.error("attempt to use " + Values.typeName(value) + " as query arg value");
        }
        call.meter().allocate(name.length() + (text == null ? 0 : text.length() * 3L));
        out.append(out.isEmpty() ? "" : "&").append(name);
        if (text != null) {
            out.append('=').append(Encodings.escape(text));
        }
    }
}
