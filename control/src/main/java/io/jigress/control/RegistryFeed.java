package io.jigress.control;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.Kinds;
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

/// Reports the registries and how to reach them: each Registry object together with the values of its Secret.
public final class RegistryFeed implements ResourceFollower {
    private final BiConsumer<ResourceKey, @Nullable RegistrySettings> listener;
    private final Map<ResourceKey, Resource> registries = new HashMap<>();
    private final Map<ResourceKey, Resource> secrets = new HashMap<>();
    private final Map<ResourceKey, RegistrySettings> told = new HashMap<>();

    /// @param listener is notified of each registry that is new, differs (in its fields or credentials) or is gone (null)
    public RegistryFeed(BiConsumer<ResourceKey, @Nullable RegistrySettings> listener) {
        this.listener = listener;
    }

    @Override
    public boolean concerns(ResourceKey key) {
        return Kinds.is(key, Kinds.JIGRESS, "Registry") || isSecret(key);
    }

    private static boolean isSecret(ResourceKey key) {
        return Kinds.is(key, Kinds.CORE, "Secret");
    }

    @Override
    public void changed(Map<ResourceKey, ? extends @Nullable Resource> changes) {
        Set<ResourceKey> touched = new TreeSet<>();
        changes.forEach((key, resource) -> {
            Map<ResourceKey, Resource> kept = isSecret(key) ? secrets : registries;
            if (resource == null) {
                kept.remove(key);
            } else {
                kept.put(key, resource);
            }
            if (!isSecret(key)) {
                touched.add(key);
            } else {
                told.forEach((registry, settings) -> {
                    if (key.equals(secret(registry, settings.registry()))) {
                        touched.add(registry);
                    }
                });
            }
        });
        touched.forEach(this::tell);
    }

    private static @Nullable ResourceKey secret(ResourceKey registry, Registry spec) {
        return spec.secret().isEmpty() ? null : Kinds.secret(registry, spec.secret());
    }

    private void tell(ResourceKey key) {
        Resource resource = registries.get(key);
        RegistrySettings now = resource == null ? null : settings(key, resource);
        RegistrySettings before = now == null ? told.remove(key) : told.put(key, now);
        if (!Objects.equals(before, now)) {
            listener.accept(key, now);
        }
    }

    private RegistrySettings settings(ResourceKey key, Resource resource) {
        Registry registry = Registry.read(Document.open(resource));
        if (!registry.valid()) {
            return new RegistrySettings(registry, resource.source(), Map.of(), "the Registry is not valid");
        }
        ResourceKey name = secret(key, registry);
        if (name == null) {
            return new RegistrySettings(registry, resource.source(), Map.of(), "");
        }
        Resource secret = secrets.get(name);
        return secret == null
                ? new RegistrySettings(registry, resource.source(), Map.of(), "there is no " + name)
                : new RegistrySettings(registry, resource.source(), values(secret), "");
    }

    /// As Kubernetes merges them: `stringData` wins. What is not valid is left out; the Secret itself has a problem then. Line ends behind a value
    /// are those of the file that it was made from.
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
            // Not base64: said as a problem of the Secret.
        }
    }
}
