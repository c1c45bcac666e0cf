package io.jigress.bench.registry;

import com.alibaba.nacos.api.config.remote.request.ConfigBatchListenRequest;
import com.alibaba.nacos.api.config.remote.request.ConfigChangeNotifyRequest;
import com.alibaba.nacos.api.config.remote.request.ConfigPublishRequest;
import com.alibaba.nacos.api.config.remote.request.ConfigQueryRequest;
import com.alibaba.nacos.api.config.remote.response.ConfigChangeNotifyResponse;
import com.alibaba.nacos.api.exception.NacosException;
import com.alibaba.nacos.api.naming.pojo.Instance;
import com.alibaba.nacos.api.naming.pojo.ServiceInfo;
import com.alibaba.nacos.api.naming.remote.request.BatchInstanceRequest;
import com.alibaba.nacos.api.naming.remote.request.InstanceRequest;
import com.alibaba.nacos.api.naming.remote.request.NotifySubscriberRequest;
import com.alibaba.nacos.api.naming.remote.request.SubscribeServiceRequest;
import com.alibaba.nacos.api.naming.remote.response.NotifySubscriberResponse;
import com.alibaba.nacos.api.naming.remote.response.SubscribeServiceResponse;
import com.alibaba.nacos.api.remote.request.Request;
import com.alibaba.nacos.api.remote.response.Response;
import com.alibaba.nacos.common.remote.client.Connection;
import com.alibaba.nacos.common.remote.client.ConnectionEventListener;
import com.alibaba.nacos.common.remote.client.ServerListFactory;
import com.alibaba.nacos.common.remote.client.grpc.DefaultGrpcClientConfig;
import com.alibaba.nacos.common.remote.client.grpc.GrpcSdkClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Nacos by gRPC. Instances exist as long as their connection, one per port, and are registered again after a reconnect, as by Nacos' own client.
final class DrivenNacos implements DrivenRegistry {
    private static final String GROUP = "DEFAULT_GROUP";
    private static final int FILL_PORT = 8080;
    private static final int CONNECT_SECONDS = 60;

    private final String server;
    private final Map<Integer, Registrant> registrants = new ConcurrentHashMap<>();
    private final Map<String, Consumer<Set<Integer>>> followers = new ConcurrentHashMap<>();
    private final Map<String, Runnable> listeners = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable GrpcSdkClient> bare = new AtomicReference<>();
    private final AtomicReference<@Nullable GrpcSdkClient> config = new AtomicReference<>();

    DrivenNacos(String server) {
        this.server = server;
    }

    private GrpcSdkClient client(String name, String module, Runnable connected, Function<Request, @Nullable Response> pushed)
            throws NacosException {
        GrpcSdkClient client = new GrpcSdkClient(DefaultGrpcClientConfig.newBuilder().setName(name).setThreadPoolCoreSize(2)
                .setThreadPoolMaxSize(2).setLabels(new HashMap<>(Map.of("source", "sdk", "module", module))).build());
        client.serverListFactory(new ServerListFactory() {
            @Override
            public String genNextServer() {
                return server;
            }

            @Override
            public String getCurrentServer() { return server; }

            @Override
            public List<String> getServerList() { return List.of(server); }
        });
        client.registerConnectionListener(new ConnectionEventListener() {
            @Override
            public void onConnected(Connection connection) {
                connected.run();
            }

            @Override
            public void onDisConnect(Connection connection) {
                // See onConnected.
            }
        });
        client.registerServerRequestHandler((request, _) -> pushed.apply(request));
        client.start();
        return client;
    }

    private static <T extends Response> T ask(GrpcSdkClient client, Request request, Class<T> type) throws NacosException {
        Response response = client.request(request);
        if (!response.isSuccess()) {
            throw new NacosException(response.getErrorCode(), response.getMessage());
        }
        return type.cast(response);
    }

    /// The connection of the instances of one port.
    private final class Registrant {
        private final Instance instance = new Instance();
        private final Set<String> services = ConcurrentHashMap.newKeySet();
        private final GrpcSdkClient client;

        Registrant(int port) throws NacosException {
            instance.setIp("127.0.0.1");
            instance.setPort(port);
            client = client("registrant-" + port, "naming", this::again, _ -> null);
        }

        private void again() {
            for (String service : services) {
                try {
                    send(service, "registerInstance");
                } catch (NacosException _) {
                    // Sent again after the next reconnect.
                }
            }
        }

        void send(String service, String type) throws NacosException {
            ask(client, new InstanceRequest("public", service, GROUP, type, instance), Response.class);
        }
    }

