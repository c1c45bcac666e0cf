package io.jigress.control;

import io.jigress.control.kinds.Registry;
import java.util.Map;

/// The settings of a registry client.
///
/// @param registry the object
/// @param source where the object came from, for problems
/// @param credentials the values of its Secret by key; must never be shown
/// @param fault why the registry cannot be used; empty when it can
public record RegistrySettings(Registry registry, String source, Map<String, String> credentials, String fault) {
    public RegistrySettings {
        credentials = Map.copyOf(credentials);
    }

    /// A credential; empty when the Secret has none of that name.
    public String credential(String key) {
        return credentials.getOrDefault(key, "");
    }

    @Override
    public String toString() {
        return "RegistrySettings[" + registry + ", credentials " + credentials.keySet() + ", " + fault + "]";
    }
}
