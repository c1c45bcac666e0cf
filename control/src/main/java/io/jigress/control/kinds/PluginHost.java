package io.jigress.control.kinds;

import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.NearestName;
import io.jigress.config.FilterSpec.OnFailure;
import io.jigress.control.kinds.Plugin.Hosted;
import io.jigress.control.kinds.Plugin.KeyRef;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The types of a [Plugin] that are not part of the gateway.
///
/// ```yaml
/// spec:
///   type: lua                # lua, wasm, jar or process
///   name: greeting           # optional: its identity; by default the name of the object
///   script: |                # fields of the type
///     function envoy_on_request(handle) end
///   scriptRef: {name: scripts, key: greeting.lua}  # in place of script: a ConfigMap of the same namespace
///   config: {word: hello}    # of the plugin itself
///   backends:                # the services that it may call, by the names that it uses
///     users: {name: users, port: 8080}
///   failStrategy: FAIL_CLOSE # the default; FAIL_OPEN: requests pass without it when it fails
/// ```
///
/// The filter's configuration is the `spec` without the fields that concern the gateway; `backends` holds the names of clusters.
public enum PluginHost {
    LUA("lua"),
    WASM("wasm"),
    JAR("jar"),
    /// A server that speaks the gateway's side of Envoy's ext_proc or ext_authz.
    PROCESS("process");

    private static final String BACKENDS = "backends";
    private static final String FAIL_STRATEGY = "failStrategy";
    private static final String SCRIPT = "script";
    private static final String SCRIPT_REF = "scriptRef";
    private static final String NAME = "name";
    private static final String PROTOCOL = "protocol";
    private static final String TRANSPORT = "transport";
    private static final String TARGET_REFS = "targetRefs";
    private static final String URL = "url";
    private static final String PULL_SECRET = "imagePullSecret";
    /// The fields whose strings may refer to Secrets.
    private static final List<String> WITH_SECRETS = List.of("config", "env");
    /// The protocols of a process, and the filter of each.
    private static final Map<String, String> PROTOCOLS = Map.of("ext_authz", "ext-authz", "ext_proc", "ext-proc");
    /// The fields that are not the filter's.
    private static final Set<String> GATEWAY = Set.of("type", NAME, "phase", "priority", TARGET_REFS, BACKENDS, FAIL_STRATEGY,
            SCRIPT_REF, PULL_SECRET);

    private final String type;

    PluginHost(String type) {
        this.type = type;
    }

    /// Null for a type that is not known.
    static @Nullable PluginHost of(String type) {
        return Arrays.stream(values()).filter(host -> host.type.equals(type)).findFirst().orElse(null);
    }

    static List<String> types() {
        return Stream.concat(Stream.of("builtin"), Arrays.stream(values()).map(host -> host.type)).toList();
    }

    /// The names of the filters that host plugins.
    static Set<String> filters() {
        return Stream.concat(Stream.of(LUA.type, WASM.type, JAR.type), PROTOCOLS.values().stream()).collect(Collectors.toSet());
    }

    static String typeOf(String filter) {
        return of(filter) == null ? PROCESS.type : filter;
    }

