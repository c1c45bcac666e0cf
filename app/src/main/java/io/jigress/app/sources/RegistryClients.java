package io.jigress.app.sources;

import io.jigress.control.kinds.Registry;
import io.jigress.sources.consul.ConsulRegistryClient;
import io.jigress.sources.dns.DnsRegistryClient;
import io.jigress.sources.eureka.EurekaRegistryClient;
import io.jigress.sources.nacos.NacosRegistryClient;
import io.jigress.sources.registry.RegistryClient;
import io.jigress.sources.zookeeper.ZooKeeperRegistryClient;
import java.util.Map;

/// The clients by type of registry.
public final class RegistryClients {
    private RegistryClients() {}

    /// Lambdas instead of method references, so that the classes of a client and its libraries are loaded only when one is opened.
    public static Map<Registry.Type, RegistryClient.Factory> all() {
        return Map.of(Registry.Type.NACOS, settings -> NacosRegistryClient.open(settings),
                Registry.Type.ZOOKEEPER, settings -> ZooKeeperRegistryClient.open(settings),
                Registry.Type.CONSUL, settings -> ConsulRegistryClient.open(settings),
                Registry.Type.EUREKA, settings -> EurekaRegistryClient.open(settings),
                Registry.Type.DNS, settings -> DnsRegistryClient.open(settings));
    }
}
