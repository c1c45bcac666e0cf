package io.jigress.proxy.compile;

import io.jigress.config.PersistentMap;
import org.jspecify.annotations.Nullable;

/// The stream routes of one listener. Immutable.
///
/// @param route of a TCP or UDP listener; null for none
/// @param sections of a TLS listener, by the pattern of their server names
public record StreamTable(@Nullable CompiledStream route, PersistentMap<String, Section> sections) {
    public static final StreamTable EMPTY = new StreamTable(null, PersistentMap.empty());

    StreamTable with(String pattern, Section section) {
        return new StreamTable(route, sections.with(pattern, section));
    }

    StreamTable without(String pattern) {
        return new StreamTable(route, sections.without(pattern));
    }

    /// What is done with the connections of a section.
    ///
    /// @param terminated whether the gateway terminates their TLS
    /// @param routes by pattern of server names
    public record Section(String name, boolean terminated, PersistentMap<String, CompiledStream> routes) {}
}
