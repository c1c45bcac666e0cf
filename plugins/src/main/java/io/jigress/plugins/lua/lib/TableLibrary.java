package io.jigress.plugins.lua.lib;

import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaState;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;
import java.util.Arrays;

/// The library `table`.
final class TableLibrary {

    private TableLibrary() {}

    static LuaTable create(LuaState state) {
        return Library.of(state).put("insert", TableLibrary::insert).put("remove", TableLibrary::remove)
                .put("concat", TableLibrary::concat).put("sort", TableLibrary::sort)
                .put("getn", call -> call.ret((double) call.table(1).length())).put("maxn", TableLibrary::maxn)
                .put("foreach", TableLibrary::foreach).put("foreachi", TableLibrary::foreachi).put("unpack", BaseLibrary::unpack)
                .put("pack", call -> {
                    LuaTable packed = state.table();
                    for (int i = 1; i <= call.count(); i++) {
                        packed.put(i, call.arg(i));
                    }
                    packed.put("n", (double) call.count());
                    call.ret(packed);
                }).table();
    }

    private static void insert(Call call) {
        LuaTable table = call.table(1);
        int end = table.length() + 1;
        switch (call.count()) {
            case 2 -> table.put(end, call.arg(2));
            case 3 -> {
                int at = call.integer(2);
                Object value = call.arg(3);
                if (at >= 1 && at < end && value != Nil.NIL) {
                    table.insert(at, value);
                    return;
                }
                for (int i = end; i > at; i--) {
                    call.meter().work(1);
                    table.put(i, table.get(i - 1));
                }
                table.put(at, value);
            }
            default -> throw call.error("wrong number of arguments to 'insert'");
        }
    }

    private static void remove(Call call) {
        LuaTable table = call.table(1);
        int end = table.length();
        int at = call.integer(2, end);
        if (at < 1 || at > end) {
            if (call.count() < 2 || end == 0) {
                call.ret(Nil.NIL);
            }
            return;
        }
        call.ret(table.remove(at));
    }

    private static void concat(Call call) {
        LuaTable table = call.table(1);
        String separator = call.string(2, "");
        int from = call.integer(3, 1);
        int to = call.integer(4, table.length());
        long total = 0;
        for (int i = from; i <= to; i++) {
            call.meter().work(1);
            Object value = table.get(i);
            String text = Values.toText(value);
            if (text == null) {
                throw call.error("invalid value (" + Values.typeName(value) + ") at index " + i + " in table for 'concat'");
            }
            total += text.length() + (i < to ? separator.length() : 0);
            if (i == Integer.MAX_VALUE) {
                break;
            }
        }
        call.meter().string(total);
        call.meter().work(total / 32);
        StringBuilder all = new StringBuilder((int) total);
        for (int i = from; i <= to && i < Integer.MAX_VALUE; i++) {
            all.append(Values.toText(table.get(i)));
            if (i < to) {
                all.append(separator);
            }
        }
        call.ret(all.toString());
    }

    /// A merge sort: a comparison that contradicts itself gives some order, and cannot make it loop.
    private static void sort(Call call) {
        LuaTable table = call.table(1);
        int n = table.length();
        Object order = call.arg(2);
        if (order != Nil.NIL) {
            call.function(2);
        }
        call.meter().allocate(16L * n);
        call.meter().work(n);
        Object[] values = new Object[n];
        for (int i = 0; i < n; i++) {
            values[i] = table.get(i + 1);
        }
        merge(call, order, values, new Object[n], 0, n);
        for (int i = 0; i < n; i++) {
            table.put(i + 1, values[i]);
        }
    }

    private static void merge(Call call, Object order, Object[] values, Object[] other, int from, int to) {
        if (to - from < 2) {
            return;
        }
        int middle = (from + to) >>> 1;
        merge(call, order, values, other, from, middle);
        merge(call, order, values, other, middle, to);
        System.arraycopy(values, from, other, from, to - from);
        int left = from;
        int right = middle;
        for (int i = from; i < to; i++) {
            boolean second = left == middle || right < to && less(call, order, other[right], other[left]);
            values[i] = second ? other[right++] : other[left++];
        }
    }

    private static boolean less(Call call, Object order, Object a, Object b) {
        call.meter().work(2);
        if (order == Nil.NIL) {
            return call.state().lessThan(a, b);
        }
        Object[] results = call.call(order, a, b);
        return results.length > 0 && Values.truthy(results[0]);
    }

    private static void maxn(Call call) {
        LuaTable table = call.table(1);
        double most = 0;
        int position = table.after(Nil.NIL);
        while (position >= 0) {
            call.meter().work(1);
            if (table.keyAt(position) instanceof Double key) {
                most = Math.max(most, key);
            }
            position = table.after(table.keyAt(position));
        }
        call.ret(most);
    }

    private static void foreach(Call call) {
        LuaTable table = call.table(1);
        Object function = call.function(2);
        int position = table.after(Nil.NIL);
        while (position >= 0) {
            Object key = table.keyAt(position);
            Object[] results = call.call(function, key, table.valueAt(position));
            if (results.length > 0 && results[0] != Nil.NIL) {
                Arrays.stream(results).forEach(call::ret);
                return;
            }
            position = table.after(key);
        }
    }

    private static void foreachi(Call call) {
        LuaTable table = call.table(1);
        Object function = call.function(2);
        for (int i = 1; i <= table.length(); i++) {
            Object[] results = call.call(function, (double) i, table.get(i));
            if (results.length > 0 && results[0] != Nil.NIL) {
                Arrays.stream(results).forEach(call::ret);
                return;
            }
        }
    }
}
