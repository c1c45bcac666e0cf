package io.jigress.plugins.lua.vm;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/// Measures the bytes of what a state can reach.
final class Reachable {
    private static final int SMALL_STRING = 64;

    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final ArrayDeque<Object> pending = new ArrayDeque<>();
    private long bytes;

    long bytes(LuaState state) {
        add(state.globals());
        LuaTable strings = state.strings();
        if (strings != null) {
            add(strings);
        }
        state.roots().forEach(this::add);
        LuaThread current = state.current();
        if (current != null) {
            add(current);
        }
        while (!pending.isEmpty()) {
            expand(pending.remove());
        }
        return bytes;
    }

    private void add(Object value) {
        switch (value) {
            case String text -> {
                if (text.length() <= SMALL_STRING || seen.add(text)) {
                    bytes += 40 + text.length();
                }
            }
            case LuaTable _,LuaClosure _,LuaThread _,Cell _,LuaUserdata _,ControlFunction _ -> {
                if (seen.add(value)) {
                    pending.add(value);
                }
            }
            case MemoryHolder holder -> {
                if (seen.add(holder)) {
                    bytes += holder.bytes();
                    holder.visit(this::add);
                }
            }
            default -> {
                // Numbers are part of their slots.
            }
        }
    }

    private void expand(Object value) {
        switch (value) {
            case LuaTable table -> {
                bytes += table.size();
                table.visit(this::add);
            }
            case LuaClosure closure -> {
                bytes += 48 + 8L * closure.upvalues.length;
                add(closure.environment());
                for (Cell cell : closure.upvalues) {
                    add(cell);
                }
            }
            case Cell cell -> {
                bytes += 16;
                add(cell.value);
            }
            case LuaUserdata data -> {
                bytes += 32;
                add(data.value());
            }
            case ControlFunction function -> {
                if (function.thread != null) {
                    add(function.thread);
                }
            }
            case LuaThread thread -> {
                bytes += 500 + 8L * thread.stack.length + 60L * thread.frames.length;
                add(thread.entry);
                int free = thread.free();
                for (int i = 0; i < free && i < thread.stack.length; i++) {
                    add(thread.stack[i]);
                }
                for (int i = 0; i < thread.depth; i++) {
                    Frame frame = thread.frames[i];
                    if (frame.closure != null) {
                        add(frame.closure);
                    }
                    for (Object argument : frame.varargs) {
                        add(argument);
                    }
                }
                if (thread.resumer != null) {
                    add(thread.resumer);
                }
                if (thread.suspended != null) {
                    add(thread.suspended);
                }
            }
            default -> throw new IllegalStateException("not expandable: " + value.getClass());
        }
    }
}
