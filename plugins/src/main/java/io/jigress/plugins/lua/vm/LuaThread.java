package io.jigress.plugins.lua.vm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A coroutine: a stack of values and a stack of calls.
public final class LuaThread extends Root {
    static final Object[] NONE = {};
    private static final int MOST_FRAMES = 15_000;
    private static final int MOST_SLOTS = 250_000;
    private static final int SLOT = 8;
    private static final int FIRST_SLOTS = 32;
    private static final int BYTES = 500;

    enum Status {
        /// Has not begun, or has yielded.
        SUSPENDED,
        RUNNING,
        /// Has resumed another one.
        NORMAL,
        DEAD
    }

    private final Meter meter;
    Object[] stack;
    Frame[] frames;
    int depth;
    Status status = Status.SUSPENDED;
    /// The function to begin with; nil once it has begun.
    Object entry;
    @Nullable LuaThread resumer;
    boolean wrapped;
    /// Calls from Java in progress, which cannot be suspended.
    int barriers;
    /// Of the thread of a run: the coroutine that has suspended the run.
    @Nullable LuaThread suspended;

    LuaThread(Meter meter, Object entry) {
        this.meter = meter;
        this.entry = entry;
        stack = new Object[FIRST_SLOTS];
        Arrays.fill(stack, Nil.NIL);
        frames = new Frame[4];
        meter.allocate(BYTES);
    }

    /// Whether it has ended, and not grown.
    boolean isReusable() { return depth == 0 && stack.length == FIRST_SLOTS; }

    /// Forgets the values of the run that has ended.
    void clear() {
        Arrays.fill(stack, Nil.NIL);
        status = Status.SUSPENDED;
        entry = Nil.NIL;
    }

    /// Begins anew. It is charged as a new one.
    void reuse(Object function) {
        meter.allocate(BYTES);
        entry = function;
    }

    Frame top() {
        return frames[depth - 1];
    }

    Frame push(int kind) {
        if (depth >= MOST_FRAMES) {
            throw new LuaError("stack overflow");
        }
        if (depth == frames.length) {
            meter.allocate(frames.length * 60L);
            frames = Arrays.copyOf(frames, 2 * depth);
        }
        Frame frame = frames[depth];
        if (frame == null) {
            frame = new Frame();
            frames[depth] = frame;
        }
        depth++;
        frame.kind = kind;
        return frame;
    }

    void pop() {
        Frame frame = frames[--depth];
        frame.closure = null;
        frame.varargs = NONE;
        frame.handler = Nil.NIL;
        if (frame.kind == Frame.BARRIER) {
            barriers--;
        }
    }

    /// Makes sure that the stack has that many slots.
    void ensure(int slots) {
        if (slots > stack.length) {
            if (slots > MOST_SLOTS) {
                throw new LuaError("stack overflow");
            }
            int size = Math.max(slots + 16, stack.length * 2);
            meter.allocate((long) (size - stack.length) * SLOT);
            int before = stack.length;
            stack = Arrays.copyOf(stack, size);
            Arrays.fill(stack, before, size, Nil.NIL);
        }
    }

    /// The first slot above the registers of the top frame.
    int free() {
        for (int i = depth - 1; i >= 0; i--) {
            Frame frame = frames[i];
            if (frame.kind == Frame.LUA && frame.closure != null) {
                return Math.max(frame.base + frame.closure.prototype.registers(), frame.top);
            }
            if (frame.kind != Frame.LUA) {
                return frame.top;
            }
        }
        return 0;
    }
}
