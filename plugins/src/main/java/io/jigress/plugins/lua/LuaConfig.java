package io.jigress.plugins.lua;

import io.jigress.api.Json;
import java.util.Map;

/// The configuration of a Lua plugin.
///
/// @param name     of the plugin: `namespace/name`
/// @param source   where the script came from, for messages
/// @param config   the plugin's own configuration
/// @param backends clusters by the names that the script uses
/// @param shared   bytes of the shared dictionaries, by name
record LuaConfig(String name, String script, String source, LuaLimits limits, Json config, Map<String, String> backends,
        boolean failOpen, Map<String, Long> shared) {

    LuaConfig {
        backends = Map.copyOf(backends);
        shared = Map.copyOf(shared);
    }
}
