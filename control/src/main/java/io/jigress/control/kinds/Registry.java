package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A Registry (`jigress.io/v1`): where services register themselves, and how to reach it. Backends name services of it.
///
/// ```yaml
/// apiVersion: jigress.io/v1
/// kind: Registry
/// metadata: {name: nacos, namespace: infra}
/// spec:
///   type: nacos
///   servers: [10.0.0.5:8848, 10.0.0.6:8848]
///   secretRef: {name: nacos-login}   # optional: a Secret of the same namespace
///   nacos: {namespace: shop}         # what only this type has
/// ```
///
/// @param type null when it is not one that is known
/// @param servers `host:port`
/// @param secret the name of a Secret; empty when the registry wants no credentials
/// @param namespace the namespace within the registry; empty for its default
/// @param valid false when a field is wrong
public record Registry(@Nullable Type type, List<String> servers, String secret, String namespace, boolean valid) {
    /// The keys of the Secrets that a type takes.
    private static final Map<Type, List<List<String>>> LOGINS = Map.of(
            Type.NACOS, List.of(List.of("username", "password"), List.of("accessKey", "secretKey")));

    public enum Type {
        NACOS(8848);

        private final int port;

        Type(int port) {
            this.port = port;
        }

        /// As it stands in YAML.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static @Nullable Type of(String word) {
            return Arrays.stream(values()).filter(type -> type.word().equals(word)).findFirst().orElse(null);
        }
    }

    private List<List<String>> logins() {
        return type == null ? List.of() : LOGINS.getOrDefault(type, List.of());
    }

    /// Whether a Secret with these keys is a login.
    public boolean understands(Set<String> keys) {
        return logins().stream().anyMatch(keys::containsAll);
    }

    /// The keys that a Secret must have, for people: `username and password, or accessKey and secretKey`.
    public String credentialKeys() {
        return logins().stream().map(login -> String.join(" and ", login))
                .collect(Collectors.joining(", or "));
    }

    public static Registry read(Document document) {
        JsonReader spec = document.spec();
        Type type = null;
        String word = spec.requiredText("type");
        if (!word.isEmpty()) {
            type = Type.of(word);
            if (type == null) {
                spec.error("type", "is \"" + word + "\"", "one of "
                        + Arrays.stream(Type.values()).map(Type::word).collect(Collectors.joining(", ")));
            }
        }
        List<String> servers = servers(spec, type == null ? 1 : type.port);
        String secret = "";
        if (spec.has("secretRef")) {
            JsonReader reference = spec.object("secretRef");
            secret = reference.requiredText("name");
            reference.finish();
        }
        String namespace = "";
        if (type == Type.NACOS) {
            JsonReader nacos = spec.object("nacos");
            namespace = nacos.text("namespace", "");
            nacos.finish();
        }
        spec.finish();
        return new Registry(type, servers, secret, namespace, !document.failedSince(0));
    }

    private static List<String> servers(JsonReader spec, int usualPort) {
        List<String> servers = new ArrayList<>();
        List<String> written = spec.texts("servers");
        for (int i = 0; i < written.size(); i++) {
            String server = server(written.get(i), usualPort);
            if (server == null) {
                spec.error("servers[" + i + "]", "is \"" + written.get(i) + "\"",
                        "a host, maybe with a port, such as 10.0.0.5:8848");
            } else {
                servers.add(server);
            }
        }
        if (written.isEmpty()) {
            spec.error("servers", spec.has("servers") ? "is empty" : "is missing", "a list of hosts, each maybe with a port");
        }
        return List.copyOf(servers);
    }

    /// The server with its port; null when it is none.
    private static @Nullable String server(String text, int usualPort) {
        int colon = text.lastIndexOf(':');
        boolean v6 = text.indexOf(':') != colon;
        if (v6 && !text.startsWith("[")) {
            return IpLiteral.valid(text) ? "[" + text + "]:" + usualPort : null;
        }
        boolean hasPort = colon > 0 && !text.endsWith("]");
        String host = hasPort ? text.substring(0, colon) : text;
        String port = hasPort ? text.substring(colon + 1) : Integer.toString(usualPort);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        boolean named = host.matches("[A-Za-z0-9._-]{1,253}")
                || bracketed && IpLiteral.valid(host.substring(1, host.length() - 1));
        boolean numbered = port.matches("\\d{1,5}") && Integer.parseInt(port) >= 1 && Integer.parseInt(port) <= 65_535;
        return named && numbered ? host + ":" + port : null;
    }
}
