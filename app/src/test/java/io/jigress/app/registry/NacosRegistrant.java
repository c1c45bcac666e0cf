package io.jigress.app.registry;

import com.alibaba.nacos.api.exception.NacosException;
import com.alibaba.nacos.api.naming.pojo.Instance;
import com.alibaba.nacos.api.naming.remote.request.InstanceRequest;
import com.alibaba.nacos.api.remote.response.Response;
import com.alibaba.nacos.common.remote.client.Connection;
import com.alibaba.nacos.common.remote.client.ConnectionEventListener;
import com.alibaba.nacos.common.remote.client.ServerListFactory;
import com.alibaba.nacos.common.remote.client.grpc.DefaultGrpcClientConfig;
import com.alibaba.nacos.common.remote.client.grpc.GrpcSdkClient;
import io.jigress.testkit.Poll;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A service instance that registers itself at a Nacos server as an application does: for the lifetime of its connection, and again after a
/// reconnect.
public final class NacosRegistrant implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(20);

    private final GrpcSdkClient client;
    private final Place place;
    private final Instance instance = new Instance();
    private volatile boolean registered;

    /// Where a service is.
    ///
    /// @param cluster of the instance
    record Place(String namespace, String group, String service, String cluster) {
        static Place of(String service) {
            return new Place("public", "DEFAULT_GROUP", service, "DEFAULT");
        }
    }

    private NacosRegistrant(NacosServer server, Place place, String address, int port) {
        this.place = place;
        instance.setClusterName(place.cluster);
        instance.setIp(address);
        instance.setPort(port);
        client = new GrpcSdkClient(DefaultGrpcClientConfig.newBuilder().setName("registrant-" + port).setThreadPoolCoreSize(2)
                .setThreadPoolMaxSize(2).setLabels(new HashMap<>(Map.of("source", "sdk", "module", "naming"))).build());
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
        client.registerConnectionListener(new ConnectionEventListener() {
            @Override
            public void onConnected(Connection connection) {
                if (registered) {
                    send("registerInstance");
                }
            }

            @Override
            public void onDisConnect(Connection connection) {
                // Registered with the next connection.
            }
        });
    }

    /// Registers an instance on the loopback address; returns when the server has it.
    static NacosRegistrant register(NacosServer server, String service, int port) {
        return register(server, Place.of(service), port);
    }

    static NacosRegistrant register(NacosServer server, Place place, int port) {
        return register(server, place, "127.0.0.1", port);
    }

    static NacosRegistrant register(NacosServer server, Place place, String address, int port) {
        NacosRegistrant registrant = new NacosRegistrant(server, place, address, port);
        try {
            registrant.client.start();
        } catch (NacosException e) {
            throw new IllegalStateException(e);
        }
        // A first attempt that fails is repeated on a thread of the client.
        long end = System.nanoTime() + CONNECT.toNanos();
        while (!registrant.client.isRunning()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("no connection to " + server.address());
            }
            Poll.pause();
        }
        registrant.send("registerInstance");
        registrant.registered = true;
        return registrant;
    }

    /// Changes the instance; returns when the server has it.
    NacosRegistrant weight(double weight) {
        instance.setWeight(weight);
        send("registerInstance");
        return this;
    }

    /// As an operator takes it offline, or online again; returns when the server has it.
    NacosRegistrant enabled(boolean enabled) {
        instance.setEnabled(enabled);
        send("registerInstance");
        return this;
    }

    /// Deregisters the instance; returns when the server has removed it.
    void deregister() {
        registered = false;
        send("deregisterInstance");
    }

    private void send(String type) {
        try {
            Response response = client.request(new InstanceRequest(place.namespace, place.service, place.group, type, instance));
            if (!response.isSuccess()) {
                throw new IllegalStateException(response.getMessage());
            }
        } catch (NacosException e) {
            throw new IllegalStateException(type + " of " + place, e);
        }
    }

    /// Ends the connection; the server drops the instance by itself.
    @Override
    public void close() {
        try {
            client.shutdown();
        } catch (NacosException e) {
            throw new IllegalStateException(e);
        }
    }
}
