package io.jigress.control.kinds;

import io.jigress.api.IpLiteral;
import io.jigress.api.JsonReader;
import io.jigress.api.NearestName;
import io.jigress.control.RegistryService;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A McpBridge (`networking.higress.io/v1`): the registries and fixed upstreams of Higress, whose services have host names
/// (`orders.DEFAULT-GROUP.public.nacos`).
///
/// ```yaml
/// apiVersion: networking.higress.io/v1
/// kind: McpBridge
/// metadata: {name: default, namespace: higress-system}
/// spec:
///   registries:
///     - {name: shop, type: nacos2, domain: 10.0.0.5, port: 8848, nacosNamespaceId: shop, nacosGroups: [DEFAULT_GROUP]}
///     - {name: legacy, type: static, domain: "10.0.1.1:8080,10.0.1.2:8080", port: 80}
///     - {name: partner, type: dns, domain: api.example.com, port: 443, protocol: https, proxyName: out}
///   proxies:
///     - {name: out, type: HTTP, serverAddress: proxy.example, serverPort: 3128}
/// ```
///
/// | type | host names |
/// |---|---|
/// | `nacos`, `nacos2`, `nacos3` | `SERVICE.GROUP.NAMESPACE.nacos`, with `-` for each `_` of group and namespace, and `public` for no namespace |
/// | `zookeeper` | `providers:INTERFACE:VERSION:GROUP.zookeeper`, and `SERVICE.services.zookeeper` of Spring Cloud |
/// | `consul` | `SERVICE.DATACENTER.consul` |
/// | `eureka` | `APPLICATION.eureka` |
/// | `static`, `dns` | `NAME.static`, `NAME.dns` |
public record McpBridge(List<Entry> entries) {
    /// The only one that Higress reads.
    public static final String NAME = "default";

    private static final String CONSUL_KEY = "consulToken";
    private static final Set<String> NACOS_KEYS = Set.of("nacosUsername", "nacosPassword");
    private static final String NACOS_GROUP = "DEFAULT_GROUP";
    private static final String DUBBO = "providers:";
    private static final Set<String> NACOS = Set.of("nacos", "nacos2", "nacos3");
    /// For AI tools (MCP), which are not supported.
    private static final List<String> MCP_FIELDS = List.of("mcpServerExportDomains", "mcpServerBaseUrl", "enableMCPServer",
            "enableScopeMcpServers", "allowMcpServers", "metadata");
    private static final List<String> WITHOUT_EFFECT = List.of("nacosRefreshInterval", "consulRefreshInterval");

    /// @param name of the entry
    /// @param registries by their name in the directory of registries; none for fixed upstreams
    /// @param fixed the upstream of types `static` and `dns`; null for a registry
    /// @param hosts how host names are formed
    /// @param secret the name of a Secret; empty for none
    /// @param credentials in the entry itself
    /// @param path of the entry in its object
    public record Entry(String name, String type, Map<String, Registry> registries, @Nullable BridgeUpstream fixed, Hosts hosts,
            String secret, Map<String, String> credentials, String path) {
        public Entry {
            registries = Map.copyOf(registries);
            credentials = Map.copyOf(credentials);
        }

        private Entry at(String where) {
            return new Entry(name, type, registries, fixed, hosts, secret, credentials, where);
        }

        /// Whether a Secret with these keys is a login.
        public boolean understands(Set<String> keys) {
            return keys.containsAll(type.equals("consul") ? Set.of(CONSUL_KEY) : NACOS_KEYS);
        }

        /// The keys that a Secret must have, as readable text.
        public String credentialKeys() {
            return type.equals("consul") ? CONSUL_KEY : "nacosUsername and nacosPassword";
        }

        @Override
        public String toString() {
            return "Entry[" + type + "/" + name + "]";
        }
    }

    /// @param suffixes by a suffix in lower case, with its dot, the parameters of services with it
    public record Hosts(Map<String, Map<String, String>> suffixes) {
        public Hosts {
            suffixes = Map.copyOf(suffixes);
        }
    }

    /// The upstream of a host name.
    public sealed interface Target {
        record Fixed(BridgeUpstream upstream) implements Target {}

        record Registered(RegistryService service) implements Target {}
    }

    public McpBridge {
        entries = List.copyOf(entries);
    }

    public static McpBridge read(Document document) {
        JsonReader spec = document.spec();
        Map<String, BridgeUpstream.Proxy> proxies = BridgeUpstream.proxies(document, spec);
        List<Entry> entries = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (JsonReader item : spec.objects("registries")) {
            int mark = document.mark();
            Entry entry = entry(document, item, proxies);
            item.finish();
            if (entry != null && !document.failedSince(mark)) {
                if (seen.add(entry.type + "/" + entry.name)) {
                    entries.add(entry.at(item.path()));
                } else {
                    item.error("name", "is \"" + entry.name + "\", as another entry of type " + entry.type + " is named",
                            "another name");
                }
            }
        }
        spec.finish();
        return new McpBridge(entries);
    }

