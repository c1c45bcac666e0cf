package io.jigress.control.kinds;

import io.jigress.api.Durations;
import io.jigress.api.IpLiteral;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.NearestName;
import io.jigress.control.RegistryService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
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
///   tls: {}                          # optional, all but dns: verified by ca.crt of the Secret, else by the certificates that Java trusts
///   nacos: {namespace: shop}         # what only this type has
/// ```
///
/// | type | its own fields |
/// |---|---|
/// | `nacos` | `namespace`: the id of a namespace |
/// | `zookeeper` | `layout`: `springCloud` (also Dubbo by application) or `dubbo` (by interface); `root`: `/services` or `/dubbo` by default |
/// | `consul` | `datacenter` |
/// | `eureka` | `path`: `/eureka` by default; `interval` between two requests: `10s` by default |
/// | `dns` | `interval`: the longest time between two queries, even if the TTL is longer: `30s` by default |
///
/// @param type null when it is unknown
/// @param servers `host:port`; may be empty with `dns`: then the name servers of the machine are used
/// @param secret the name of a Secret; empty without credentials
/// @param options the fields of this type, with its defaults
/// @param valid false when a field is invalid
public record Registry(@Nullable Type type, List<String> servers, String secret, Map<String, String> options, boolean valid) {
    private static final Pattern DNS_NAME = Pattern
            .compile("(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*\\.?");
    private static final List<String> LAYOUTS = List.of("springCloud", "dubbo");

    private static final Set<Type> TLS = EnumSet.complementOf(EnumSet.of(Type.DNS));

    /// The keys of Secrets that a type supports.
    private static final Map<Type, List<List<String>>> LOGINS = Map.of(
            Type.NACOS, List.of(List.of("username", "password"), List.of("accessKey", "secretKey")),
            Type.ZOOKEEPER, List.of(List.of("username", "password")),
            Type.CONSUL, List.of(List.of("token")),
            Type.EUREKA, List.of(List.of("username", "password")));

    public Registry {
        servers = List.copyOf(servers);
        options = Map.copyOf(options);
    }

    /// One of the type's own fields; empty when it is not set.
    public String option(String key) {
        return options.getOrDefault(key, "");
    }

    public enum Type {
        NACOS(8848, "group", "clusters"),
        ZOOKEEPER(2181, "group", "version"),
        CONSUL(8500, "tag", "datacenter"),
        EUREKA(8761, "lookup"),
        DNS(53, "port");

        /// What Nacos puts between the group and the name of a service.
        private static final String NACOS_GROUP_END = "@@";

        private final int port;
        private final Set<String> parameters;

        Type(int port, String... parameters) {
            this.port = port;
            this.parameters = Set.of(parameters);
        }

        /// The parameters that identify a service in addition to its name.
        public Set<String> parameters() {
            return parameters;
        }

        /// The error of a service's name; null when it is valid for the type.
        public @Nullable String fault(RegistryService service) {
            if (service.name().contains("://")) {
                return "is a URL";
            }
            if (this == NACOS && service.name().contains(NACOS_GROUP_END)) {
                return "contains the group";
            }
            if (this != DNS) {
                return null;
            }
            if (!DNS_NAME.matcher(service.name()).matches()) {
                return "is not a DNS name";
            }
            return service.name().startsWith("_") || !service.parameter("port").isEmpty()
                    ? null
                    : "is not the name of SRV records, and there is no port";
        }

        /// What to write in place of a name with a fault, as readable text.
        public String nameOf(String written) {
            int group = written.indexOf(NACOS_GROUP_END);
            if (this == DNS) {
                return "a name such as _http._tcp.orders.example, or a host with port";
            }
            return this == NACOS && group > 0
                    ? "group: " + written.substring(0, group) + ", name: " + written.substring(group + NACOS_GROUP_END.length())
                    : "the name of the service alone, such as " + written.replaceFirst("^.*://", "");
        }

        /// The name in YAML.
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

    /// Whether a Secret with these keys has a login or the certificates for TLS.
    public boolean understands(Set<String> keys) {
        return logins().stream().anyMatch(keys::containsAll) || !option("tls").isEmpty()
                && (keys.contains("ca.crt") || keys.containsAll(List.of("tls.crt", "tls.key")));
    }

    /// The keys that a Secret must have, as readable text: `username and password, or accessKey and secretKey`.
    public String credentialKeys() {
        return keys(logins()) + (option("tls").isEmpty() ? "" : ", or ca.crt, or tls.crt and tls.key");
    }

    public static Registry read(Document document) {
        JsonReader spec = document.spec();
        Type type = null;
        String word = spec.requiredText("type");
        if (!word.isEmpty()) {
            type = Type.of(word);
            if (type == null) {
                List<String> words = Arrays.stream(Type.values()).map(Type::word).toList();
                spec.error("type", "is \"" + word + "\"" + NearestName.hint(word, words), "one of " + String.join(", ", words));
            }
        }
        List<String> servers = type == Type.DNS && !spec.has("servers") ? List.of() : servers(spec, type == null ? 1 : type.port);
        String secret = "";
        if (spec.any("secretRef") != null) {
            JsonReader reference = spec.object("secretRef");
            secret = reference.requiredText("name");
            reference.finish();
            if (type == Type.DNS) {
                spec.error("secretRef", "cannot be used: name servers take no login", "none");
            }
        }
        Map<String, String> options = new LinkedHashMap<>(type == null ? Map.of() : options(type, spec));
        if (type != null) {
            misplaced(type, options.keySet(), spec);
        }
        tls(type, spec, options);
        spec.finish();
        return new Registry(type, servers, secret, options, !document.failedSince(0));
    }

