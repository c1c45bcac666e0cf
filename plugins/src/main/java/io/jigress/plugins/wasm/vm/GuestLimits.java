package io.jigress.plugins.wasm.vm;

import java.time.Duration;

/// What an instance of a module may use.
///
/// @param memoryPages pages of 64 KiB
/// @param deadline the longest time that one call of the module may take
public record GuestLimits(int memoryPages, Duration deadline) {}
