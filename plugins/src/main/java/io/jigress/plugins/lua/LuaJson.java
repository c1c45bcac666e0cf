package io.jigress.plugins.lua;

import io.jigress.api.Json;
import io.jigress.plugins.lua.vm.LuaState;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;
import java.util.Map;

/// The plugin's configuration as Lua values.
final class LuaJson {

    private LuaJson() {}

    static Object value(LuaState state, Json json) {
        return switch (json) {
            case Json.Null _ -> Nil.NIL;
            case Json.Bool(boolean value) -> value;
            case Json.Num(String literal) -> Double.valueOf(literal);
            case Json.Str(String text) -> Values.bytes(text);
            case Json.Arr array -> {
                LuaTable table = state.table();
                for (int i = 0; i < array.items().size(); i++) {
                    table.put(i + 1, value(state, array.items().get(i)));
                }
                yield table;
            }
            case Json.Obj object -> {
                LuaTable table = state.table();
                for (Map.Entry<String, Json> member : object.members().entrySet()) {
                    table.put(Values.bytes(member.getKey()), value(state, member.getValue()));
                }
                yield table;
            }
        };
    }
}
