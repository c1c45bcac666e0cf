package io.jigress.sources.nacos;

import io.jigress.api.IpLiteral;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The URL of one group of data ids in a Nacos server: `nacos://10.0.0.5:8848?namespace=jigress&group=gateway&tls=true`. Further servers of the
/// same cluster are separated by semicolons.
///
/// @param servers `host:port`
/// @param namespace the id; empty for the namespace `public`
/// @param group empty in the layout of Higress, which has a group for each namespace of objects
/// @param tls empty without TLS; `verify`, or `insecure` for a server that is not verified
public record NacosAddress(List<String> servers, String namespace, String group, String tls) {
    public static final String SCHEME = "nacos://";

    private static final int PORT = 8848;
    private static final String GROUP = "DEFAULT_GROUP";
    private static final String HIGRESS_NAMESPACE = "higress-system";
    private static final Set<String> PARAMETERS = Set.of("namespace", "group", "tls", "layout");

    public NacosAddress {
        servers = List.copyOf(servers);
    }

    /// @throws IllegalArgumentException with a readable message when the text is not such a URL
    public static NacosAddress parse(String url) {
        if (!url.startsWith(SCHEME)) {
            throw new IllegalArgumentException("does not begin with " + SCHEME);
        }
        int question = url.indexOf('?');
        String authority = url.substring(SCHEME.length(), question < 0 ? url.length() : question);
        List<String> servers = new ArrayList<>();
        for (String server : authority.replaceFirst("/$", "").split(";", -1)) {
            servers.add(server(server));
        }
        Map<String, String> parameters = parameters(question < 0 ? "" : url.substring(question + 1));
        boolean higress = isHigress(parameters.getOrDefault("layout", "jigress"));
        if (higress && parameters.containsKey("group")) {
            throw new IllegalArgumentException("has a group, which the layout of Higress does not have");
        }
        String namespace = parameters.getOrDefault("namespace", higress ? HIGRESS_NAMESPACE : "");
        return new NacosAddress(servers, namespace.equals("public") ? "" : namespace,
                higress ? "" : parameters.getOrDefault("group", GROUP), tls(parameters.getOrDefault("tls", "false")));
    }

    private static boolean isHigress(String layout) {
        return switch (layout) {
            case "jigress" -> false;
            case "higress" -> true;
            default -> throw new IllegalArgumentException("has the layout \"" + layout + "\"");
        };
    }

    /// Whether the objects are in the layout of Higress, which is only read. Data ids are named with their group then: `default/ingresses.shop`.
    public boolean isHigress() { return group.isEmpty(); }

    /// The name of a data id among those of this address; null for one of another group.
    @Nullable String nameOf(String ofGroup, String dataId) {
        return isHigress() ? ofGroup + "/" + dataId : ofGroup.equals(group) ? dataId : null;
    }

    private static String tls(String value) {
        return switch (value) {
            case "false" -> "";
            case "true" -> "verify";
            case "insecure" -> value;
            default -> throw new IllegalArgumentException("has the tls \"" + value + "\"");
        };
    }

    private static String server(String text) {
        int colon = text.lastIndexOf(':');
        boolean hasPort = colon > 0 && !text.endsWith("]");
        String host = hasPort ? text.substring(0, colon) : text;
        String port = hasPort ? text.substring(colon + 1) : Integer.toString(PORT);
        boolean v6 = host.startsWith("[") && host.endsWith("]") && IpLiteral.parse(host.substring(1, host.length() - 1)) != null;
        if (!v6 && !host.matches("[A-Za-z0-9._-]{1,253}")) {
            throw new IllegalArgumentException("has the server \"" + text + "\"");
        }
        // The gRPC port is this port plus 1000.
        if (!port.matches("\\d{1,5}") || Integer.parseInt(port) < 1 || Integer.parseInt(port) > 64_535) {
            throw new IllegalArgumentException("has the port \"" + port + "\"");
        }
        return host + ":" + port;
    }

    private static Map<String, String> parameters(String query) {
        Map<String, String> parameters = new HashMap<>();
        for (String pair : query.split("&")) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            if (!pair.isEmpty() && (equals < 0 || !PARAMETERS.contains(name))) {
                throw new IllegalArgumentException("has the parameter \"" + pair + "\"");
            }
            if (equals >= 0) {
                String value = URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
                if (!value.matches("[A-Za-z0-9:._-]{0,128}")) {
                    throw new IllegalArgumentException("has the " + name + " \"" + value + "\"");
                }
                if (!value.isEmpty()) {
                    parameters.put(name, value);
                }
            }
        }
        return parameters;
    }

    /// The prefix of the places of its data ids: `nacos:jigress/gateway/`.
    public String prefix() {
        return "nacos:" + (namespace.isEmpty() ? "" : namespace + "/") + (isHigress() ? "" : group + "/");
    }
}
