package io.jigress.proxy.tls;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Finds what the most specific pattern has that a server name (SNI) fits: the name itself, then `*.` with fewer and fewer of its labels, then `*`.
public final class ServerNames {
    private ServerNames() {}

    /// @param serverName in lower case; empty when the client names none, which only `*` fits
    /// @param patterns what a pattern has; null for nothing
    public static <T> @Nullable T mostSpecific(String serverName, Function<String, @Nullable T> patterns) {
        T exact = serverName.startsWith("*") ? null : patterns.apply(serverName);
        if (exact != null) {
            return exact;
        }
        for (int dot = serverName.indexOf('.'); dot >= 0; dot = serverName.indexOf('.', dot + 1)) {
            T wildcard = patterns.apply("*" + serverName.substring(dot));
            if (wildcard != null) {
                return wildcard;
            }
        }
        return patterns.apply("*");
    }
}