    private static @Nullable Entry entry(Document document, JsonReader item, Map<String, BridgeUpstream.Proxy> proxies) {
        String type = item.requiredText("type").toLowerCase(Locale.ROOT);
        String name = item.text("name", "");
        String domain = item.requiredText("domain");
        int port = (int) item.integer("port", 0, 1, 65535);
        for (String field : MCP_FIELDS) {
            if (item.any(field) != null) {
                item.warning(field, "has no effect", "no such field: there is no support of MCP");
            }
        }
        WITHOUT_EFFECT.forEach(item::ignore);
        // Services keep the ports of their instances, so that no virtual port is needed.
        item.ignore("vport");
        if (!type.equals("static") && !type.equals("dns")) {
            ofRegistry(item, type);
        }
        String secret = item.text("authSecretName", "");
        if (NACOS.contains(type)) {
            return nacos(item, type, name, server(item, domain, port, 8848), secret);
        }
        item.ignore("nacosAddressServer", "nacosNamespaceId", "nacosNamespace", "nacosGroups", "nacosAccessKey", "nacosSecretKey",
                "consulNamespace", "consulDatacenter", "consulServiceTag", "zkServicesPath");
        return switch (type) {
            case "zookeeper" -> zookeeper(item, name, server(item, domain, port, 2181));
            case "consul" -> consul(item, name, server(item, domain, port, 8500), secret);
            case "eureka" -> eureka(name, server(item, domain, port, 8761));
            case "static" -> fixed(name, "static", BridgeUpstream.fixed(document, item, domain, proxies));
            case "dns" -> fixed(name, "dns", BridgeUpstream.dns(document, item, domain, port, proxies));
            case "" -> null;
            default -> {
                item.unknown("type", type,
                        List.of("nacos", "nacos2", "nacos3", "zookeeper", "consul", "eureka", "static", "dns"));
                yield null;
            }
        };
    }

    /// Fields that only types `static` and `dns` use.
    private static void ofRegistry(JsonReader item, String type) {
        if (!item.text("proxyName", "").isEmpty()) {
            item.warning("proxyName", "has no effect, as in Higress: instances are connected to directly",
                    "no proxyName for the type " + type);
        }
        String protocol = item.text("protocol", "http").toLowerCase(Locale.ROOT);
        if (!protocol.equals("http")) {
            item.error("protocol", "is \"" + protocol + "\", which is not supported yet, so that the entry is left out", "http");
        }
        item.ignore("sni");
    }

    private static List<String> server(JsonReader item, String domain, int port, int usual) {
        boolean v6 = domain.indexOf(':') >= 0 && IpLiteral.parse(domain) != null;
        if (!v6 && !domain.isEmpty() && !domain.matches("[A-Za-z0-9._-]{1,253}")) {
            item.error("domain", "is \"" + domain + "\"", "a host name or an IP address");
        }
        return List.of((v6 ? "[" + domain + "]" : domain) + ":" + (port == 0 ? usual : port));
    }

    private static Entry nacos(JsonReader item, String type, String name, List<String> servers, String secret) {
        if (!item.text("nacosAddressServer", "").isEmpty()) {
            item.error("nacosAddressServer", "is not supported", "domain: the address of a server");
        }
        String shown = item.text("nacosNamespace", "");
        String id = item.text("nacosNamespaceId", shown);
        List<String> groups = item.texts("nacosGroups");
        Map<String, String> credentials = new TreeMap<>();
        String accessKey = item.text("nacosAccessKey", "");
        String secretKey = item.text("nacosSecretKey", "");
        if (!accessKey.isEmpty()) {
            credentials.putAll(Map.of("accessKey", accessKey, "secretKey", secretKey));
        }
        item.ignore("consulNamespace", "consulDatacenter", "consulServiceTag", "zkServicesPath");
        Map<String, Map<String, String>> suffixes = new LinkedHashMap<>();
        for (String group : groups.isEmpty() ? List.of(NACOS_GROUP) : groups) {
            suffixes.put(suffix(group + "." + (id.isEmpty() ? "public" : id), "nacos"), Map.of("group", group));
        }
        String namespace = id.equals("public") ? "" : id;
        Registry registry = new Registry(Registry.Type.NACOS, servers, secret, Map.of("namespace", namespace), true);
        return new Entry(name, type, Map.of(type + "." + name, registry), null, new Hosts(suffixes), secret, credentials, "");
    }

    private static String suffix(String middle, String type) {
        return "." + middle.replace('_', '-').toLowerCase(Locale.ROOT) + "." + type;
    }

