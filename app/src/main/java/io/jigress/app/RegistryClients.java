package io.jigress.app;

import io.jigress.control.kinds.Registry;
import io.jigress.sources.nacos.NacosRegistryClient;
import io.jigress.sources.registry.RegistryClient;
import java.util.Map;

/// The types of registries there are clients for.
final class RegistryClients {
    private RegistryClients() {}

    /// Lambdas and not method references: the classes of a client, and its libraries, are loaded when one is opened.
    static Map<Registry.Type, RegistryClient.Factory> all() {
        return Map.of(Registry.Type.NACOS, settings -> NacosRegistryClient.open(settings));
    }
}
