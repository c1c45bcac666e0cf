package io.jigress.proxy.tls;

import io.jigress.config.PersistentMap;
import org.jspecify.annotations.Nullable;

/// The sections of one listener by host pattern, as they are now. Immutable, for all event loops.
public final class TlsListener {
    private final PersistentMap<String, TlsSection> sections;

    TlsListener(PersistentMap<String, TlsSection> sections) {
        this.sections = sections;
    }

    /// The section with the most specific pattern that a server name fits.
    ///
    /// @param serverName in lower case; empty when the client names none
    /// @return null when there is none
    public @Nullable TlsSection section(String serverName) {
        TlsSection exact = sections.get(serverName);
        if (exact != null && !serverName.startsWith("*")) {
            return exact;
        }
        for (int dot = serverName.indexOf('.'); dot >= 0; dot = serverName.indexOf('.', dot + 1)) {
            TlsSection wildcard = sections.get("*" + serverName.substring(dot));
            if (wildcard != null) {
                return wildcard;
            }
        }
        return sections.get("*");
    }
}
