package io.jigress.control;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.McpBridge;
import io.jigress.control.kinds.Registry;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Reports the registries and how to reach them: each Registry object, and each registry of Higress's McpBridge, together with the values of its Secret.
public final class RegistryFeed implements ResourceFollower {
    /// The keys of a Secret of a McpBridge, as those of a Registry's.
    private static final Map<String, String> BRIDGE_KEYS = Map.of("nacosUsername", "username", "nacosPassword", "password",
            "consulToken", "token");

    private final BiConsumer<ResourceKey, @Nullable RegistrySettings> listener;
    private final ResourceKey bridge;
    private final Map<ResourceKey, Definition> definitions = new HashMap<>();
    private final Map<ResourceKey, Resource> secrets = new HashMap<>();
    private final Map<ResourceKey, RegistrySettings> told = new HashMap<>();
    /// By cluster, the registries of its McpBridge.
    private final Map<String, Set<ResourceKey>> bridged = new HashMap<>();

    /// The settings of one registry in an object.
    ///
    /// @param own credentials in the object itself
    /// @param ofBridge whether it is an entry of a McpBridge, whose Secrets have other keys
    private record Definition(Registry registry, String source, Map<String, String> own, boolean ofBridge) {}

    /// @param higressNamespace where the McpBridge is
    /// @param listener is notified of each registry that is new, changed (in its fields or credentials) or removed (null)
    public RegistryFeed(String higressNamespace, BiConsumer<ResourceKey, @Nullable RegistrySettings> listener) {
        this.listener = listener;
        this.bridge = Kinds.mcpBridge(higressNamespace);
    }

    @Override
    public boolean concerns(ResourceKey key) {
        return Kinds.is(key, Kinds.JIGRESS, "Registry") || isSecret(key) || isBridge(key);
    }

    private boolean isBridge(ResourceKey key) {
        return key.in("").equals(bridge);
    }

    private static boolean isSecret(ResourceKey key) {
        return Kinds.is(key, Kinds.CORE, "Secret");
    }

    @Override
    public void changed(Map<ResourceKey, ? extends @Nullable Resource> changes) {
        Set<ResourceKey> touched = new TreeSet<>();
        changes.forEach((key, resource) -> {
            if (isSecret(key)) {
                put(secrets, key, resource);
                definitions.forEach((registry, definition) -> {
                    if (key.equals(secret(registry, definition.registry))) {
                        touched.add(registry);
                    }
                });
            } else if (isBridge(key)) {
                Set<ResourceKey> before = bridged.getOrDefault(key.cluster(), Set.of());
                touched.addAll(before);
                before.forEach(definitions::remove);
                Set<ResourceKey> now = resource == null ? Set.of() : bridged(resource);
                bridged.put(key.cluster(), now);
                touched.addAll(now);
            } else {
                put(definitions, key, resource == null
                        ? null
                        : new Definition(Registry.read(Document.open(resource)), resource.source(), Map.of(), false));
                touched.add(key);
            }
        });
        touched.forEach(this::tell);
    }

    private static <T> void put(Map<ResourceKey, T> map, ResourceKey key, @Nullable T value) {
        if (value == null) {
            map.remove(key);
        } else {
            map.put(key, value);
        }
    }

    private Set<ResourceKey> bridged(Resource resource) {
        Set<ResourceKey> keys = new TreeSet<>();
        for (McpBridge.Entry entry : McpBridge.read(Document.open(resource)).entries()) {
            entry.registries().forEach((name, registry) -> {
                ResourceKey key = McpBridge.registryKey(resource.key(), name);
                keys.add(key);
                definitions.put(key, new Definition(registry, resource.source(), entry.credentials(), true));
            });
        }
        return keys;
    }

    private static @Nullable ResourceKey secret(ResourceKey registry, Registry spec) {
        return spec.secret().isEmpty() ? null : Kinds.secret(registry, spec.secret());
    }

    private void tell(ResourceKey key) {
        Definition definition = definitions.get(key);
        RegistrySettings now = definition == null ? null : settings(key, definition);
        RegistrySettings before = now == null ? told.remove(key) : told.put(key, now);
        if (!Objects.equals(before, now)) {
            listener.accept(key, now);
        }
    }

    private RegistrySettings settings(ResourceKey key, Definition definition) {
        Registry registry = definition.registry;
        if (!registry.valid()) {
            return new RegistrySettings(registry, definition.source, Map.of(), "the Registry is not valid");
        }
        ResourceKey name = secret(key, registry);
        if (name == null) {
            return new RegistrySettings(registry, definition.source, definition.own, "");
        }
        Resource secret = secrets.get(name);
        if (secret == null) {
            return new RegistrySettings(registry, definition.source, Map.of(), "there is no " + name);
        }
        Map<String, String> values = new LinkedHashMap<>(definition.own);
        values(secret).forEach((k, value) -> values.put(definition.ofBridge ? BRIDGE_KEYS.getOrDefault(k, k) : k, value));
        return new RegistrySettings(registry, definition.source, values, "");
    }

    /// Merged as in Kubernetes: `stringData` wins. Invalid values are left out; the Secret itself has a problem then. Line ends at the end of a
    /// value are removed, since they usually come from the file that it was created from.
    private static Map<String, String> values(Resource secret) {
        Map<String, String> values = new LinkedHashMap<>();
        if (JsonParser.parse(secret.json()) instanceof JsonParser.Result.Parsed(Json json)) {
            JsonReader root = JsonReader.of("", json);
            root.object("data").json().members().forEach((key, value) -> {
                if (value instanceof Json.Str(String text)) {
                    decode(text, key, values);
                }
            });
            root.object("stringData").json().members().forEach((key, value) -> {
                if (value instanceof Json.Str(String text)) {
                    values.put(key, text);
                }
            });
        }
        values.replaceAll((_, value) -> value.replaceAll("[\\r\\n]+$", ""));
        return values;
    }

    private static void decode(String base64, String key, Map<String, String> values) {
        try {
            values.put(key, new String(Base64.getMimeDecoder().decode(base64), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException _) {
            // Not base64: reported as a problem of the Secret.
        }
    }
}
