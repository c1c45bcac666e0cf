package io.jigress.plugins.wasm.abi;

import io.jigress.plugins.wasm.vm.GuestLimits;
import java.time.Duration;
import java.util.Map;

/// What an instance of a plugin is told, and what it may use.
///
/// @param name `namespace/name` of the plugin
/// @param rootId the plugin within its module (`root_id`); may be empty
/// @param vmId names what instances share: data and queues
/// @param configuration of the plugin, as text
/// @param environment its environment variables
/// @param backends names of services that it may call, and the clusters that they stand for
/// @param limits memory and time
/// @param pause the longest time for which it may pause a request or a response
/// @param heldBytes how much of one body it may buffer
/// @param failOpen whether requests go on without the plugin when it fails
public record PluginFacts(String name, String rootId, String vmId, String configuration, Map<String, String> environment,
        Map<String, String> backends, GuestLimits limits, Duration pause, int heldBytes, boolean failOpen) {

    public PluginFacts {
        environment = Map.copyOf(environment);
        backends = Map.copyOf(backends);
    }
}
