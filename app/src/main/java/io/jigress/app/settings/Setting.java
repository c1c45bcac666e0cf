package io.jigress.app.settings;

import java.util.Locale;
import java.util.function.Function;

/// Something that is decided at start.
///
/// @param name in the file and in flags: `admin.address`
/// @param fallback the value when nobody says anything, which may depend on the machine
/// @param fallbackText the same in words when it does; empty when it does not
public record Setting<T>(String name, SettingType<T> type, Function<Machine, T> fallback, String fallbackText, String doc) {

    /// What the process may use of the machine, as the JVM tells it: it honours the limits of a container.
    public record Machine(int processors, long heapBytes) {}

    static <T> Setting<T> of(String name, SettingType<T> type, T fallback, String doc) {
        return new Setting<>(name, type, _ -> fallback, "", doc);
    }

    /// Its name in the environment: `JIGRESS_ADMIN_ADDRESS`.
    public String variable() {
        return "JIGRESS_" + name.replace('.', '_').toUpperCase(Locale.ROOT);
    }
}
