package io.jigress.plugins.lua.vm;

import org.jspecify.annotations.Nullable;

/// A function that changes what the interpreter executes next.
final class ControlFunction extends LuaFunction {

    enum Kind {
        PCALL, XPCALL, RESUME, YIELD, WRAPPED
    }

    final Kind kind;
    /// The coroutine of a WRAPPED function.
    final @Nullable LuaThread thread;

    ControlFunction(Kind kind, @Nullable LuaThread thread) {
        this.kind = kind;
        this.thread = thread;
    }
}
