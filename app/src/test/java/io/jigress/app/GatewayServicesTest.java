package io.jigress.app;

import static io.jigress.app.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.Wiring;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.kubernetes.KubeApiServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The Services of Gateways on a real API server; skipped where there is none.
@Tag("suite")
@Timeout(120)
class GatewayServicesTest {
    private static final String GATEWAY_API = "gateway.networking.k8s.io/v1";
    private static final String SLICES = "discovery.k8s.io/v1";
    private static final Pattern TARGET = Pattern.compile("\"targetPort\":(\\d+)");
    private static final int FIRST_PORT = 25_000;
    private static final int LAST_PORT = 32_000;
    private static final int MOST_PORTS = 4;
    private static final AtomicInteger NAMESPACES = new AtomicInteger();

    private final String namespace = "services-" + NAMESPACES.incrementAndGet();
    @TempDir private Path folder;
    private final int ports = freePorts();
    private KubeApiServer server;

    /// The first of several consecutive free ports.
    private static int freePorts() {
        for (int first = FIRST_PORT; first < LAST_PORT; first += MOST_PORTS) {
            if (IntStream.range(first, first + MOST_PORTS).allMatch(GatewayServicesTest::isFree)) {
                return first;
            }
        }
        throw new AssertionError("no free ports");
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port)) {
            return socket.getLocalPort() == port;
        } catch (IOException _) {
            return false;
        }
    }

    @BeforeEach
    void objects() {
        server = KubeApiServer.shared();
        server.namespace(namespace);
        apply("v1", "Service", "pods", "\"spec\":{\"ports\":[{\"port\":80}]}", "");
        pods("10.9.9.9");
        gateway("one");
        gateway("two");
    }

    @AfterEach
    void clear() {
        if (server == null) {
            return;
        }
        for (String name : List.of("one", "two", "three")) {
            server.delete(path(GATEWAY_API, "Gateway", name));
            server.delete(path(GATEWAY_API, "HTTPRoute", name));
            server.delete(path("v1", "Service", name + "-jigress"));
            server.delete(path(SLICES, "EndpointSlice", name + "-jigress-ipv4"));
            server.delete(path("v1", "Service", name + "-services-own"));
            server.delete(path(SLICES, "EndpointSlice", name + "-services-own-ipv4"));
        }
        for (String name : List.of("services-own", "services-other")) {
            server.delete(KubeApiServer.path(GATEWAY_API, "GatewayClass", "", name));
        }
        server.delete(path("v1", "Service", "pods"));
        server.delete(path(SLICES, "EndpointSlice", "pods-1"));
    }

    private String path(String apiVersion, String kind, String name) {
        return KubeApiServer.path(apiVersion, kind, namespace, name);
    }

    /// @param metadata further members of the metadata
    private void apply(String apiVersion, String kind, String name, String rest, String metadata) {
        server.apply(path(apiVersion, kind, name), "{\"apiVersion\":\"" + apiVersion + "\",\"kind\":\"" + kind
                + "\",\"metadata\":{\"name\":\"" + name + "\"" + metadata + "}," + rest + "}").expectSuccess();
    }

    private void pods(String address) {
        apply(SLICES, "EndpointSlice", "pods-1",
                "\"addressType\":\"IPv4\",\"endpoints\":[{\"addresses\":[\"" + address
                        + "\"],\"conditions\":{\"ready\":true},\"nodeName\":\"n1\"}],\"ports\":[{\"port\":80}]",
                ",\"labels\":{\"kubernetes.io/service-name\":\"pods\"}");
    }

    /// Applies a Gateway with port 80 for all hosts, and a route that redirects to a path with its name.
    private void gateway(String name) {
        gateway(name, "jigress");
    }

    private void gateway(String name, String className) {
        apply(GATEWAY_API, "Gateway", name,
                "\"spec\":{\"gatewayClassName\":\"" + className + "\",\"infrastructure\":{\"labels\":{\"team\":\"" + name
                        + "\"},\"annotations\":{\"cloud/zone\":\"z1\"}},"
                        + "\"listeners\":[{\"name\":\"http\",\"port\":80,\"protocol\":\"HTTP\"}]}",
                "");
        apply(GATEWAY_API, "HTTPRoute", name, "\"spec\":{\"parentRefs\":[{\"name\":\"" + name + "\"}],\"rules\":[{\"filters\":["
                + "{\"type\":\"RequestRedirect\",\"requestRedirect\":{\"hostname\":\"h\",\"path\":{\"type\":\"ReplaceFullPath\","
                + "\"replaceFullPath\":\"/" + name + "\"}}}]}]}", "");
    }

    private Wiring start() throws Exception {
        Settings settings = Settings.defaults(new Machine(1, 512 << 20))
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.KUBERNETES_CONFIG, server.kubeconfig().toString(), "test")
                .with(KnownSettings.KUBERNETES_LEASE_NAMESPACE, namespace, "test")
                .with(KnownSettings.KUBERNETES_NAMESPACES, List.of(namespace), "test")
                .with(KnownSettings.KUBERNETES_GATEWAY_SERVICES, KnownSettings.ServiceType.CLUSTERIP, "test")
                .with(KnownSettings.KUBERNETES_GATEWAY_PORTS, ports, "test")
                .with(KnownSettings.KUBERNETES_GATEWAY_PODS, namespace + "/pods", "test")
                .with(KnownSettings.CONFIG_SOURCES, List.of("kubernetes:"), "test");
        return Wiring.start(settings, folder);
    }

    private String read(String apiVersion, String kind, String name) {
        return server.get(path(apiVersion, kind, name)).body();
    }

    /// The target port of a Gateway's Service; 0 when there is no Service.
    private int target(String gateway) {
        Matcher found = TARGET.matcher(read("v1", "Service", gateway + "-jigress"));
        return found.find() ? Integer.parseInt(found.group(1)) : 0;
    }

    /// The location to which requests of a Gateway's Service are redirected.
    private static String location(int target) {
        try {
            ReceivedResponse response = TestClient.get(target, "/");
            return String.valueOf(response.headers().first("location"));
        } catch (Exception | AssertionError e) {
            return e.toString();
        }
    }

    @Test
    void gatewaysWithEqualPortsAreServedSideBySide() throws Exception {
        try (Wiring wiring = start()) {
            await("both have Services", () -> target("one") > 0 && target("two") > 0);
            assertThat(target("one")).isNotEqualTo(target("two"));
            for (String name : List.of("one", "two")) {
                await(name + " is served by the port of its Gateway",
                        () -> location(target(name)).contains("http://h/" + name));
                String service = read("v1", "Service", name + "-jigress");
                assertThat(service).contains("\"gateway.networking.k8s.io/gateway-name\":\"" + name + "\"",
                        "\"gateway.networking.k8s.io/gateway-class-name\":\"jigress\"", "\"team\":\"" + name + "\"",
                        "\"cloud/zone\":\"z1\"", "\"ownerReferences\"", "\"type\":\"ClusterIP\"");
                Matcher address = Pattern.compile("\"clusterIP\":\"([0-9.]+)\"").matcher(service);
                assertThat(address.find()).isTrue();
                await("the address of the Service is in the status of " + name,
                        () -> read(GATEWAY_API, "Gateway", name).contains("\"value\":\"" + address.group(1) + "\""));
                await("the pods are the endpoints of " + name,
                        () -> read(SLICES, "EndpointSlice", name + "-jigress-ipv4").contains("10.9.9.9"));
                assertThat(read(SLICES, "EndpointSlice", name + "-jigress-ipv4"))
                        .contains("\"port\":" + target(name), "\"nodeName\":\"n1\"",
                                "\"kubernetes.io/service-name\":\"" + name + "-jigress\"");
            }
            pods("10.9.9.10");
            await("another pod is the endpoint", () -> read(SLICES, "EndpointSlice", "one-jigress-ipv4").contains("10.9.9.10"));
            assertThat(wiring.live().problems()).isEmpty();
        }
    }

    @Test
    void targetPortsStayAndWhatAHandChangesIsWrittenAgain() throws Exception {
        try (Wiring _ = start()) {
            await("both have Services", () -> target("one") > 0 && target("two") > 0);
        }
        int one = target("one");
        int two = target("two");
        server.delete(path(GATEWAY_API, "Gateway", "one")).expectSuccess();
        // The cluster's garbage collector would do that.
        server.delete(path("v1", "Service", "one-jigress")).expectSuccess();
        gateway("three");
        try (Wiring _ = start()) {
            await("the new one is served", () -> location(target("three")).contains("http://h/three"));
            assertThat(target("two")).as("after a restart with other Gateways").isEqualTo(two);
            assertThat(location(two)).contains("http://h/two");
            assertThat(target("three")).as("a number that is free").isEqualTo(one);

            server.request("PATCH", path("v1", "Service", "two-jigress"), "application/merge-patch+json",
                    "{\"metadata\":{\"labels\":{\"team\":\"other\",\"mine\":\"yes\"}}}").expectSuccess();
            await("the label is written again, and that of others stays", () -> {
                String service = read("v1", "Service", "two-jigress");
                return service.contains("\"team\":\"two\"") && service.contains("\"mine\":\"yes\"");
            });
            server.delete(path("v1", "Service", "two-jigress")).expectSuccess();
            await("a removed Service is there again", () -> location(target("two")).contains("http://h/two"));
        }
    }

    @Test
    void aServiceOfSomebodyElseIsLeftAlone() throws Exception {
        apply("v1", "Service", "three-jigress", "\"spec\":{\"ports\":[{\"port\":7}]}", "");
        gateway("three");
        try (Wiring wiring = start()) {
            await("it is a problem", () -> wiring.live().problems().stream()
                    .anyMatch(problem -> problem.resource().name().equals("three") && problem.what().contains("not made")));
            await("the others have theirs", () -> target("one") > 0 && target("two") > 0);
            await("it has no address", () -> read(GATEWAY_API, "Gateway", "three").contains("AddressNotAssigned"));
            assertThat(read("v1", "Service", "three-jigress")).doesNotContain("gateway-name").contains("\"port\":7");
        }
    }

    private void gatewayClass(String name, String controller) {
        server.apply(KubeApiServer.path(GATEWAY_API, "GatewayClass", "", name), "{\"apiVersion\":\"" + GATEWAY_API
                + "\",\"kind\":\"GatewayClass\",\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{\"controllerName\":\""
                + controller
                + "\"}}").expectSuccess();
    }

    private boolean isThere(String apiVersion, String kind, String name) {
        return server.get(path(apiVersion, kind, name)).isSuccess();
    }

    @Test
    void theServiceOfAGatewayGoesWhenTheGatewayGoesToAnotherController() throws Exception {
        gatewayClass("services-own", "jigress.io/gateway-controller");
        gatewayClass("services-other", "example.test/other");
        // It has our labels, but is not one that we would make.
        apply("v1", "Service", "mine", "\"spec\":{\"ports\":[{\"port\":7}]}",
                ",\"labels\":{\"app.kubernetes.io/managed-by\":\"jigress\","
                        + "\"gateway.networking.k8s.io/gateway-name\":\"one\",\"gateway.networking.k8s.io/gateway-class-name\":\"jigress\"}");
        try (Wiring _ = start()) {
            await("both have Services", () -> target("one") > 0 && target("two") > 0
                    && isThere(SLICES, "EndpointSlice", "one-jigress-ipv4"));
            gateway("one", "services-missing");
            gateway("two", "services-own");
            await("the one of the new class is there", () -> isThere("v1", "Service", "two-services-own"));
            await("the one of the old class goes", () -> !isThere("v1", "Service", "two-jigress")
                    && !isThere(SLICES, "EndpointSlice", "two-jigress-ipv4"));
            assertThat(target("one")).as("while the class does not exist").isPositive();
        }
        gateway("one", "services-other");
        try (Wiring _ = start()) {
            await("a start later it goes", () -> !isThere("v1", "Service", "one-jigress")
                    && !isThere(SLICES, "EndpointSlice", "one-jigress-ipv4"));
            assertThat(isThere("v1", "Service", "two-services-own")).isTrue();
            assertThat(read("v1", "Service", "mine")).contains("\"port\":7");
            server.delete(path("v1", "Service", "mine"));
        }
    }
}
