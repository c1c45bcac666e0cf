package io.jigress.plugins.wasm.abi;

import io.jigress.plugins.wasm.vm.Watchdog;
import java.security.SecureRandom;
import java.time.InstantSource;

/// What all instances of all plugins share.
///
/// @param clock the wall clock
public record VmEnvironment(SharedStores shared, Watchdog watchdog, InstantSource clock, SecureRandom random) {}
