package io.jigress.plugins.lua.lib;

import io.jigress.plugins.lua.vm.JavaFunction;
import io.jigress.plugins.lua.vm.LuaState;
import io.jigress.plugins.lua.vm.LuaTable;

/// A table of functions under construction.
public final class Library {
    private final LuaTable table;

    public Library(LuaTable table) {
        this.table = table;
    }

    public static Library of(LuaState state) {
        return new Library(state.table());
    }

    public Library put(String name, JavaFunction.Body body) {
        table.put(name, new JavaFunction(name, body));
        return this;
    }

    public Library put(String name, Object value) {
        table.put(name, value);
        return this;
    }

    public LuaTable table() {
        return table;
    }

    /// All libraries, as globals.
    ///
    /// @param now  the injected wall clock
    /// @param seed of math.random
    public static void install(LuaState state, java.time.InstantSource now, long seed, BaseLibrary.Printer printer) {
        BaseLibrary.install(state, printer);
        state.globals().put("string", StringLibrary.install(state));
        state.globals().put("table", TableLibrary.create(state));
        state.globals().put("math", MathLibrary.create(state, seed));
        state.globals().put("os", OsLibrary.create(state, now));
        state.globals().put("coroutine", CoroutineLibrary.create(state));
        state.globals().put("bit", BitLibrary.create(state));
    }
}
