package io.jigress.app;

import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.testkit.kubernetes.KubeApiServer;
import io.jigress.testkit.kubernetes.TcpRelay;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;

/// The objects of one namespace on one API server, for tests with several clusters: a Gateway `main`, a Service `cart` with its endpoints, and
/// routes to it.
///
/// @param address of endpoints; API servers refuse loopback addresses
record ClusterObjects(KubeApiServer server, String namespace, InetAddress address) {
    static final String GATEWAY_API = "gateway.networking.k8s.io/v1";

    /// Makes the namespace.
    static ClusterObjects in(KubeApiServer server, String namespace) throws IOException {
        server.namespace(namespace);
        return new ClusterObjects(server, namespace, TcpRelay.ownAddress());
    }

    String path(String apiVersion, String kind, String name) {
        return KubeApiServer.path(apiVersion, kind, namespace, name);
    }

    /// @param rest of the object, with `'` for `"`: begins within `metadata`
    void apply(String apiVersion, String kind, String name, String rest) {
        server.apply(path(apiVersion, kind, name), "{\"apiVersion\":\"" + apiVersion + "\",\"kind\":\"" + kind
                + "\",\"metadata\":{\"name\":\"" + name + "\"" + rest.replace('\'', '"') + "}").expectSuccess();
    }

    void gateway(int port) {
        apply(GATEWAY_API, "Gateway", "main",
                "},'spec':{'gatewayClassName':'jigress','listeners':[{'name':'http','port':" + port + ",'protocol':'HTTP'}]}");
    }

    /// The Service `cart` with one endpoint.
    void service(int endpointPort) {
        apply("v1", "Service", "cart", "},'spec':{'ports':[{'port':80}]}");
        endpoint(endpointPort, "");
    }

    /// The only endpoint of the Service.
    void endpoint(int port, String zone) {
        slice(port, "{'zone':'" + zone + "','addresses':['" + address.getHostAddress() + "']}");
    }

    void noEndpoints() {
        slice(1, "");
    }

    private void slice(int port, String endpoints) {
        apply("discovery.k8s.io/v1", "EndpointSlice", "cart", ",'labels':{'kubernetes.io/service-name':'cart'}},"
                + "'addressType':'IPv4','ports':[{'name':'','port':" + port + "}],'endpoints':[" + endpoints + "]}");
    }

    /// A route of the Gateway to the Service.
    void route(String name, String prefix) {
        apply(GATEWAY_API, "HTTPRoute", name, "},'spec':{'parentRefs':[{'name':'main'}],'rules':[{'matches':[{'path':"
                + "{'value':'" + prefix + "'}}],'backendRefs':[{'name':'cart','port':80}]}]}");
    }

    /// Whether the route's status says that this gateway has accepted it.
    boolean isAccepted(String route) {
        String body = server.get(path(GATEWAY_API, "HTTPRoute", route)).body();
        return body.contains("jigress.io/gateway-controller") && body.contains("\"type\":\"Accepted\"");
    }

    void delete(String apiVersion, String kind, String name) {
        server.delete(path(apiVersion, kind, name));
    }

    /// Removes what [#gateway], [#service] and [#route] have made.
    void clear(String... routes) {
        for (String route : routes) {
            delete(GATEWAY_API, "HTTPRoute", route);
        }
        delete(GATEWAY_API, "Gateway", "main");
        delete("v1", "Service", "cart");
        delete("discovery.k8s.io/v1", "EndpointSlice", "cart");
    }

    /// The settings of a small gateway on loopback that holds its Lease in the namespace.
    static Settings settings(Path kubeconfig, String namespace) {
        return Settings.defaults(new Machine(1, 512 << 20))
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.KUBERNETES_CONFIG, kubeconfig.toString(), "test")
                .with(KnownSettings.KUBERNETES_LEASE_NAMESPACE, namespace, "test");
    }
}