    Plugin read(Document document, JsonReader spec, @Nullable FilterPhase phase, @Nullable Integer priority, Set<String> kinds) {
        String name = spec.has(NAME) ? spec.requiredText(NAME) : document.resource().key().name();
        String filter = this == PROCESS
                ? spec.choice(PROTOCOL, "", PROTOCOLS::get,
                        "one of " + String.join(", ", PROTOCOLS.keySet().stream().sorted().toList()))
                : type;
        if (this == PROCESS && !spec.has(PROTOCOL)) {
            spec.requiredText(PROTOCOL);
        }
        OnFailure onFailure = spec.choice(FAIL_STRATEGY, OnFailure.CLOSE, PluginHost::onFailure, "FAIL_CLOSE or FAIL_OPEN");
        Map<String, HttpRoute.BackendRef> backends = new LinkedHashMap<>();
        JsonReader named = spec.object(BACKENDS);
        for (String each : named.json().members().keySet()) {
            backends.put(each, HttpRoute.plainBackend(document, named.object(each)));
        }
        Map<String, KeyRef> texts = spec.has(SCRIPT_REF)
                ? Map.of(SCRIPT, KeyRef.read(document, spec.object(SCRIPT_REF)))
                : Map.of();
        if (!texts.isEmpty() && spec.has(SCRIPT)) {
            spec.error(SCRIPT_REF, "is set, and so is script", "one of the two");
        }
        PullSecret pullSecret = spec.has(PULL_SECRET)
                ? pullSecret(document, spec, spec.any(URL) instanceof Json.Str(String url) ? url : "")
                : null;
        List<SecretRef> secrets = secrets(document, spec);
        boolean valid = !document.failedSince(0);
        List<TargetRef> targets = TargetRef.read(document, spec, kinds);
        Map<String, Json> config = new LinkedHashMap<>();
        spec.json().members().forEach((field, value) -> {
            if (!GATEWAY.contains(field) && NearestName.of(field, List.of(TARGET_REFS)).isEmpty()) {
                config.put(field, value);
            }
        });
        config.put(NAME, Json.of(document.namespace() + "/" + name));
        config.put(FAIL_STRATEGY, Json.of(onFailure == OnFailure.OPEN ? "FAIL_OPEN" : "FAIL_CLOSE"));
        if (pullSecret != null) {
            login(config);
        }
        // The filter reports the fields that it does not know.
        spec.ignore(config.keySet().toArray(String[]::new));
        spec.finish();
        boolean grpc = this == PROCESS && !spec.text(TRANSPORT, "grpc").equals("http");
        return new Plugin(filter, type + "/" + name, phase, priority, new Json.Obj(config),
                texts, new Hosted(backends, List.of(), grpc, pullSecret, onFailure), secrets, targets, valid);
    }

    private static List<SecretRef> secrets(Document document, JsonReader spec) {
        List<SecretRef> secrets = new ArrayList<>();
        for (String field : WITH_SECRETS) {
            Json value = spec.json().members().get(field);
            if (value != null) {
                secrets.addAll(SecretRef.in(document, spec, field, value));
            }
        }
        return secrets;
    }

    /// @param url of the module
    static @Nullable PullSecret pullSecret(Document document, JsonReader spec, String url) {
        String name = spec.requiredText(PULL_SECRET);
        String registry = PullSecret.registry(url);
        if (registry.isEmpty()) {
            spec.error(PULL_SECRET, "is for images", "a " + URL + " that begins with oci://");
            return null;
        }
        return new PullSecret(Kinds.secret(document.resource().key(), name), registry, spec.path(PULL_SECRET));
    }

    /// Adds what stands for the login to a registry.
    static void login(Map<String, Json> config) {
        config.put("registryUser", Json.of(PullSecret.USER));
        config.put("registryPassword", Json.of(PullSecret.PASSWORD));
    }

    static @Nullable OnFailure onFailure(String word) {
        return switch (word) {
            case "FAIL_CLOSE" -> OnFailure.CLOSE;
            case "FAIL_OPEN" -> OnFailure.OPEN;
            default -> null;
        };
    }

    /// The configuration of the filter, with what other objects have.
    ///
    /// @param clusters by the names that the plugin uses
    /// @param texts members that ConfigMaps have
    public static Json complete(Json config, Map<String, String> clusters, Map<String, String> texts) {
        if (!(config instanceof Json.Obj(var own))) {
            return config;
        }
        Map<String, Json> members = new LinkedHashMap<>(own);
        if (!clusters.isEmpty()) {
            Json.Builder named = Json.object();
            clusters.forEach((name, cluster) -> named.put(name, cluster));
            members.put(BACKENDS, named.build());
        }
        texts.forEach((member, text) -> members.put(member, Json.of(text)));
        return new Json.Obj(members);
    }
}
