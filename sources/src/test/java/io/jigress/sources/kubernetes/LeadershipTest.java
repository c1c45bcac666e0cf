package io.jigress.sources.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The use of a Lease on an API server that responds slowly.
@Timeout(60)
class LeadershipTest {
    @TempDir private Path folder;

    private static Leadership leadership(ClusterApi api, Duration lease) {
        return new Leadership(KubernetesSettings.Statuses.of("one").withLeaseNamespace("a").withLease("writer", lease), api,
                InstantSource.system());
    }

    /// Others may take the Lease its duration after the API server has stored it, which is before the response arrives.
    @Test
    void theTimeOfALeaseIsCountedFromTheRequest() throws Exception {
        Duration lease = Duration.ofSeconds(3);
        AtomicBoolean down = new AtomicBoolean();
        try (ScriptedApi server = new ScriptedApi(request -> {
            if (down.get()) {
                request.reply(503, "");
            } else if (request.exchange().getRequestMethod().equals("GET")) {
                request.reply(404, "");
            } else {
                byte[] body = request.exchange().getRequestBody().readAllBytes();
                LockSupport.parkNanos(Duration.ofMillis(2_500).toNanos());
                request.reply(201, new String(body, UTF_8));
            }
        }); ClusterApi api = ClusterApi.of(server.kubeconfig(folder), "", Duration.ofSeconds(30))) {
            Leadership leadership = leadership(api, lease);
            assertThat(leadership.attempt()).isTrue();
            down.set(true);
            assertThatThrownBy(leadership::attempt).isInstanceOf(IOException.class);
            assertThat(leadership.isLeading()).as("more than two thirds of %s have passed", lease).isFalse();
        }
    }

    @Test
    void aNamespaceThatDoesNotExistIsSaidInWords() throws Exception {
        String missing = "{\"kind\":\"Status\",\"message\":\"namespaces \\\"a\\\" not found\",\"code\":404}";
        try (ScriptedApi server = new ScriptedApi(request -> request.reply(404, missing));
                ClusterApi api = ClusterApi.of(server.kubeconfig(folder), "", Duration.ofSeconds(30))) {
            Leadership leadership = leadership(api, Duration.ofSeconds(3));
            assertThatThrownBy(leadership::attempt).isInstanceOfSatisfying(Leadership.Refused.class,
                    refused -> assertThat(refused.obstacle().why()).isEqualTo("refuses the Lease a/writer: namespaces \"a\" not "
                            + "found, so that this gateway writes no statuses"));
        }
    }
}
