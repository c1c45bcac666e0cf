package io.jigress.control.kinds;

import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.FilterSpec.OnFailure;
import io.jigress.control.ResourceKey;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A Plugin (`jigress.io/v1`): a filter with its configuration, attached to Gateways, routes, Ingresses or single rules, or named by
/// an HTTPRoute's ExtensionRef.
///
/// ```yaml
/// apiVersion: jigress.io/v1
/// kind: Plugin
/// metadata: {name: office-only, namespace: shop}
/// spec:
///   type: builtin            # the default; others: see PluginHost
///   name: ip-restriction     # which filter
///   phase: AUTHZ             # optional: EDGE, WAF, AUTHN, AUTHZ, LIMIT, TRANSFORM, STATS
///   priority: 100            # optional: higher runs earlier within the phase
///   config: {allow: [10.0.0.0/8]}
///   configFrom:              # optional: members of config that ConfigMaps of the same namespace have
///     descriptorSet: {name: greeter, key: greeter.protoset}
///   targetRefs:              # in the same namespace; none when only ExtensionRefs name it
///     - {kind: Gateway, name: main, sectionName: http}   # sectionName: one listener
///     - {kind: HTTPRoute, name: shop, sectionName: cart} # sectionName: one named rule
///     - {kind: Ingress, name: legacy}
/// ```
///
/// Of Plugins with the same identity the nearer to the rule wins (ExtensionRef, rule, route), then the older; of those that a rule names by ExtensionRef all
/// run.
///
/// @param filter the name of a filter of the catalog
/// @param identity the name of a built-in filter, else type and name of the plugin
/// @param phase null for the filter's default
/// @param priority null for the filter's default
/// @param config of the filter; for a hosted plugin without what other objects have
/// @param texts members of the configuration that ConfigMaps have, by their names
/// @param hosted what a plugin that is not built in needs of other objects; null for a built-in filter
/// @param secrets the Secrets that the configuration refers to
/// @param valid false when a field is invalid, except references to targets, which have a flag of their own
public record Plugin(String filter, String identity, @Nullable FilterPhase phase, @Nullable Integer priority, Json config,
        Map<String, KeyRef> texts, @Nullable Hosted hosted, List<SecretRef> secrets, List<TargetRef> targets, boolean valid) {
    public static final String SENTINEL_RULE = "SentinelRule";
    /// The kinds that are read as Plugins.
    public static final Set<String> KINDS = Set.of("Plugin", SENTINEL_RULE);
    /// Of Higress, for all traffic.
    public static final String WASM_PLUGIN = "WasmPlugin";
    /// The target that stands for all Gateways and Ingresses.
    public static final ResourceKey ALL_TRAFFIC = Kinds.gateway("", "*");
    private static final String BUILTIN = "builtin";
    private static final String CONFIG_FROM = "configFrom";
    private static final String BROKEN = "the Plugin is not valid";
    private static final Set<String> TARGETS = Set.of("Gateway", "HTTPRoute", "GRPCRoute", "Ingress");

    /// A built-in filter.
    Plugin(String filter, @Nullable FilterPhase phase, @Nullable Integer priority, Json config, List<TargetRef> targets,
            boolean valid) {
        this(filter, filter, phase, priority, config, Map.of(), null, List.of(), targets, valid);
    }

    /// @param backends the services that the plugin may call, by the names that it uses
    /// @param hosts those that it may call by their hosts
    /// @param grpc whether it calls them by gRPC
    /// @param pullSecret the login to the registry of its image; null for none
    public record Hosted(Map<String, HttpRoute.BackendRef> backends, List<ServiceHost> hosts, boolean grpc,
            @Nullable PullSecret pullSecret, OnFailure onFailure) {
        public Hosted {
            backends = Map.copyOf(backends);
            hosts = List.copyOf(hosts);
        }
    }

    /// A key of a ConfigMap.
    ///
    /// @param path of the reference
    public record KeyRef(ResourceKey configMap, String key, String path) {
        static KeyRef read(Document document, JsonReader ref) {
            KeyRef read = new KeyRef(
                    document.reference(Kinds.CORE, "ConfigMap", document.namespace(), ref.requiredText("name")),
                    ref.requiredText("key"), ref.path());
            ref.finish();
            return read;
        }
    }

    /// Whether an object of this key is read as a Plugin.
    public static boolean is(ResourceKey key) {
        return KINDS.contains(key.kind()) || Kinds.is(key, Kinds.HIGRESS_EXTENSIONS, WASM_PLUGIN);
    }

    /// Reads a WasmPlugin of Higress as the Plugin that it stands for.
    ///
    /// @param builtin the names of the built-in filters
    public static Plugin readWasm(Document document, Set<String> builtin) {
        return WasmPlugin.read(document, builtin);
    }

    /// Reads a Plugin, or a SentinelRule as the Plugin that it stands for.
    public static Plugin read(Document document) {
        if (document.resource().key().kind().equals(SENTINEL_RULE)) {
            return SentinelRule.read(document);
        }
        JsonReader spec = document.spec();
        String type = spec.text("type", BUILTIN);
        PluginHost host = PluginHost.of(type);
        boolean builtin = type.equals(BUILTIN);
        String filter = builtin ? spec.requiredText("name") : "";
        if (builtin && PluginHost.filters().contains(filter)) {
            spec.error("name", "is \"" + filter + "\", which is not built in", "type: " + PluginHost.typeOf(filter));
            filter = "";
        }
        if (!builtin && host == null) {
            spec.unknown("type", type, PluginHost.types());
            spec.ignore("name");
        }
        FilterPhase phase = spec.has("phase")
                ? spec.choice("phase", FilterPhase.EDGE, Plugin::phase, "one of EDGE, WAF, AUTHN, AUTHZ, LIMIT, TRANSFORM, STATS")
                : null;
        Integer priority = spec.has("priority") ? (Integer) (int) spec.integer("priority", 0, -1_000_000, 1_000_000) : null;
        if (host != null) {
            return host.read(document, spec, phase, priority, TARGETS);
        }
        Json config = spec.any("config");
        if (filter.equals(SentinelRule.FILTER) && config instanceof Json.Obj(var members)
                && members.containsKey(SentinelRule.NACOS)) {
            // A Plugin's configuration names no namespace that could be checked.
            spec.error("config." + SentinelRule.NACOS, "is for a SentinelRule", "a SentinelRule in the place of the Plugin");
        }
        if (spec.has(MatchRules.FIELD)) {
            config = MatchRules.into(document, spec, config instanceof Json.Obj defaults ? defaults : Json.Obj.EMPTY,
                    MatchRules.Form.PLUGIN, true);
        }
        Map<String, KeyRef> texts = texts(document, spec.object(CONFIG_FROM), config);
        List<SecretRef> secrets = config == null ? List.of() : SecretRef.in(document, spec, "config", config);
        boolean valid = !document.failedSince(0);
        List<TargetRef> targets = TargetRef.read(document, spec, TARGETS);
        valid &= spec.finish(Map.of("config", BROKEN, CONFIG_FROM, BROKEN, "phase", BROKEN, "priority", BROKEN, "type", BROKEN))
                .isEmpty();
        return new Plugin(filter, filter, phase, priority, config == null ? Json.Obj.EMPTY : config, texts, null, secrets,
                targets, valid);
    }

    private static Map<String, KeyRef> texts(Document document, JsonReader in, @Nullable Json config) {
        Map<String, KeyRef> texts = new LinkedHashMap<>();
        for (String member : in.json().members().keySet()) {
            if (config instanceof Json.Obj(var members) && members.containsKey(member)) {
                in.error(member, "is set, and so is config." + member, "one of the two");
            }
            texts.put(member, KeyRef.read(document, in.object(member)));
        }
        return texts;
    }

    /// The configuration as far as it can be checked without other objects.
    public Json checked() {
        return hosted == null
                ? config
                : PluginHost.complete(config, hosted.backends().entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, each -> each.getValue().key().toString())), Map.of());
    }

    /// The Secrets and ConfigMaps that it refers to.
    public Set<ResourceKey> references() {
        Set<ResourceKey> keys = new HashSet<>();
        secrets.forEach(ref -> keys.add(ref.secret()));
        texts.values().forEach(ref -> keys.add(ref.configMap()));
        if (hosted != null && hosted.pullSecret() != null) {
            keys.add(hosted.pullSecret().secret());
        }
        return keys;
    }

    private static @Nullable FilterPhase phase(String word) {
        for (FilterPhase phase : FilterPhase.values()) {
            if (phase.name().equals(word.toUpperCase(Locale.ROOT))) {
                return phase;
            }
        }
        return null;
    }
}
