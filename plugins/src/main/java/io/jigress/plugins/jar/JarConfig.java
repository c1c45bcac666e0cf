package io.jigress.plugins.jar;

import io.jigress.api.Json;
import io.jigress.plugins.load.CodeReference;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The configuration of a plugin in Java.
///
/// @param name for messages
/// @param factory the name of the factory in the jar; empty for the only one
/// @param revision has no meaning; a changed one loads the jar again
/// @param config of the plugin itself
/// @param backends the clusters that it may call, by the names that it uses
/// @param deadline of blocking calls; null for the plugin's own
/// @param longestWait the longest suspension of an exchange
public record JarConfig(String name, CodeReference code, String factory, String revision, Json config,
        Map<String, String> backends, @Nullable Duration deadline, Duration longestWait, boolean failOpen) {

    public JarConfig {
        backends = Map.copyOf(backends);
    }
}
