package io.jigress.plugins.lua.lib;

import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.JavaFunction;
import io.jigress.plugins.lua.vm.LuaClosure;
import io.jigress.plugins.lua.vm.LuaError;
import io.jigress.plugins.lua.vm.LuaFunction;
import io.jigress.plugins.lua.vm.LuaState;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.LuaUserdata;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Prototype;
import io.jigress.plugins.lua.vm.Values;

/// The functions without a table: `pairs`, `pcall`, `tostring` and the others.
public final class BaseLibrary {
    /// The longest source that load and loadstring compile.
    private static final int MOST_SOURCE = 1 << 16;

    private BaseLibrary() {}

    /// Where `print` writes.
    public interface Printer {
        void print(String line);
    }

    static void install(LuaState state, Printer printer) {
        LuaTable globals = state.globals();
        JavaFunction next = new JavaFunction("next", BaseLibrary::next);
        JavaFunction ipairsStep = new JavaFunction("ipairs", BaseLibrary::ipairsStep);
        state.next(next);
        new Library(globals).put("_G", globals).put("_VERSION", "Lua 5.1").put("next", next)
                .put("pairs", call -> pairs(call, next)).put("ipairs", call -> {
                    call.any(1);
                    call.ret(ipairsStep);
                    call.ret(call.table(1));
                    call.ret(0.0);
                }).put("pcall", state.protectedCall()).put("xpcall", state.protectedCallWithHandler()).put("error", call -> {
                    throw error(call);
                }).put("assert", BaseLibrary::assertion).put("type", call -> call.ret(Values.typeName(call.any(1))))
                .put("tostring", call -> call.text(state.toText(call.any(1)))).put("tonumber", BaseLibrary::tonumber)
                .put("select", BaseLibrary::select).put("unpack", BaseLibrary::unpack)
                .put("rawget", call -> call.ret(call.table(1).get(call.arg(2)))).put("rawset", BaseLibrary::rawset)
                .put("rawequal", call -> call.ret(Values.rawEquals(call.any(1), call.any(2))))
                .put("getmetatable", BaseLibrary::getmetatable).put("setmetatable", BaseLibrary::setmetatable)
                .put("getfenv", BaseLibrary::getfenv).put("setfenv", BaseLibrary::setfenv)
                .put("loadstring", BaseLibrary::loadstring).put("load", BaseLibrary::load)
                .put("collectgarbage", BaseLibrary::collectgarbage).put("print", call -> print(call, printer));
    }

    private static void next(Call call) {
        LuaTable table = call.table(1);
        int position = table.after(call.arg(2));
        if (position == -2) {
            throw call.error("invalid key to 'next'");
        }
        if (position < 0) {
            call.ret(Nil.NIL);
        } else {
            call.ret(table.keyAt(position), table.valueAt(position));
        }
    }

    private static void pairs(Call call, JavaFunction next) {
        Object handler = call.state().metamethod(call.any(1), "__pairs");
        if (handler != Nil.NIL) {
            Object[] results = call.call(handler, call.arg(1));
            for (int i = 0; i < 3; i++) {
                call.ret(i < results.length ? results[i] : Nil.NIL);
            }
            return;
        }
        call.ret(next);
        call.ret(call.table(1));
        call.ret(Nil.NIL);
    }

    private static void ipairsStep(Call call) {
        int i = call.integer(2) + 1;
        Object value = call.table(1).get(i);
        if (value == Nil.NIL) {
            call.ret(Nil.NIL);
        } else {
            call.ret((double) i);
            call.ret(value);
        }
    }

    private static LuaError error(Call call) {
        Object value = call.arg(1);
        int level = call.integer(2, 1);
        if (value instanceof String text && level > 0) {
            String message = call.state().where(level) + text;
            call.meter().string(message.length());
            return new LuaError(message);
        }
        return new LuaError(value);
    }

    private static void assertion(Call call) {
        if (!Values.truthy(call.any(1))) {
            Object message = call.count() < 2 ? "assertion failed!" : call.arg(2);
            throw message instanceof String text ? call.error(text) : new LuaError(message);
        }
        for (int i = 1; i <= call.count(); i++) {
            call.ret(call.arg(i));
        }
    }

