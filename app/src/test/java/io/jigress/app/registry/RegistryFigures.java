package io.jigress.app.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.nacos.api.config.remote.request.ConfigBatchListenRequest;
import com.alibaba.nacos.api.config.remote.request.ConfigChangeNotifyRequest;
import com.alibaba.nacos.api.config.remote.response.ConfigChangeNotifyResponse;
import com.alibaba.nacos.api.naming.remote.request.NotifySubscriberRequest;
import com.alibaba.nacos.api.naming.remote.request.SubscribeServiceRequest;
import com.alibaba.nacos.api.naming.remote.response.NotifySubscriberResponse;
import com.alibaba.nacos.api.remote.request.Request;
import com.alibaba.nacos.api.remote.response.Response;
import com.alibaba.nacos.common.remote.client.ServerListFactory;
import com.alibaba.nacos.common.remote.client.grpc.DefaultGrpcClientConfig;
import com.alibaba.nacos.common.remote.client.grpc.GrpcSdkClient;
import io.jigress.app.sources.RegistryClients;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import io.jigress.control.RegistryService;
import io.jigress.control.RegistrySettings;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Registry;
import io.jigress.sources.manifest.LastGood;
import io.jigress.sources.manifest.SecretCipher;
import io.jigress.sources.nacos.HigressCipher;
import io.jigress.sources.nacos.NacosAddress;
import io.jigress.sources.nacos.NacosIndex;
import io.jigress.sources.nacos.NacosSource;
import io.jigress.sources.nacos.NacosStore;
import io.jigress.sources.registry.Instance;
import io.jigress.sources.registry.RegistryClient;
import io.jigress.sources.registry.RegistryDirectory;
import io.jigress.sources.registry.SavedEndpoints;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// The figures of bench/registries.md, printed: `mvn test -pl app -am -Dtest=RegistryFigures -Djigress.figures=true`.
@EnabledIfSystemProperty(named = "jigress.figures", matches = "true")
class RegistryFigures {
    private static final int CHANGES = 100;

    /// A client of Nacos that only records when it is notified.
    private static GrpcSdkClient bare(NacosServer server, String module, Function<Request, Response> pushed) throws Exception {
        GrpcSdkClient client = new GrpcSdkClient(DefaultGrpcClientConfig.newBuilder().setName("bare-" + module)
                .setThreadPoolCoreSize(2).setThreadPoolMaxSize(2)
                .setLabels(new HashMap<>(Map.of("source", "sdk", "module", module))).build());
        client.serverListFactory(new ServerListFactory() {
            @Override
            public String genNextServer() {
                return server.address();
            }

            @Override
            public String getCurrentServer() { return server.address(); }

            @Override
            public List<String> getServerList() { return List.of(server.address()); }
        });
        client.registerServerRequestHandler((request, _) -> pushed.apply(request));
        client.start();
        return client;
    }

    private static void print(String name, List<Long> ours, List<Long> bare) {
        List<Long> differences = new ArrayList<>();
        for (int i = 0; i < ours.size(); i++) {
            differences.add(ours.get(i) - bare.get(i));
        }
        System.out.printf(
                "FIGURE %s: p50 %.1f ms, p99 %.1f ms; bare client p50 %.1f ms, p99 %.1f ms; difference p50 %.2f ms, p99 %.2f ms (%d changes)%n",
                name, at(ours, 50), at(ours, 99), at(bare, 50), at(bare, 99), at(differences, 50), at(differences, 99),
                ours.size());
    }

