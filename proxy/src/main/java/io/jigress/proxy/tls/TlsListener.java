package io.jigress.proxy.tls;

import io.jigress.config.PersistentMap;
import org.jspecify.annotations.Nullable;

/// The sections of one listener by host pattern, as they are now. Immutable, for all event loops.
public final class TlsListener {
    private final PersistentMap<String, TlsSection> sections;

    TlsListener(PersistentMap<String, TlsSection> sections) {
        this.sections = sections;
    }

    /// Whether TLS is terminated for a pattern.
    public boolean terminates(String pattern) {
        return sections.contains(pattern);
    }

    /// The section with the most specific pattern that a server name fits.
    ///
    /// @param serverName in lower case; empty when the client names none
    /// @return null when there is none
    public @Nullable TlsSection section(String serverName) {
        return ServerNames.mostSpecific(serverName, sections::get);
    }
}
