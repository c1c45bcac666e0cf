package io.jigress.plugins.lua.lib;

import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaState;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.LuaThread;
import io.jigress.plugins.lua.vm.Nil;

/// The library `coroutine`.
final class CoroutineLibrary {

    private CoroutineLibrary() {}

    static LuaTable create(LuaState state) {
        return Library.of(state).put("create", call -> call.ret(state.coroutine(call.function(1))))
                .put("wrap", call -> call.ret(state.wrapped(state.coroutine(call.function(1)))))
                .put("resume", state.coroutineResume()).put("yield", state.coroutineYield())
                .put("status", call -> call.ret(state.status(thread(call)))).put("running", call -> {
                    LuaThread running = state.running();
                    call.ret(running == null ? Nil.NIL : running);
                }).table();
    }

    private static LuaThread thread(Call call) {
        if (call.arg(1) instanceof LuaThread thread) {
            return thread;
        }
        throw call.bad(1, "coroutine expected");
    }
}