    private static void tls(@Nullable Type type, JsonReader spec, Map<String, String> options) {
        if (!spec.has("tls")) {
            return;
        }
        JsonReader tls = spec.object("tls");
        boolean insecure = tls.bool("insecureSkipVerify", false);
        options.put("tls", insecure ? "insecure" : "verify");
        if (insecure && type == Type.ZOOKEEPER) {
            tls.error("insecureSkipVerify", "is not supported for zookeeper",
                    "the certificate of the server's authority as ca.crt of the Secret");
        }
        tls.finish();
        if (type != null && !TLS.contains(type)) {
            spec.error("tls", "is not supported for " + type.word(), "no tls");
        }
    }

    private static Map<String, String> options(Type type, JsonReader spec) {
        JsonReader own = spec.object(type.word());
        Map<String, String> options = new LinkedHashMap<>();
        switch (type) {
            case NACOS -> options.put("namespace", own.text("namespace", ""));
            case ZOOKEEPER -> {
                String layout = own.choice("layout", "springCloud", word -> LAYOUTS.contains(word) ? word : null,
                        "one of " + String.join(", ", LAYOUTS));
                options.put("layout", layout);
                options.put("root", path(own, "root", layout.equals("dubbo") ? "/dubbo" : "/services"));
            }
            case CONSUL -> options.put("datacenter", own.text("datacenter", ""));
            case EUREKA -> {
                options.put("path", path(own, "path", "/eureka"));
                options.put("interval", interval(own, Duration.ofSeconds(10)));
            }
            case DNS -> options.put("interval", interval(own, Duration.ofSeconds(30)));
        }
        own.finish();
        return options;
    }

    /// Reports fields of the type, and keys of its Secret, that are members of `spec`.
    private static void misplaced(Type type, Set<String> fields, JsonReader spec) {
        for (String field : fields) {
            if (spec.has(field)) {
                String value = spec.any(field) instanceof Json.Str(String text) ? text : "…";
                spec.warning(field, "has no effect here", type.word() + ": {" + field + ": " + value + "}");
            }
        }
        List<List<String>> logins = LOGINS.getOrDefault(type, List.of());
        for (String key : logins.stream().flatMap(List::stream).filter(spec::has).toList()) {
            spec.ignore(key);
            spec.error(key, "has no effect here", "secretRef: {name: …}, the name of a Secret with " + keys(logins));
        }
    }

    private static String keys(List<List<String>> logins) {
        return logins.stream().map(login -> String.join(" and ", login)).collect(Collectors.joining(", or "));
    }

    private static String interval(JsonReader own, Duration fallback) {
        Duration interval = own.duration("interval");
        if (interval != null && interval.compareTo(Duration.ofSeconds(1)) < 0) {
            own.error("interval", "is " + Durations.print(interval), "a duration of at least 1s");
        }
        return Durations.print(interval == null ? fallback : interval);
    }

    private static String path(JsonReader own, String field, String fallback) {
        String path = own.text(field, fallback);
        if (!path.matches("(/[A-Za-z0-9._~-]+)+")) {
            own.error(field, "is \"" + path + "\"", "a path such as " + fallback);
        }
        return path;
    }

    private static List<String> servers(JsonReader spec, int usualPort) {
        List<String> servers = new ArrayList<>();
        List<String> written = spec.texts("servers");
        for (int i = 0; i < written.size(); i++) {
            String server = server(written.get(i), usualPort);
            if (server == null) {
                spec.error("servers[" + i + "]", "is \"" + written.get(i) + "\"", written.get(i).indexOf(',') > 0
                        ? "a list item for each server"
                        : "a host, optionally with a port, such as 10.0.0.5:" + usualPort);
            } else {
                servers.add(server);
            }
        }
        if (written.isEmpty() && (!spec.has("servers") || spec.any("servers") instanceof Json.Arr)) {
            spec.error("servers", spec.has("servers") ? "is empty" : "is missing",
                    "a list of hosts, each optionally with a port");
        }
        return List.copyOf(servers);
    }

    /// The server with its port; null when the text is not valid.
    private static @Nullable String server(String text, int usualPort) {
        int colon = text.lastIndexOf(':');
        boolean v6 = text.indexOf(':') != colon;
        if (v6 && !text.startsWith("[")) {
            return IpLiteral.parse(text) != null ? "[" + text + "]:" + usualPort : null;
        }
        boolean hasPort = colon > 0 && !text.endsWith("]");
        String host = hasPort ? text.substring(0, colon) : text;
        String port = hasPort ? text.substring(colon + 1) : Integer.toString(usualPort);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        boolean named = host.matches("[A-Za-z0-9._-]{1,253}")
                || bracketed && IpLiteral.parse(host.substring(1, host.length() - 1)) != null;
        boolean numbered = port.matches("\\d{1,5}") && Integer.parseInt(port) >= 1 && Integer.parseInt(port) <= 65_535;
        return named && numbered ? host + ":" + port : null;
    }
}