    private static double at(List<Long> nanos, int percent) {
        List<Long> sorted = nanos.stream().sorted().toList();
        return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100)) / 1e6;
    }

    private static Long poll(BlockingQueue<Long> heard) throws InterruptedException {
        Long at = heard.poll(30, TimeUnit.SECONDS);
        assertThat(at).isNotNull();
        return at;
    }

    @Test
    void anInstanceIsUsedAndLeft() throws Exception {
        NacosServer server = NacosServer.get();
        BlockingQueue<Long> bareHeard = new LinkedBlockingQueue<>();
        BlockingQueue<Long> oursHeard = new LinkedBlockingQueue<>();
        GrpcSdkClient bare = bare(server, "naming", request -> {
            if (request instanceof NotifySubscriberRequest) {
                bareHeard.add(System.nanoTime());
                return new NotifySubscriberResponse();
            }
            return null;
        });
        try (RegistryDirectory directory = new RegistryDirectory(RegistryClients.all(), Duration.ofMinutes(10),
                SavedEndpoints.NONE);
                NacosRegistrant _ = NacosRegistrant.register(server, "figures", 8001);
                NacosRegistrant _ = NacosRegistrant.register(server, "figures", 8002);
                NacosRegistrant third = NacosRegistrant.register(server, "figures", 8003)) {
            ResourceKey key = Kinds.registry("default", "nacos");
            directory.configure(key, new RegistrySettings(new Registry(Registry.Type.NACOS, List.of(server.address()), "",
                    Map.of("namespace", ""), true), "a.yaml", Map.of(), ""));
            AtomicInteger size = new AtomicInteger(-1);
            EndpointDirectory.Watch watch = directory.watch(
                    new EndpointRef.Named("registry", RegistryService.of(key, "figures", Map.of()).text()), endpoints -> {
                        if (endpoints.known() && size.getAndSet(endpoints.endpoints().size()) >= 0) {
                            oursHeard.add(System.nanoTime());
                        }
                    });
            while (size.get() != 3) {
                Thread.onSpinWait();
            }
            SubscribeServiceRequest subscribe = new SubscribeServiceRequest("public", "DEFAULT_GROUP", "figures", "", true);
            assertThat(bare.request(subscribe, 3000).isSuccess()).isTrue();
            TimeUnit.SECONDS.sleep(2);
            bareHeard.clear();
            oursHeard.clear();
            List<Long> ours = new ArrayList<>();
            List<Long> bares = new ArrayList<>();
            for (int i = 0; i < CHANGES; i++) {
                long began = System.nanoTime();
                if (i % 2 == 0) {
                    third.deregister();
                } else {
                    third.weight(1);
                }
                ours.add(poll(oursHeard) - began);
                bares.add(poll(bareHeard) - began);
            }
            print("Nacos instance registered or deregistered, endpoints replaced", ours, bares);
            watch.close();
        } finally {
            bare.shutdown();
        }
    }

    @Test
    void aDataIdIsServed() throws Exception {
        NacosServer server = NacosServer.get();
        BlockingQueue<Long> bareHeard = new LinkedBlockingQueue<>();
        BlockingQueue<Long> oursHeard = new LinkedBlockingQueue<>();
        GrpcSdkClient bare = bare(server, "config", request -> {
            if (request instanceof ConfigChangeNotifyRequest) {
                bareHeard.add(System.nanoTime());
                return new ConfigChangeNotifyResponse();
            }
            return null;
        });
        NacosAddress address = NacosAddress.parse("nacos://" + server.address() + "?group=figures");
        try (NacosStore store = NacosStore.open(address, Map.of());
                NacosSource source = new NacosSource(address, Map.of(), address.prefix(), LastGood.NONE, 1 << 20,
                        SecretCipher.NONE, HigressCipher.NONE,
                        InstantSource.system())) {
            store.publish("a.yaml", document(0), null);
            store.publish(NacosStore.INDEX, NacosIndex.write(List.of("a.yaml")), null);
            source.start(new ResourceSource.Sink() {
                @Override
                public void changed(List<Resource> upserts, List<ResourceSource.Deletion> deletions,
                        Map<ResourceKey, List<Problem>> problems) {
                    oursHeard.add(System.nanoTime());
                }

                @Override
                public void replaced(List<ResourceSource.Scope> scopes, List<Resource> resources,
                        Map<ResourceKey, List<Problem>> problems) {
                    // During the start.
                }
            });
            ConfigBatchListenRequest listen = new ConfigBatchListenRequest();
            listen.setListen(true);
            listen.addConfigListenContext("figures", "a.yaml", "", "");
            assertThat(bare.request(listen, 3000).isSuccess()).isTrue();
            TimeUnit.SECONDS.sleep(2);
            List<Long> ours = new ArrayList<>();
            List<Long> bares = new ArrayList<>();
            for (int i = 1; i <= CHANGES; i++) {
                NacosStore.Content before = store.query("a.yaml");
                long began = System.nanoTime();
                store.publish("a.yaml", document(i), before);
                ours.add(poll(oursHeard) - began);
                bares.add(poll(bareHeard) - began);
            }
            print("data id published, objects delivered", ours, bares);
        } finally {
            bare.shutdown();
        }
    }

    private static String document(int i) {
        return "apiVersion: jigress.io/v1\nkind: Backend\nmetadata: {name: a}\nspec: {endpoints: [{address: 10.0.0.1, port: "
                + (i + 1) + "}]}\n";
    }

    /// A registry that answers at once.
    private static final class Scripted implements RegistryClient {
        private final Map<String, Listener> listeners = new HashMap<>();

        @Override
        public synchronized void follow(RegistryService service, Listener listener) {
            listeners.put(service.name(), listener);
            listener.instances(instances(service.name(), 20));
        }

        static List<Instance> instances(String service, int count) {
            List<Instance> instances = new ArrayList<>();
            int number = Integer.parseInt(service.substring(1));
            for (int i = 0; i < count; i++) {
                instances.add(new Instance("10." + number / 250 + "." + number % 250 + "." + (i + 1), 8080, 1, true, true, "a",
                        Map.of("version", "v1", "preserved.register.source", "SPRING_CLOUD")));
            }
            return instances;
        }

        synchronized void change(int number, int count) {
            listeners.get("s" + number).instances(instances("s" + number, count));
        }

        @Override
        public void unfollow(RegistryService service) {}

        @Override
        public State state() {
            return new State(true, "");
        }

        @Override
        public void close() {}
    }

    @Test
    void fiveThousandServices() throws Exception {
        Scripted registry = new Scripted();
        long before = used();
        int threads = Thread.getAllStackTraces().size();
        AtomicInteger heard = new AtomicInteger();
        List<Endpoints> kept = new ArrayList<>(java.util.Collections.nCopies(5000, Endpoints.UNKNOWN));
        try (RegistryDirectory directory = new RegistryDirectory(Map.of(Registry.Type.NACOS, _ -> registry),
                Duration.ofMinutes(10),
                SavedEndpoints.NONE)) {
            ResourceKey key = Kinds.registry("default", "nacos");
            directory.configure(key,
                    new RegistrySettings(new Registry(Registry.Type.NACOS, List.of("10.0.0.1:8848"), "", Map.of(),
                            true), "a.yaml", Map.of(), ""));
            for (int i = 0; i < 5000; i++) {
                int number = i;
                directory.watch(new EndpointRef.Named("registry", RegistryService.of(key, "s" + i, Map.of()).text()),
                        endpoints -> {
                            if (endpoints.known()) {
                                kept.set(number, endpoints);
                                heard.incrementAndGet();
                            }
                        });
            }
            while (heard.get() < 5000) {
                Thread.onSpinWait();
            }
            System.out.printf("FIGURE 5,000 services of 20 instances: %d MiB over base, %d threads more%n",
                    (used() - before) >> 20,
                    Thread.getAllStackTraces().size() - threads);
            int expected = heard.get();
            long began = System.nanoTime();
            for (int i = 0; i < 10_000; i++) {
                registry.change(i % 5000, 19 - i / 5000);
                expected++;
                while (System.nanoTime() - began < i * 1_000_000L) {
                    Thread.onSpinWait();
                }
            }
            assertThat(kept).allMatch(Endpoints::known);
            long lag = System.nanoTime();
            while (heard.get() < expected && System.nanoTime() - lag < 5_000_000_000L) {
                Thread.onSpinWait();
            }
            System.out.printf(
                    "FIGURE 1,000 changes a second for 10 s: the newest list was in use %.1f ms after the last change; %d lists%n",
                    (System.nanoTime() - lag) / 1e6, heard.get());
        }
    }

    private static long used() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
