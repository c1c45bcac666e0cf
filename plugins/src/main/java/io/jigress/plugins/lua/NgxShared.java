package io.jigress.plugins.lua;

import io.jigress.plugins.lua.lib.Library;
import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.LuaUserdata;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `ngx.shared`: the dictionaries of the plugin's field `shared`.
final class NgxShared {
    private final World world;
    private final LuaTable dictionaries;

    NgxShared(World world) {
        this.world = world;
        Library functions = Library.of(world.state).put("get", call -> get(call, false)).put("get_stale", call -> get(call, true))
                .put("set", call -> put(call, SharedDict.Mode.SET, false))
                .put("safe_set", call -> put(call, SharedDict.Mode.SET, true))
                .put("add", call -> put(call, SharedDict.Mode.ADD, false))
                .put("safe_add", call -> put(call, SharedDict.Mode.ADD, true))
                .put("replace", call -> put(call, SharedDict.Mode.REPLACE, false))
                .put("delete", call -> self(call).delete(call.string(2))).put("incr", this::increment)
                .put("ttl", call -> {
                    double seconds = self(call).remaining(call.string(2), now());
                    if (seconds < 0) {
                        call.fail("not found");
                    } else {
                        call.ret(seconds);
                    }
                }).put("expire", this::expire).put("flush_all", call -> self(call).clear())
                .put("flush_expired", call -> call.ret((double) self(call).removeExpired(now()))).put("get_keys", call -> {
                    LuaTable keys = world.state.table();
                    List<String> all = self(call).keys(call.integer(2, 1024) <= 0 ? 100_000 : call.integer(2, 1024), now());
                    all.forEach(key -> keys.put(keys.length() + 1, key));
                    call.ret(keys);
                }).put("capacity", call -> call.ret((double) self(call).capacity()))
                .put("free_space", call -> call.ret((double) self(call).free()));
        dictionaries = Library.of(world.state).put("__index", functions.table()).put("__metatable", (Object) false).table();
    }

    LuaTable table() {
        LuaTable table = world.state.table();
        world.plugin.dictionaries().forEach((name, dictionary) -> table.put(name, new LuaUserdata(dictionary, dictionaries)));
        return table;
    }

    private long now() {
        return world.services.nanoTime();
    }

    private static SharedDict self(Call call) {
        return call.userdata(1, SharedDict.class, "shared dictionary");
    }

    private void get(Call call, boolean stale) {
        SharedDict.Entry entry = stale ? self(call).stale(call.string(2)) : self(call).get(call.string(2), now());
        if (entry == null) {
            call.ret(Nil.NIL);
            return;
        }
        if (entry.value() instanceof String text) {
            call.text(text);
        } else {
            call.ret(entry.value());
        }
        if (entry.flags() != 0 || stale) {
            call.ret(entry.flags() == 0 ? Nil.NIL : (Object) entry.flags());
        }
        if (stale) {
            call.ret(!entry.isLive(now()));
        }
    }

    private void put(Call call, SharedDict.Mode mode, boolean safe) {
        SharedDict dictionary = self(call);
        String key = call.string(2);
        Object value = call.arg(3);
        if (value == Nil.NIL) {
            dictionary.delete(key);
            call.ret(true);
            return;
        }
        if (!(value instanceof String || value instanceof Double || value instanceof Boolean)) {
            throw call.bad(3, "string, number, boolean or nil expected, got " + Values.typeName(value));
        }
        String failure = dictionary.put(key, value, call.number(4, 0), call.number(5, 0), now(), mode, safe);
        call.ret(failure == null ? (Object) true : safe ? Nil.NIL : (Object) false);
        call.ret(failure == null ? Nil.NIL : failure);
        call.ret(false);
    }

    private void increment(Call call) {
        @Nullable Double initial = call.has(4) ? (Double) call.number(4) : null;
        Object sum = self(call).increment(call.string(2), call.number(3), initial, call.number(5, 0), now());
        if (sum instanceof String failure) {
            call.fail(failure);
        } else {
            call.ret(sum);
        }
    }

    private void expire(Call call) {
        SharedDict dictionary = self(call);
        SharedDict.Entry entry = dictionary.get(call.string(2), now());
        if (entry == null) {
            call.fail("not found");
            return;
        }
        dictionary.put(call.string(2), entry.value(), call.number(3), entry.flags(), now(), SharedDict.Mode.SET, false);
        call.ret(true);
    }
}
