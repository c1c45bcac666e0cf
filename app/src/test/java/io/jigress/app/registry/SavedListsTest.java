package io.jigress.app.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.TestGateway;
import io.jigress.testkit.Poll;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The lists of services that a gateway keeps for its next start.
@Timeout(60)
class SavedListsTest {

    @Test
    void aGatewayThatEndsRightAfterAListArrivedHasKeptIt(@TempDir Path folder) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.named("one");
                TestUpstream consul = TestUpstream.start(call -> {
                    if (call.request().target().contains("index=0&")) {
                        call.write(Reply.ok(
                                "[{\"Node\":{},\"Service\":{\"Address\":\"127.0.0.1\",\"Port\":" + upstream.port() + "}}]",
                                "x-consul-index: 7"));
                    } else {
                        call.await(never);
                    }
                })) {
            try (TestGateway gateway = TestGateway.start(Map.of("state.folder", folder.toString()))) {
                gateway.apply("""
                        apiVersion: gateway.networking.k8s.io/v1
                        kind: Gateway
                        metadata: {name: main}
                        spec:
                          gatewayClassName: jigress
                          listeners: [{name: http, port: 8080, protocol: HTTP}]
                        ---
                        apiVersion: jigress.io/v1
                        kind: Registry
                        metadata: {name: consul}
                        spec: {type: consul, servers: ["%s"]}
                        ---
                        apiVersion: jigress.io/v1
                        kind: Backend
                        metadata: {name: orders}
                        spec: {service: {registry: consul, name: orders}}
                        ---
                        apiVersion: gateway.networking.k8s.io/v1
                        kind: HTTPRoute
                        metadata: {name: orders}
                        spec:
                          parentRefs: [{name: main}]
                          rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: orders}]}]
                        """.formatted(consul.authority()));
                while (TestClient.get(gateway.port(8080), "/").status() != 200) {
                    Poll.pause();
                }
            }
            never.countDown();
            assertThat(Files.readString(folder.resolve("registries.state"))).contains("\"port\":" + upstream.port());
        }
    }
}
