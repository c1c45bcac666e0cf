package io.jigress.sources.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Contexts of a kubeconfig that is found, not named.
@Timeout(60)
class ContextsTest {
    /// What the client library reads in place of KUBECONFIG.
    private static final String KUBECONFIG = "kubeconfig";

    @TempDir private Path folder;

    @AfterEach
    void forget() {
        System.clearProperty(KUBECONFIG);
    }

    @Test
    void theCredentialsOfTheCurrentContextGoToNoOtherCluster() throws Exception {
        List<String> credentials = new CopyOnWriteArrayList<>();
        try (ScriptedApi server = new ScriptedApi(request -> {
            credentials.add(String.valueOf(request.exchange().getRequestHeaders().getFirst("authorization")));
            request.reply(200, "{}");
        })) {
            System.setProperty(KUBECONFIG, Files.writeString(folder.resolve("contexts"), """
                    apiVersion: v1
                    kind: Config
                    current-context: first
                    clusters:
                      - {name: first, cluster: {server: "https://first.example", insecure-skip-tls-verify: true}}
                      - {name: second, cluster: {server: "%s"}}
                    users:
                      - {name: first, user: {username: admin, password: hidden}}
                      - {name: second, user: {token: of-second}}
                      - {name: nobody, user: {}}
                    contexts:
                      - {name: first, context: {cluster: first, user: first}}
                      - {name: second, context: {cluster: second, user: second}}
                      - {name: bare, context: {cluster: second, user: nobody}}
                    """.formatted(server.url())).toString());
            for (String context : List.of("second", "bare")) {
                try (ClusterApi api = ClusterApi.of(null, context, Duration.ofSeconds(30))) {
                    assertThat(api.address()).isEqualTo(server.url());
                    assertThat(api.get("/version").code()).isEqualTo(200);
                }
            }
            assertThat(credentials).containsExactly("Bearer of-second", "null");
        }
    }
}
