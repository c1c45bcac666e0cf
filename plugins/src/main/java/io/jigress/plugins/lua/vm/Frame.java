package io.jigress.plugins.lua.vm;

import org.jspecify.annotations.Nullable;

/// A call in progress, as data. Frames are reused.
final class Frame {
    static final int LUA = 0;
    /// A protected call: the frame above it is what it protects.
    static final int PROTECTED = 1;
    /// The handler of a failed xpcall runs above this frame.
    static final int HANDLING = 2;
    /// A call from Java: its end is the end of the interpreter's loop.
    static final int BARRIER = 3;

    /// The begin of a coroutine.
    static final int BASE = 4;

    int kind;
    @Nullable LuaClosure closure;
    int base;
    int pc;
    /// The end of the values of an open list.
    int top;
    Object[] varargs = LuaThread.NONE;
    /// Of an xpcall.
    Object handler = Nil.NIL;
}
