package io.jigress.sources.consul;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.RegistryService;
import io.jigress.control.RegistrySettings;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Registry;
import io.jigress.sources.registry.HeardLists;
import io.jigress.sources.registry.RegistryClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The client against a real Consul.
@Timeout(120)
class ConsulTest {
    private static final String TOKEN = "11111111-2222-3333-4444-555555555555";

    @TempDir private Path folder;
    private final HeardLists heard = new HeardLists();

    private static RegistryClient client(String server, String tls, Map<String, String> credentials) {
        Map<String, String> options = new HashMap<>(Map.of("datacenter", ""));
        if (!tls.isEmpty()) {
            options.put("tls", tls);
        }
        return ConsulRegistryClient.open(new RegistrySettings(
                new Registry(Registry.Type.CONSUL, List.of(server), "", options, true), "a.yaml", credentials, ""));
    }

    private void follow(RegistryClient client, Map<String, String> parameters) {
        client.follow(RegistryService.of(Kinds.registry("default", "consul"), "orders", parameters), heard);
    }

    @Test
    void instancesAreFollowedThroughRegistrationHealthMaintenanceAndAnOutage() throws Exception {
        try (ConsulServer server = ConsulServer.start(folder, "");
                RegistryClient client = client(server.address(), "", Map.of())) {
            follow(client, Map.of());
            heard.awaitAddresses();
            server.register("orders", "one", 8001, "");
            heard.awaitAddresses("127.0.0.1:8001");
            server.register("orders", "two", 8002,
                    ",\"Meta\":{\"version\":\"v2\",\"zone\":\"b\"},\"Weights\":{\"Passing\":5,\"Warning\":1},"
                            + "\"Check\":{\"CheckID\":\"alive\",\"TTL\":\"60s\",\"Status\":\"passing\"}");
            heard.await(list -> list.stream()
                    .anyMatch(i -> i.port() == 8002 && i.healthy() && i.weight() == 5 && i.zone().equals("b")
                            && "v2".equals(i.metadata().get("version"))));

            server.put("/v1/agent/check/warn/alive", "");
            heard.await(list -> list.stream().anyMatch(i -> i.port() == 8002 && i.healthy() && i.weight() == 1));
            server.put("/v1/agent/check/fail/alive", "");
            heard.await(list -> list.stream().anyMatch(i -> i.port() == 8002 && !i.healthy()));
            server.put("/v1/agent/check/pass/alive", "");
            heard.await(list -> list.stream().anyMatch(i -> i.port() == 8002 && i.healthy()));
            server.put("/v1/agent/service/maintenance/one?enable=true", "");
            heard.await(list -> list.stream().anyMatch(i -> i.port() == 8001 && i.healthy() && !i.enabled()));
            server.put("/v1/agent/service/maintenance/one?enable=false", "");

            server.deregister("two");
            heard.awaitAddresses("127.0.0.1:8001");

            server.kill();
            heard.awaitFailure();
            assertThat(client.state().connected()).isFalse();
            server.start();
            server.register("orders", "three", 8003, "");
            heard.awaitAddresses("127.0.0.1:8003");
            assertThat(client.state().connected()).isTrue();
        }
    }

    @Test
    void onlyInstancesWithTheTagAreListed() throws Exception {
        try (ConsulServer server = ConsulServer.start(folder, "");
                RegistryClient client = client(server.address(), "", Map.of())) {
            server.register("orders", "one", 8001, ",\"Tags\":[\"blue\",\"x\"]");
            server.register("orders", "two", 8002, ",\"Tags\":[\"green\"]");
            follow(client, Map.of("tag", "blue"));
            heard.awaitAddresses("127.0.0.1:8001");
        }
    }

    @Test
    void anotherDatacenterIsAskedForThroughTheAgent() throws Exception {
        try (ConsulServer server = ConsulServer.start(folder, "");
                RegistryClient client = client(server.address(), "", Map.of())) {
            server.register("orders", "one", 8001, "");
            follow(client, Map.of("datacenter", "elsewhere"));
            assertThat(heard.awaitFailure()).contains("500 No path to datacenter");
            assertThat(client.state().error()).contains("No path to datacenter");
            HeardLists own = new HeardLists();
            client.follow(RegistryService.of(Kinds.registry("default", "consul"), "orders", Map.of("datacenter", "dc1")), own);
            own.awaitAddresses("127.0.0.1:8001");
        }
    }

    @Test
    void aTokenIsNeededWhereAclsAreOn() throws Exception {
        try (ConsulServer server = ConsulServer.start(folder, TOKEN,
                "acl={enabled=true,default_policy=\"deny\",tokens={initial_management=\"" + TOKEN + "\"}}")) {
            server.register("orders", "one", 8001, "");
            try (RegistryClient wrong = client(server.address(), "", Map.of("token", "99999999-2222-3333-4444-555555555555"))) {
                follow(wrong, Map.of());
                assertThat(heard.awaitFailure()).contains("403", "ACL not found");
            }
            try (RegistryClient right = client(server.address(), "", Map.of("token", TOKEN))) {
                follow(right, Map.of());
                heard.awaitAddresses("127.0.0.1:8001");
            }
        }
    }

    @Test
    void aServerWithTlsIsVerifiedByItsAuthority() throws Exception {
        certificate();
        Path key = folder.resolve("key.pem");
        Path certificate = folder.resolve("cert.pem");
        try (ConsulServer server = ConsulServer.start(folder, "", "ports={https=TLS_PORT}",
                "tls={https={cert_file=\"" + certificate + "\",key_file=\"" + key + "\"}}")) {
            server.register("orders", "one", 8001, "");
            try (RegistryClient strange = client(server.tlsAddress(), "verify", Map.of())) {
                follow(strange, Map.of());
                assertThat(heard.awaitFailure()).contains("certificate");
            }
            try (RegistryClient known = client(server.tlsAddress(), "verify", Map.of("ca.crt", Files.readString(certificate)))) {
                follow(known, Map.of());
                heard.awaitAddresses("127.0.0.1:8001");
            }
        }
    }

    private void certificate() throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem",
                    "-out", "cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1").directory(folder.toFile())
                    .redirectErrorStream(true).redirectOutput(folder.resolve("openssl.log").toFile()).start();
            assertThat(process.waitFor()).as(Files.readString(folder.resolve("openssl.log"))).isZero();
        } catch (IOException e) {
            Assumptions.abort("openssl is not installed: " + e.getMessage());
        }
    }
}
