package io.jigress.app.settings;

import java.util.Locale;
import java.util.function.Function;
import java.util.function.LongSupplier;

/// A setting of the process.
///
/// @param name in the file and in flags: `admin.address`
/// @param fallback the default value, which may depend on the machine
/// @param fallbackText the same in words when it does; empty when it does not
public record Setting<T>(String name, SettingType<T> type, Function<Machine, T> fallback, String fallbackText, String doc) {

    /// What the process may use of the machine: the limits of its container, where there are any.
    ///
    /// @param memory in bytes; computed only when needed, since the JVM takes some milliseconds for it
    /// @param directMemory the most that buffers outside the heap may take by the JVM's own limit, in bytes; likewise
    public record Machine(int processors, LongSupplier memory, LongSupplier directMemory) {

        /// One whose JVM has no limit of its own.
        public Machine(int processors, long memory) {
            this(processors, () -> memory, () -> memory);
        }
    }

    /// Its name in the environment: `JIGRESS_ADMIN_ADDRESS`.
    public String variable() {
        return "JIGRESS_" + name.replace('.', '_').toUpperCase(Locale.ROOT);
    }
}
