package io.jigress.control.translate;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.jigress.config.PersistentMap;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import io.jigress.control.Translation;
import io.jigress.control.kinds.Kinds;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The work of changing one route does not depend on the number of routes.
@Tag("suite")
class CountedWorkTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int CHANGES = 50;

    enum Shape {
        HOST_EACH, HUNDRED_HOSTS, ONE_HOST, ONE_MATCH
    }

    private static Resource route(Shape shape, int i, int edition) {
        String host = switch (shape) {
            case HOST_EACH -> "h" + i + ".example";
            case HUNDRED_HOSTS -> "h" + i % 100 + ".example";
            case ONE_HOST, ONE_MATCH -> "h.example";
        };
        String path = shape == Shape.ONE_MATCH ? "/" : "/p" + i + "/e" + edition;
        String json = """
                {"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"r%d","namespace":"default"},"spec":{"parentRefs":[{"name":"main"}],\
                "hostnames":["%s"],"rules":[{"matches":[{"path":{"type":"PathPrefix","value":"%s"}}],"backendRefs":[{"name":"s%d","port":80}]}]}}"""
                .formatted(i, host, path, (i + edition) % (CHANGES + 1));
        return new Resource(new ResourceKey(Kinds.GATEWAY_API, "HTTPRoute", "default", "r" + i), "v1", 0, "r.yaml",
                json.getBytes(StandardCharsets.UTF_8));
    }

    private static Resource object(String group, String kind, String name, String spec) {
        String json = "{\"kind\":\"" + kind + "\",\"metadata\":{\"name\":\"" + name + "\"},\"spec\":" + spec + "}";
        return new Resource(new ResourceKey(group, kind, "default", name), "v1", 0, "x.yaml",
                json.getBytes(StandardCharsets.UTF_8));
    }

    private static ResourceSet world(Shape shape, int routes) {
        PersistentMap<ResourceKey, Resource> set = PersistentMap.empty();
        Resource gateway = object(Kinds.GATEWAY_API, "Gateway", "main",
                "{\"gatewayClassName\":\"jigress\",\"listeners\":[{\"name\":\"http\",\"port\":80,\"protocol\":\"HTTP\"}]}");
        set = set.with(gateway.key(), gateway);
        for (int i = 0; i <= CHANGES; i++) {
            Resource service = object(Kinds.CORE, "Service", "s" + i, "{\"ports\":[{\"port\":80}]}");
            set = set.with(service.key(), service);
        }
        for (int i = 0; i < routes; i++) {
            Resource route = route(shape, i, 0);
            set = set.with(route.key(), route);
        }
        return new ResourceSet(1, set);
    }

    /// The median of the bytes that one change allocates.
    private static long bytesPerChange(Shape shape, int routes) {
        ResourceTranslator translator = TestFilters.translator(TranslationSettings.DEFAULT);
        ResourceSet set = world(shape, routes);
        Translation before = translator.translate(set);
        assertThat(before.problems().size()).isEqualTo(shape == Shape.ONE_MATCH ? routes - 1 : 0);
        long[] bytes = new long[CHANGES];
        for (int edition = 1; edition <= CHANGES; edition++) {
            Resource changed = route(shape, edition * 7 % routes, edition);
            set = new ResourceSet(set.revision() + 1, set.resources().with(changed.key(), changed));
            long start = THREADS.getCurrentThreadAllocatedBytes();
            Translation after = translator.translate(set);
            bytes[edition - 1] = THREADS.getCurrentThreadAllocatedBytes() - start;
            assertThat(after.config().listeners().equals(before.config().listeners())).isFalse();
            before = after;
        }
        Arrays.sort(bytes);
        return bytes[CHANGES / 2];
    }

    @ParameterizedTest
    @EnumSource
    void oneChangeAllocatesTheSameHoweverManyRoutesThereAre(Shape shape) {
        long few = bytesPerChange(shape, 1_000);
        long many = bytesPerChange(shape, 100_000);
        assertThat(many).as("bytes at 100,000 routes").isLessThanOrEqualTo(128 * 1024);
        assertThat(many).as("bytes at 100,000 routes, against those at 1,000").isLessThanOrEqualTo(2 * few);
    }
}
