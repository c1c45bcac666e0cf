package io.jigress.sources.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.RegistryService;
import io.jigress.control.kinds.Kinds;
import io.jigress.sources.consul.ConsulServer;
import io.jigress.sources.registry.HeardLists;
import io.jigress.sources.registry.Instance;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// SRV records of a real server: Consul's DNS interface.
@Timeout(120)
class ConsulDnsTest {
    private static RegistryService service(String name, Map<String, String> parameters) {
        return RegistryService.of(Kinds.registry("default", "dns"), name, parameters);
    }

    @Test
    void theServicesOfConsulAreFoundByTheirSrvRecords(@TempDir Path folder) throws Exception {
        HeardLists servers = new HeardLists();
        HeardLists addresses = new HeardLists();
        try (ConsulServer consul = ConsulServer.start(folder, "", "dns_config={enable_truncate=true}");
                DnsRegistryClient client = new DnsRegistryClient(List.of(consul.dnsAddress()), Duration.ofMillis(50),
                        Duration.ofMillis(10))) {
            consul.register("orders", "one", 8001, ",\"Weights\":{\"Passing\":7,\"Warning\":1}");
            client.follow(service("_orders._tcp.service.consul", Map.of()), servers);
            client.follow(service("orders.service.consul", Map.of("port", "80")), addresses);
            Instance one = servers.awaitAddresses("127.0.0.1:8001").getFirst();
            assertThat(one.weight()).isEqualTo(7);
            addresses.awaitAddresses("127.0.0.1:80");
            for (int i = 2; i <= 60; i++) {
                consul.register("orders", "instance-" + i, 8000 + i, "");
            }
            servers.await(list -> list.size() == 60);
            for (int i = 2; i <= 60; i++) {
                consul.deregister("instance-" + i);
            }
            servers.awaitAddresses("127.0.0.1:8001");
            consul.deregister("one");
            servers.awaitAddresses();
        }
    }
}
