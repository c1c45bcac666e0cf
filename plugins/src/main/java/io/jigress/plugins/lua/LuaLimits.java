package io.jigress.plugins.lua;

import java.time.Duration;

/// What a script may consume.
///
/// @param instructions that it may execute between two waits
/// @param memory       bytes that one event loop's state may hold
/// @param run          the processor time that it may take between two waits
/// @param deadline     the longest wait of one call or sleep
record LuaLimits(long instructions, long memory, Duration run, Duration deadline) {
    static final LuaLimits DEFAULTS = new LuaLimits(1_000_000, 16L << 20, Duration.ofMillis(30), Duration.ofSeconds(30));
}
