package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.app.translate.Translators;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import io.jigress.control.ServiceDirectory;
import io.jigress.control.Translation;
import io.jigress.control.Translator;
import io.jigress.filters.BuiltinFilters;
import io.jigress.proxy.ApplyReport;
import io.jigress.proxy.Gateway;
import io.jigress.proxy.ProxySettings;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The counted cost of one changed route, in the translation and the data plane together.
@Tag("suite")
class ChangeCostTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final String GATEWAY_API = "gateway.networking.k8s.io";
    private static final int CHANGES = 40;
    private static final int OBJECTS = 100;
    private static final int ROUTES_PER_SERVICE = 10;

    enum Shape {
        HOST_EACH, HUNDRED_HOSTS, ONE_HOST;

        String host(int route) {
            return switch (this) {
                case HOST_EACH -> "h" + route + ".example";
                case HUNDRED_HOSTS -> "h" + route / 10 % 100 + ".example";
                case ONE_HOST -> "h.example";
            };
        }
    }

    /// @param bytes the median of the changes
    /// @param nodes the maximum of the changes
    private record Cost(long bytes, int nodes) {}

    private static Resource object(String group, String kind, String name, String spec) {
        String json = "{\"apiVersion\":\"" + group + "/v1\",\"kind\":\"" + kind + "\",\"metadata\":{\"name\":\"" + name
                + "\",\"namespace\":\"default\"},\"spec\":" + spec + "}";
        return new Resource(new ResourceKey(group, kind, "default", name), "v1", 0, "test.yaml",
                json.getBytes(StandardCharsets.UTF_8));
    }

    /// An object with `count` routes, starting at `first`, each rule with a path, a service and a header of its own; the edition changes all
    /// three.
    private static Resource routes(Shape shape, int first, int count, int edition, int services) {
        int hosts = shape == Shape.HOST_EACH ? count : 1;
        String hostnames = IntStream.range(0, hosts).mapToObj(i -> '"' + shape.host(first + i) + '"')
                .collect(Collectors.joining(","));
        String rules = IntStream.range(first, first + count / hosts).mapToObj(i -> """
                {"matches":[{"path":{"value":"/p%d/e%d"}}],\
                "filters":[{"type":"RequestHeaderModifier","requestHeaderModifier":{"set":[{"name":"x-edition","value":"%d"}]}}],\
                "backendRefs":[{"name":"s%d","port":80}]}""".formatted(i, edition, edition, (i + edition) % services))
                .collect(Collectors.joining(","));
        return object(GATEWAY_API, "HTTPRoute", "r" + first,
                "{\"parentRefs\":[{\"name\":\"main\"}],\"hostnames\":[" + hostnames + "],\"rules\":[" + rules + "]}");
    }

    private static Resource service(int i) {
        return object("", "Service", "s" + i, "{\"ports\":[{\"port\":80}]}");
    }

    private static Resource slice(int i) {
        ResourceKey key = new ResourceKey("discovery.k8s.io", "EndpointSlice", "default", "s" + i);
        String json = """
                {"kind":"EndpointSlice","metadata":{"name":"s%d","namespace":"default","labels":{"kubernetes.io/service-name":"s%d"}},\
                "addressType":"IPv4","ports":[{"port":9}],"endpoints":[{"addresses":["127.0.0.1"]}]}""".formatted(i, i);
        return new Resource(key, "v1", 0, "test.yaml", json.getBytes(StandardCharsets.UTF_8));
    }

    private static Cost cost(Shape shape, int routes) {
        PersistentMap<ResourceKey, Resource> set = PersistentMap.empty();
        Resource main = object(GATEWAY_API, "Gateway", "main",
                "{\"gatewayClassName\":\"jigress\",\"listeners\":[{\"name\":\"http\",\"port\":80,\"protocol\":\"HTTP\"}]}");
        set = set.with(main.key(), main);
        Map<ResourceKey, Resource> moved = new HashMap<>();
        int services = routes / ROUTES_PER_SERVICE;
        for (int i = 0; i < services; i++) {
            for (Resource each : new Resource[] {service(i), slice(i)}) {
                set = set.with(each.key(), each);
                moved.put(each.key(), each);
            }
        }
        // Routes that change are single objects; the others are grouped by ten, since the test has to read them all.
        for (int i = 0; i < routes; i += i < OBJECTS ? 1 : 10) {
            Resource route = routes(shape, i, i < OBJECTS ? 1 : 10, 0, services);
            set = set.with(route.key(), route);
        }
        ServiceDirectory directory = new ServiceDirectory();
        directory.changed(moved);
        Translator translator = Translators.of(Settings.defaults(new Machine(1, 512 << 20)));
        try (Gateway gateway = Gateway.start(ProxySettings.DEFAULT.withEventLoops(1), BuiltinFilters.all(), List.of(),
                directory)) {
            Translation translation = translator.translate(new ResourceSet(1, set));
            assertThat(translation.problems().size()).isZero();
            assertThat(gateway.apply(onFreePort(translation.config())).routesCompiled()).isEqualTo(routes);

            long[] bytes = new long[CHANGES];
            int nodes = 0;
            for (int edition = 1; edition <= CHANGES; edition++) {
                Resource changed = routes(shape, edition * 7 % OBJECTS, 1, edition, services);
                set = set.with(changed.key(), changed);
                ResourceSet next = new ResourceSet(edition + 1, set);
                long before = THREADS.getCurrentThreadAllocatedBytes();
                ApplyReport report = gateway.apply(onFreePort(translator.translate(next).config()));
                bytes[edition - 1] = THREADS.getCurrentThreadAllocatedBytes() - before;
                assertThat(report.routesCompiled()).as("routes compiled").isEqualTo(1);
                assertThat(report.waiting()).as("held back").isZero();
                nodes = Math.max(nodes, report.nodesCopied());
            }
            Arrays.sort(bytes);
            return new Cost(bytes[CHANGES / 2], nodes);
        }
    }

    private static GatewayConfig onFreePort(GatewayConfig config) {
        GatewayConfig[] free = {new GatewayConfig(PersistentMap.empty(), config.clusters())};
        config.listeners().forEach((name, listener) -> free[0] = free[0]
                .with(new Listener(name, "127.0.0.1", 0, listener.traffic())));
        return free[0];
    }

    @ParameterizedTest
    @EnumSource
    void oneChangeCostsTheSameHoweverManyRoutesThereAre(Shape shape) {
        Cost few = cost(shape, 1_000);
        Cost many = cost(shape, 100_000);
        assertThat(many.bytes).as("bytes allocated").isPositive().isLessThanOrEqualTo(256 * 1024)
                .isLessThanOrEqualTo(2 * few.bytes);
        assertThat(many.nodes).as("nodes copied").isPositive().isLessThanOrEqualTo(64).isLessThanOrEqualTo(2 * few.nodes);
    }
}
