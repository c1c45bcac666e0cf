package io.jigress.sources.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.testkit.kubernetes.KubeApiServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The use of a Lease on an API server that responds slowly.
@Timeout(60)
class LeadershipTest {
    private static final Duration LEASE = Duration.ofSeconds(2);

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

    /// Of two machines whose clocks are twenty minutes apart, on a real API server.
    @Test
    @Tag("suite")
    void clocksThatAreWrongChangeNothing() throws Exception {
        KubeApiServer server = KubeApiServer.shared();
        server.namespace("clocks");
        InstantSource early = () -> Instant.now().minusSeconds(600);
        InstantSource late = () -> Instant.now().plusSeconds(600);
        try (ClusterApi api = ClusterApi.of(server.kubeconfig(), "", Duration.ofSeconds(30))) {
            for (boolean swapped : List.of(false, true)) {
                String lease = swapped ? "swapped" : "writer";
                Leadership first = clocked(api, "first", lease, swapped ? late : early);
                Leadership second = clocked(api, "second", lease, swapped ? early : late);
                assertThat(first.attempt()).isTrue();
                long end = System.nanoTime() + 3 * LEASE.toNanos();
                while (System.nanoTime() - end < 0) {
                    assertThat(second.attempt()).isFalse();
                    assertThat(second.holder()).isEqualTo("first");
                    assertThat(first.attempt()).isTrue();
                    LockSupport.parkNanos(LEASE.dividedBy(10).toNanos());
                }
                long since = System.nanoTime();
                assertThat(first.attempt()).isTrue();
                while (!second.attempt()) {
                    LockSupport.parkNanos(LEASE.dividedBy(20).toNanos());
                }
                assertThat(Duration.ofNanos(System.nanoTime() - since)).isGreaterThan(LEASE);
                assertThat(first.attempt()).isFalse();
                assertThat(first.holder()).isEqualTo("second");
            }
        }
    }

    private static Leadership clocked(ClusterApi api, String identity, String lease, InstantSource clock) {
        return new Leadership(KubernetesSettings.Statuses.of(identity).withLeaseNamespace("clocks").withLease(lease, LEASE), api,
                clock);
    }
}
