package io.jigress.control;

import org.jspecify.annotations.Nullable;

/// A selection of the endpoints of a Service, as a name in the directory `kubernetes`.
///
/// @param service `namespace/name`
/// @param cluster whose Service it is
/// @param reach the clusters whose endpoints are used
/// @param port the number or the name of a port of the Service; of protocol UDP with the suffix [#UDP]: `53/udp`
public record ServiceName(String service, String cluster, Reach reach, String port) {
    /// The suffix of a port of protocol UDP.
    public static final String UDP = "/udp";
    private static final String IMPORT = "import/";

    public enum Reach {
        /// Those of its cluster: `default/cart:80`, `default/cart@east:80`.
        OWN("", ""),
        /// Those of its cluster, and of all clusters while it has none: `default/cart@east,*:80`.
        OWN_FIRST("", ",*"),
        /// Those of all clusters that have a Service of the name: `default/cart@east+*:80`.
        ALL("", "+*"),
        /// Those of a ServiceImport of its cluster: `import/default/cart@east:80`.
        IMPORT(ServiceName.IMPORT, "");

        private final String prefix;
        private final String suffix;

        Reach(String prefix, String suffix) {
            this.prefix = prefix;
            this.suffix = suffix;
        }
    }

    public static ServiceName of(ResourceKey service, Reach reach, int port, boolean udp) {
        return new ServiceName(service.in("").path(), service.cluster(), reach, port + (udp ? UDP : ""));
    }

    public String text() {
        String scope = cluster + reach.suffix;
        return reach.prefix + service + (scope.isEmpty() ? "" : "@" + scope) + ":" + port;
    }

    /// Parses the result of [#text]; null for other texts.
    public static @Nullable ServiceName parse(String text) {
        int end = text.lastIndexOf(':');
        if (end < 0) {
            return null;
        }
        boolean imported = text.startsWith(IMPORT) && text.lastIndexOf('/', end) >= IMPORT.length();
        String rest = imported ? text.substring(IMPORT.length()) : text;
        int colon = rest.lastIndexOf(':');
        int at = rest.indexOf('@');
        String scope = at < 0 ? "" : rest.substring(at + 1, colon);
        Reach reach = imported ? Reach.IMPORT
                : scope.endsWith(Reach.OWN_FIRST.suffix) ? Reach.OWN_FIRST
                : scope.endsWith(Reach.ALL.suffix) ? Reach.ALL : Reach.OWN;
        return new ServiceName(rest.substring(0, at < 0 ? colon : at), scope.substring(0, scope.length() - reach.suffix.length()),
                reach, rest.substring(colon + 1));
    }
}
