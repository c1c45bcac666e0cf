package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.LoadBalancing;
import io.jigress.config.OutlierDetection;
import io.jigress.config.RetryPolicy;
import io.jigress.config.RouteOptions;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/// Three endpoints in separate processes, of which one is killed and started again, and one is frozen and continued.
@Tag("suite")
@EnabledOnOs(OS.LINUX)
@Timeout(180)
class FailingEndpointsTest {
    private static final int CLIENTS = 12;
    private static final int REQUESTS = 10_000;
    /// The most requests that are sent, even when an event does not occur.
    private static final int MOST = 200_000;
    private static final long SLOW_NANOS = 450_000_000;

    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger slow = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private volatile boolean done;

    /// A process that answers every request.
    static final class Upstream implements AutoCloseable {
        private final Process process;
        final int port;

        private Upstream(Process process, int port) {
            this.process = process;
            this.port = port;
        }

        static Upstream start(int port) throws IOException {
            Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m",
                    "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), Main.class.getName(),
                    Integer.toString(port))
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            BufferedReader out = process.inputReader();
            String line = out.readLine();
            if (line == null) {
                throw new IOException("the upstream process ended");
            }
            return new Upstream(process, Integer.parseInt(line));
        }

        void signal(String name) throws IOException, InterruptedException {
            assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor()).isZero();
        }

        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /// Runs in that process.
    static final class Main {
        private Main() {}

        public static void main(String[] arguments) throws IOException {
            int port = Integer.parseInt(arguments[0]);
            TestUpstream upstream = port == 0
                    ? TestUpstream.answering(Reply.ok("here"))
                    : TestUpstream.start(port, call -> {
                        call.request();
                        call.write(Reply.ok("here"));
                    });
            System.out.println(upstream.port());
            System.out.flush();
            while (System.in.read() >= 0) {
                // Until the test ends.
            }
            upstream.close();
        }
    }

    @Test
    void noGetFailsWhileAnEndpointIsKilledAndAnotherIsFrozen() throws Exception {
        try (Upstream one = Upstream.start(0);
                Upstream two = Upstream.start(0);
                Upstream three = Upstream.start(0);
                GatewayUnderTest gateway = gateway(one, two, three)) {
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(Thread.ofPlatform().start(() -> client(gateway)));
            }
            awaitSent(1000);
            one.kill();
            awaitSent(3000);
            try (Upstream back = Upstream.start(one.port)) {
                awaitSent(sent.get() + 1000);
                // Of three endpoints one may be ejected: the frozen one can be ejected only when the other is back.
                awaitNoneEjected(gateway);
                int before = ejections(gateway);
                // While a process starts, a request may be slow on a busy machine.
                slow.set(0);
                two.signal("STOP");
                // The first ejection, and the failed probes of three re-admissions.
                awaitEjections(gateway, before + 4);
                int frozen = ejections(gateway) - before;
                two.signal("CONT");
                awaitSent(Math.max(REQUESTS, sent.get() + 1000));
                done = true;
                for (Thread client : clients) {
                    client.join();
                }
                assertThat(back.port).isEqualTo(one.port);
                System.out.println(
                        "requests " + sent + ", failed " + failed + ", slow " + slow + ", ejections of the frozen endpoint "
                                + frozen);
                assertThat(failed).as("failed requests").hasValue(0);
                // Half of it is for a busy machine, where requests to the others are slow, too. Without ejections a third of all would be.
                assertThat(slow.get()).as("slow requests, with %s re-admissions", frozen - 1)
                        .isLessThanOrEqualTo(2 * (CLIENTS + 5 * (frozen - 1)));
            }
        }
    }

    /// Without a limit for attempts: an attempt that hangs is overtaken, and its endpoint is ejected.
    @Test
    void noHedgedGetFailsOrHangsWhileAnEndpointIsFrozen() throws Exception {
        RetryPolicy hedged = new RetryPolicy(2, RetryPolicy.DEFAULT.conditions(), Set.of(), Duration.ZERO, Duration.ofMillis(100),
                20);
        try (Upstream one = Upstream.start(0);
                Upstream two = Upstream.start(0);
                Upstream three = Upstream.start(0);
                GatewayUnderTest gateway = gateway(new RouteOptions(null, null, null, null, true, hedged), one, two, three)) {
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(Thread.ofPlatform().start(() -> client(gateway)));
            }
            awaitSent(1000);
            two.signal("STOP");
            awaitEjections(gateway, 1);
            awaitSent(Math.max(REQUESTS, sent.get() + 1000));
            done = true;
            for (Thread client : clients) {
                client.join();
            }
            System.out.println("hedged requests " + sent + ", failed " + failed + ", ejections " + ejections(gateway));
            assertThat(failed).as("failed requests").hasValue(0);
            assertThat(gateway.gateway().memory().build().toString()).contains("\"waiting\":0").contains("\"keptBytes\":0");
            two.signal("CONT");
        }
    }

    private static GatewayUnderTest gateway(Upstream... upstreams) {
        return gateway(new RouteOptions(null, Duration.ofMillis(500), null, null, true), upstreams);
    }

    private static GatewayUnderTest gateway(RouteOptions options, Upstream... upstreams) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (Upstream upstream : upstreams) {
            endpoints.add(Endpoint.of("127.0.0.1", upstream.port));
        }
        OutlierDetection soon = new OutlierDetection(5, 0, Duration.ofMillis(300), Duration.ofMinutes(5), 50);
        return GatewayUnderTest.setup()
                .cluster(new Cluster("up", "Backend test/up", "http1", Json.Obj.EMPTY, new EndpointRef.Fixed(endpoints),
                        LoadBalancing.ROUND_ROBIN, ConnectionLimits.DEFAULT, soon))
                .options(options).route(GatewayUnderTest.forward("all", "/", "up")).start();
    }

    private void client(GatewayUnderTest gateway) {
        try (TestClient client = gateway.connect()) {
            while (!done && sent.get() < MOST) {
                long began = System.nanoTime();
                int status = client.request("GET", "/").status();
                slow.addAndGet(System.nanoTime() - began > SLOW_NANOS ? 1 : 0);
                failed.addAndGet(status == 200 ? 0 : 1);
                synchronized (sent) {
                    sent.incrementAndGet();
                    sent.notifyAll();
                }
            }
        }
    }

    private void awaitSent(int count) throws InterruptedException {
        synchronized (sent) {
            while (sent.get() < count) {
                sent.wait();
            }
        }
    }

    private void awaitEjections(GatewayUnderTest gateway, int count) throws InterruptedException {
        while (ejections(gateway) < count) {
            assertThat(sent.get()).as("requests sent before the endpoint was ejected").isLessThan(MOST);
            awaitSent(sent.get() + 100);
        }
    }

    private void awaitNoneEjected(GatewayUnderTest gateway) throws InterruptedException {
        while (gateway.metric("jigress_endpoints_ejected{cluster=\"Backend test/up\"}") > 0) {
            assertThat(sent.get()).as("requests sent before the endpoint was taken back").isLessThan(MOST);
            awaitSent(sent.get() + 100);
        }
    }

    private static int ejections(GatewayUnderTest gateway) {
        double sum = 0;
        for (String reason : List.of("connect_failed", "connect_timeout", "upstream_reset", "upstream_timeout")) {
            sum += gateway.metric("jigress_endpoint_ejections_total{cluster=\"Backend test/up\",reason=\"" + reason + "\"}");
        }
        return (int) sum;
    }
}