    private Registrant registrant(int port) throws NacosException {
        Registrant known = registrants.get(port);
        if (known == null) {
            synchronized (registrants) {
                known = registrants.get(port);
                if (known == null) {
                    known = new Registrant(port);
                    registrants.put(port, known);
                }
            }
        }
        return known;
    }

    @Override
    public void add(String service, int port) throws Exception {
        Registrant registrant = registrant(port);
        registrant.send(service, "registerInstance");
        registrant.services.add(service);
    }

    @Override
    public void remove(String service, int port) throws Exception {
        Registrant registrant = registrant(port);
        registrant.services.remove(service);
        registrant.send(service, "deregisterInstance");
    }

    @Override
    public void absent() throws Exception {
        for (Registrant registrant : registrants.values()) {
            registrant.services.clear();
            registrant.client.shutdown();
        }
        registrants.clear();
    }

    @Override
    public void follow(String service, Consumer<Set<Integer>> heard) throws Exception {
        followers.put(service, heard);
        if (bare.get() == null) {
            bare.set(client("bare", "naming", this::subscribeAll, request -> {
                if (request instanceof NotifySubscriberRequest notification) {
                    tell(notification.getServiceInfo());
                    return new NotifySubscriberResponse();
                }
                return null;
            }));
        }
        subscribe(service);
    }

    private void subscribeAll() {
        for (String service : followers.keySet()) {
            try {
                subscribe(service);
            } catch (NacosException _) {
                // Sent again after the next reconnect.
            }
        }
    }

    private void subscribe(String service) throws NacosException {
        GrpcSdkClient client = bare.get();
        if (client != null) {
            tell(ask(client, new SubscribeServiceRequest("public", GROUP, service, "", true), SubscribeServiceResponse.class)
                    .getServiceInfo());
        }
    }

    private void tell(@Nullable ServiceInfo info) {
        if (info == null) {
            return;
        }
        String name = info.getName().substring(info.getName().indexOf("@@") < 0 ? 0 : info.getName().indexOf("@@") + 2);
        Consumer<Set<Integer>> follower = followers.get(name);
        if (follower != null) {
            follower.accept(info.getHosts().stream().map(Instance::getPort).collect(Collectors.toSet()));
        }
    }

    @Override
    public void fill(int services, int instances) throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        GrpcSdkClient client = client("fill", "naming", connected::countDown, _ -> null);
        if (!connected.await(CONNECT_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("Nacos at " + server + " accepts no connection within " + CONNECT_SECONDS + " s");
        }
        for (int i = 0; i < services; i++) {
            List<Instance> all = new ArrayList<>();
            for (int j = 1; j <= instances; j++) {
                Instance instance = new Instance();
                instance.setIp("10." + i / 250 + "." + i % 250 + "." + j);
                instance.setPort(FILL_PORT);
                instance.setMetadata(new HashMap<>(Map.of("version", "v1", "preserved.register.source", "SPRING_CLOUD")));
                all.add(instance);
            }
            ask(client, new BatchInstanceRequest("public", "f" + i, GROUP, "batchRegisterInstance", all), Response.class);
        }
    }

    private GrpcSdkClient config() throws NacosException {
        GrpcSdkClient known = config.get();
        if (known == null) {
            known = client("bare-config", "config", () -> {}, request -> {
                if (request instanceof ConfigChangeNotifyRequest notification) {
                    // A listener of Nacos' own client gets the content.
                    Thread.ofVirtual().start(() -> query(notification.getGroup(), notification.getDataId()));
                    return new ConfigChangeNotifyResponse();
                }
                return null;
            });
            config.set(known);
        }
        return known;
    }

    private void query(String group, String dataId) {
        Runnable listener = listeners.get(dataId);
        GrpcSdkClient client = config.get();
        try {
            if (listener != null && client != null) {
                ask(client, ConfigQueryRequest.build(dataId, group, ""), Response.class);
                listener.run();
            }
        } catch (NacosException _) {
            // The driver reports that it was not told of the change.
        }
    }

    @Override
    public void listen(String group, String dataId, Runnable heard) throws Exception {
        listeners.put(dataId, heard);
        ConfigBatchListenRequest listen = new ConfigBatchListenRequest();
        listen.setListen(true);
        listen.addConfigListenContext(group, dataId, "", "");
        ask(config(), listen, Response.class);
    }

    @Override
    public void publish(String group, String dataId, String text) throws Exception {
        ConfigPublishRequest request = new ConfigPublishRequest(dataId, group, "", text);
        request.putAdditionalParam("type", "yaml");
        ask(config(), request, Response.class);
    }
}