    private static void tonumber(Call call) {
        Object value = call.any(1);
        int base = call.integer(2, 10);
        if (base == 10) {
            Double number = Values.toNumber(value);
            call.ret(number == null ? Nil.NIL : number);
            return;
        }
        if (base < 2 || base > 36) {
            throw call.bad(2, "base out of range");
        }
        String text = call.string(1).strip();
        boolean negative = text.startsWith("-");
        String digits = negative ? text.substring(1) : text;
        if (base == 16 && (digits.startsWith("0x") || digits.startsWith("0X"))) {
            digits = digits.substring(2);
        }
        double result = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = Character.digit(digits.charAt(i), base);
            if (digit < 0) {
                call.ret(Nil.NIL);
                return;
            }
            result = result * base + digit;
        }
        call.ret(digits.isEmpty() ? Nil.NIL : (Object) (negative ? -result : result));
    }

    private static void select(Call call) {
        if ("#".equals(call.arg(1))) {
            call.ret((double) (call.count() - 1));
            return;
        }
        int n = call.integer(1);
        int from = n < 0 ? call.count() + n + 1 : n + 1;
        if (n == 0 || from < 2) {
            throw call.bad(1, "index out of range");
        }
        for (int i = from; i <= call.count(); i++) {
            call.ret(call.arg(i));
        }
    }

    static void unpack(Call call) {
        LuaTable table = call.table(1);
        int from = call.integer(2, 1);
        int to = call.integer(3, table.length());
        if ((long) to - from >= 8000) {
            throw call.error("too many results to unpack");
        }
        call.meter().work(Math.max(0, to - from));
        for (int i = from; i <= to; i++) {
            call.ret(table.get(i));
        }
    }

    private static void rawset(Call call) {
        Object key = call.any(2);
        if (key == Nil.NIL || key instanceof Double d && d.isNaN()) {
            throw call.error(key == Nil.NIL ? "table index is nil" : "table index is NaN");
        }
        call.table(1).put(key, call.any(3));
        call.ret(call.arg(1));
    }

    private static void getmetatable(Call call) {
        LuaTable metatable = switch (call.any(1)) {
            case LuaTable table -> table.metatable();
            case LuaUserdata data -> data.metatable();
            // The metatable of strings is shared by all that runs in the state.
            default -> null;
        };
        if (metatable == null) {
            call.ret(Nil.NIL);
        } else {
            Object shown = metatable.get("__metatable");
            call.ret(shown == Nil.NIL ? metatable : shown);
        }
    }

    private static void setmetatable(Call call) {
        LuaTable table = call.table(1);
        if (call.count() < 2 || call.has(2) && !(call.arg(2) instanceof LuaTable)) {
            throw call.bad(2, "nil or table expected");
        }
        LuaTable before = table.metatable();
        if (before != null && before.get("__metatable") != Nil.NIL) {
            throw call.error("cannot change a protected metatable");
        }
        table.metatable(call.has(2) ? call.table(2) : null);
        call.ret(table);
    }

    private static void getfenv(Call call) {
        if (call.arg(1) instanceof LuaFunction function) {
            call.ret(function instanceof LuaClosure closure ? closure.environment() : call.state().globals());
            return;
        }
        int level = call.integer(1, 1);
        LuaClosure closure = level == 0 ? null : call.state().closureAt(level);
        call.ret(closure == null ? call.state().globals() : closure.environment());
    }

    private static void setfenv(Call call) {
        LuaTable environment = call.table(2);
        if (call.arg(1) instanceof LuaClosure closure) {
            closure.environment(environment);
            call.ret(closure);
            return;
        }
        LuaClosure closure = call.arg(1) instanceof Double level && level > 0 ? call.state().closureAt(level.intValue()) : null;
        if (closure == null) {
            throw call.error("'setfenv' cannot change environment of given object");
        }
        closure.environment(environment);
        call.ret(closure);
    }

    private static void loadstring(Call call) {
        compile(call, call.string(1), call.string(2, call.string(1)));
    }

    private static void load(Call call) {
        if (call.arg(1) instanceof String source) {
            compile(call, source, call.string(2, source));
            return;
        }
        LuaFunction reader = call.function(1);
        StringBuilder source = new StringBuilder();
        while (true) {
            Object[] piece = call.call(reader);
            if (piece.length == 0 || piece[0] == Nil.NIL || "".equals(piece[0])) {
                break;
            }
            String text = Values.toText(piece[0]);
            if (text == null) {
                throw call.error("reader function must return a string");
            }
            call.meter().string(text.length());
            source.append(text);
            if (source.length() > MOST_SOURCE) {
                break;
            }
        }
        compile(call, source.toString(), call.string(2, "=(load)"));
    }

    private static void compile(Call call, String source, String name) {
        if (source.length() > MOST_SOURCE) {
            call.fail("the source is longer than " + MOST_SOURCE + " bytes");
            return;
        }
        call.meter().work(source.length() * 4L);
        call.meter().allocate(source.length() * 30L);
        String chunk = name.startsWith("=") || name.startsWith("@") ? name.substring(1) : quoted(name);
        try {
            Prototype prototype = Prototype.compile(source, chunk, 1);
            call.ret(call.state().load(prototype, call.state().globals()));
        } catch (LuaError e) {
            call.fail(String.valueOf(e.getMessage()));
        }
    }

    private static String quoted(String name) {
        int end = name.indexOf('\n');
        String line = end < 0 ? name : name.substring(0, end);
        boolean cut = end >= 0 || line.length() > 40;
        return "[string \"" + (line.length() > 40 ? line.substring(0, 40) : line) + (cut ? "..." : "") + "\"]";
    }

    private static void collectgarbage(Call call) {
        String option = call.string(1, "collect");
        switch (option) {
            case "count" -> call.ret(call.meter().memoryUsed() / 1024.0);
            case "collect", "step", "stop", "restart", "setpause", "setstepmul" -> call.ret(0.0);
            default -> throw call.bad(1, "invalid option '" + option + "'");
        }
    }

    private static void print(Call call, Printer printer) {
        StringBuilder line = new StringBuilder();
        for (int i = 1; i <= call.count(); i++) {
            String text = call.state().toText(call.arg(i));
            call.meter().work(text.length() / 8);
            line.append(i == 1 ? "" : "\t").append(text);
            if (line.length() > 4096) {
                break;
            }
        }
        printer.print(line.toString());
    }
}
