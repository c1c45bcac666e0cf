package io.jigress.plugins.wasm.abi;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Names of routes and clusters in the forms that plugins of Higress and Istio compare with the rules of their configurations.
final class IstioNames {
    private static final Pattern SERVICE = Pattern.compile("Service(Import)? ([^/ ]+)/([^/: ]+):([0-9]+).*");
    private static final Pattern REGISTERED = Pattern.compile("McpBridge \\S+ (\\S+)(?: subset (\\S+))?");
    private static final String OUTBOUND = "outbound|";

    private IstioNames() {}

    /// The cluster that a plugin means by `outbound|6379||redis.static`: that of `redis.static:6379`, else of `redis.static`, since the instances of a service of a
    /// registry have ports of their own. Null for other names and unknown hosts, and for a name with a subset.
    ///
    /// @param scheme before the names of backends for the protocol of the call
    static @Nullable String called(String name, String scheme, Map<String, String> backends) {
        int end = name.startsWith(OUTBOUND) ? name.indexOf('|', OUTBOUND.length()) : -1;
        if (end < 0 || !name.startsWith("||", end)) {
            return null;
        }
        String host = name.substring(end + 2);
        String port = ":" + name.substring(OUTBOUND.length(), end);
        String cluster = at(scheme + host, port, backends);
        return cluster == null && !scheme.isEmpty() ? at(host, port, backends) : cluster;
    }

    private static @Nullable String at(String host, String port, Map<String, String> backends) {
        String exact = backends.get(host + port);
        return exact == null ? backends.get(host) : exact;
    }

    /// `default/shop` for `HTTPRoute default/shop rule 0`.
    static String route(String name) {
        int begin = name.indexOf(' ') + 1;
        int end = name.indexOf(' ', begin);
        return name.substring(begin, end < 0 ? name.length() : end);
    }

    /// `outbound|80||cart.default.svc.cluster.local` for `Service default/cart:80`. The port of a service of a registry is 80, since its instances may have any.
    /// Names of other clusters stay as they are.
    static String cluster(String name) {
        Matcher service = SERVICE.matcher(name);
        if (service.matches()) {
            return "outbound|" + service.group(4) + "||" + service.group(3) + "." + service.group(2) + ".svc."
                    + (service.group(1) == null ? "cluster" : "clusterset") + ".local";
        }
        Matcher registered = REGISTERED.matcher(name);
        return registered.matches()
                ? "outbound|80|" + (registered.group(2) == null ? "" : registered.group(2)) + "|" + registered.group(1)
                : name;
    }
}
