package io.jigress.app.settings;

import java.util.Locale;
import java.util.function.Function;
import java.util.function.LongSupplier;

/// A setting of the process.
///
/// @param name in files and flags: `admin.address`
/// @param fallback the default value, which may depend on the machine
/// @param fallbackText a description of such a default; empty for a constant one
public record Setting<T>(String name, SettingType<T> type, Function<Machine, T> fallback, String fallbackText, String doc) {

    /// The resources that the process may use: the limits of its container, where there are any.
    ///
    /// @param memory in bytes; computed only when needed, since it takes the JVM some milliseconds
    /// @param directMemory the JVM's limit of buffers outside the heap, in bytes; computed only when needed
    public record Machine(int processors, LongSupplier memory, LongSupplier directMemory) {

        /// A machine without a limit of the JVM.
        public Machine(int processors, long memory) {
            this(processors, () -> memory, () -> memory);
        }
    }

    /// Its name in the environment: `JIGRESS_ADMIN_ADDRESS`.
    public String variable() {
        return "JIGRESS_" + name.replace('.', '_').toUpperCase(Locale.ROOT);
    }
}