    private static Entry zookeeper(JsonReader item, String name, List<String> servers) {
        List<String> paths = item.texts("zkServicesPath");
        Map<String, Registry> registries = new LinkedHashMap<>();
        registries.put("zookeeper." + name, zookeeper(servers, "dubbo", "/dubbo"));
        Map<String, Map<String, String>> suffixes = new LinkedHashMap<>();
        for (String path : paths.isEmpty() ? List.of("/services") : paths) {
            String plain = path.replaceAll("^/|/$", "");
            registries.put("zookeeper." + name + "." + plain.replace('/', '-'), zookeeper(servers, "springCloud", "/" + plain));
            suffixes.put(suffix(plain.replace('/', '-'), "zookeeper"), Map.of("", plain.replace('/', '-')));
        }
        suffixes.put(".zookeeper", Map.of());
        return new Entry(name, "zookeeper", registries, null, new Hosts(suffixes), "", Map.of(), "");
    }

    private static Registry zookeeper(List<String> servers, String layout, String root) {
        return new Registry(Registry.Type.ZOOKEEPER, servers, "", Map.of("layout", layout, "root", root), true);
    }

    private static Entry consul(JsonReader item, String name, List<String> servers, String secret) {
        String datacenter = item.text("consulDatacenter", "");
        String tag = item.text("consulServiceTag", "");
        Map<String, String> parameters = tag.isEmpty() ? Map.of() : Map.of("tag", tag);
        Registry registry = new Registry(Registry.Type.CONSUL, servers, secret, Map.of("datacenter", datacenter), true);
        return new Entry(name, "consul", Map.of("consul." + name, registry), null,
                new Hosts(Map.of(suffix(datacenter.isEmpty() ? "dc1" : datacenter, "consul"), parameters)), secret, Map.of(), "");
    }

    private static Entry eureka(String name, List<String> servers) {
        Registry registry = new Registry(Registry.Type.EUREKA, servers, "", Map.of("path", "/eureka", "interval", "10s"), true);
        return new Entry(name, "eureka", Map.of("eureka." + name, registry), null, new Hosts(Map.of(".eureka", Map.of())), "",
                Map.of(), "");
    }

    private static @Nullable Entry fixed(String name, String type, @Nullable BridgeUpstream upstream) {
        return upstream == null ? null : new Entry(name, type, Map.of(), upstream, new Hosts(Map.of()), "", Map.of(), "");
    }

    // ---- look-ups

    /// The name of a registry of a bridge, as a Registry.
    public static ResourceKey registryKey(ResourceKey bridge, String name) {
        return bridge.beside(Kinds.JIGRESS, "Registry", bridge.namespace(), "McpBridge." + bridge.name() + "." + name);
    }

    /// The upstream of a host name; null when no entry has it.
    public @Nullable Target target(ResourceKey bridge, String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        for (Entry entry : entries) {
            if (entry.fixed != null) {
                if (lower.equals((entry.name + "." + entry.type).toLowerCase(Locale.ROOT))) {
                    return new Target.Fixed(entry.fixed);
                }
                continue;
            }
            Target target = registered(bridge, entry, host, lower);
            if (target != null) {
                return target;
            }
        }
        return null;
    }

    /// The host that was probably meant by one that no entry has.
    public String hint(String host) {
        Set<String> fixed = new TreeSet<>();
        Set<String> ends = new TreeSet<>();
        for (Entry entry : entries) {
            if (entry.fixed != null) {
                fixed.add(entry.name + "." + entry.type);
            }
            ends.addAll(entry.hosts.suffixes.keySet());
        }
        String hint = NearestName.hint(host, fixed);
        int dot = host.indexOf('.');
        return hint.isEmpty() && dot > 0
                ? NearestName.of(host.substring(dot), ends).map(end -> "; did you mean the end \"" + end + "\"?").orElse("")
                : hint;
    }

    private static @Nullable Target registered(ResourceKey bridge, Entry entry, String host, String lower) {
        String best = entry.hosts.suffixes.keySet().stream()
                .filter(suffix -> lower.endsWith(suffix) && lower.length() > suffix.length())
                .max((a, b) -> Integer.compare(a.length(), b.length())).orElse(null);
        if (best == null) {
            return null;
        }
        String service = host.substring(0, host.length() - best.length());
        Map<String, String> parameters = new LinkedHashMap<>(entry.hosts.suffixes.getOrDefault(best, Map.of()));
        String registry = entry.type + "." + entry.name;
        if (entry.type.equals("zookeeper")) {
            String path = parameters.remove("");
            if (path == null) {
                return dubbo(bridge, registry, service);
            }
            registry += "." + path;
        }
        return new Target.Registered(RegistryService.of(registryKey(bridge, registry), service, parameters));
    }

    /// `providers:INTERFACE:VERSION:GROUP`
    private static @Nullable Target dubbo(ResourceKey bridge, String registry, String service) {
        String[] parts = service.split(":", -1);
        if (!service.startsWith(DUBBO) || parts.length < 2) {
            return null;
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        if (parts.length > 2 && !parts[2].isEmpty() && !parts[2].equals("0.0.0")) {
            parameters.put("version", parts[2]);
        }
        if (parts.length > 3 && !parts[3].isEmpty()) {
            parameters.put("group", parts[3]);
        }
        return new Target.Registered(RegistryService.of(registryKey(bridge, registry), parts[1], parameters));
    }
}
