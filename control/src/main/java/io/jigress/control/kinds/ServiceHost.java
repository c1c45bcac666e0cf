package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A service that the configuration of a WasmPlugin names, as Higress's plugins take it: a host of a McpBridge (`redis.static`,
/// `orders.DEFAULT-GROUP.public.nacos`) or of Kubernetes (`cart.shop.svc.cluster.local`). A string is such a name when it ends like one; it may have a port, or be
/// the name of a cluster of Higress's (`outbound|80||redis.static`). The plugin may call these services, and no others.
///
/// @param path of the first string that has it
public record ServiceHost(String host, String path) {
    /// The most services that one configuration may name.
    private static final int MAX = 64;
    private static final String LOCAL = ".svc.cluster.local";
    private static final Pattern NAME = Pattern.compile("(?:outbound\\|\\d{1,5}\\|\\|)?"
            + "([A-Za-z0-9_:.-]{1,253}\\.(?i:static|dns|nacos|zookeeper|consul|eureka|svc\\.cluster\\.local))(?::\\d{1,5})?");
    private static final Pattern SERVICE = Pattern.compile("([a-z0-9-]+)\\.([a-z0-9-]+)\\.svc\\.cluster\\.local");

    /// A Service of Kubernetes.
    public record Local(String namespace, String name) {}

    /// The services in a value; more than may be named are left out, which is reported.
    static List<ServiceHost> in(JsonReader reader, String field, Json value) {
        Map<String, ServiceHost> found = new LinkedHashMap<>();
        ConfigStrings.each(field, value, (path, text) -> {
            Matcher name = NAME.matcher(text);
            // What a rule is compared with is not what the plugin calls.
            if (path.contains("._match_") || !name.matches() || found.containsKey(name.group(1))) {
                return;
            }
            if (found.size() < MAX) {
                found.put(name.group(1), new ServiceHost(name.group(1), reader.path(path)));
            } else {
                reader.warning(path, "is \"" + text + "\", and " + MAX
                        + " services are named before, so that the plugin cannot call this one", "at most " + MAX + " services");
            }
        });
        return List.copyOf(found.values());
    }

    /// Null for a host of a McpBridge.
    public @Nullable Local local() {
        Matcher service = SERVICE.matcher(host);
        return host.endsWith(LOCAL) && service.matches() ? new Local(service.group(2), service.group(1)) : null;
    }
}
