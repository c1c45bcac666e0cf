package io.jigress.app.sources;

import io.jigress.control.kinds.Registry;
import io.jigress.sources.consul.ConsulRegistryClient;
import io.jigress.sources.dns.DnsRegistryClient;
import io.jigress.sources.eureka.EurekaRegistryClient;
import io.jigress.sources.nacos.NacosRegistryClient;
import io.jigress.sources.registry.RegistryClient;
import io.jigress.sources.zookeeper.ZooKeeperRegistryClient;
import java.util.Map;

/// The types of registries there are clients for.
public final class RegistryClients {
    private RegistryClients() {}

    /// Lambdas and not method references: the classes of a client, and its libraries, are loaded when one is opened.
    public static Map<Registry.Type, RegistryClient.Factory> all() {
        return Map.of(Registry.Type.NACOS, settings -> NacosRegistryClient.open(settings),
                Registry.Type.ZOOKEEPER, settings -> ZooKeeperRegistryClient.open(settings),
                Registry.Type.CONSUL, settings -> ConsulRegistryClient.open(settings),
                Registry.Type.EUREKA, settings -> EurekaRegistryClient.open(settings),
                Registry.Type.DNS, settings -> DnsRegistryClient.open(settings));
    }
}
