package io.jigress.plugins.lua;

import io.jigress.api.FieldValue;
import io.jigress.api.HeaderName;
import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Header fields that scripts give as tables: a value is a string or a list of strings.
final class Fields {
    private static final int MOST = 200;

    private Fields() {}

    /// The fields of a table but pseudo-header fields and some others.
    static List<Map.Entry<HeaderName, String>> ofTable(Call call, LuaTable table, Set<String> without) {
        List<Map.Entry<HeaderName, String>> fields = new ArrayList<>();
        int position = table.after(Nil.NIL);
        while (position >= 0) {
            Object key = table.keyAt(position);
            if (key instanceof String name && !name.startsWith(":") && !without.contains(name.toLowerCase(Locale.ROOT))) {
                HeaderName field = HeaderName.of(name);
                if (table.valueAt(position) instanceof LuaTable list) {
                    for (int i = 1; i <= list.length(); i++) {
                        fields.add(Map.entry(field, value(call, name, list.get(i))));
                    }
                } else {
                    fields.add(Map.entry(field, value(call, name, table.valueAt(position))));
                }
            }
            if (fields.size() > MOST) {
                throw call.error("more than " + MOST + " header fields");
            }
            position = table.after(key);
        }
        return fields;
    }

    static String value(Call call, String name, Object value) {
        return FieldValue.checked(text(call, name, value));
    }

    /// @throws io.jigress.plugins.lua.vm.LuaError when the value is neither a string nor a number
    static String text(Call call, String name, Object value) {
        String text = Values.toText(value);
        if (text == null) {
            throw call.error("the value of header '" + name + "' is a " + Values.typeName(value)
                    + " (expected: a string or a list of strings)");
        }
        return text;
    }
}
