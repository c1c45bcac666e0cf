package io.jigress.sources.dns;

import io.jigress.api.Durations;
import io.jigress.control.RegistryService;
import io.jigress.control.RegistrySettings;
import io.jigress.sources.registry.HttpAsker;
import io.jigress.sources.registry.Instance;
import io.jigress.sources.registry.RegistryClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Follows DNS names: their SRV records, or their addresses when the service specifies a port. A name is resolved again when its TTL has expired.
///
/// One thread runs the timers; each look-up runs on a virtual thread, which waits for the name servers.
public final class DnsRegistryClient implements RegistryClient {
    private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
    private static final int PORT = 53;
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final Duration LEAST = Duration.ofSeconds(1);
    /// The limit of concurrent look-ups: each has a socket.
    private static final int AT_A_TIME = 64;

    private final DnsAsker asker;
    private final Duration interval;
    private final Duration least;
    private final ScheduledExecutorService timer;
    private final ExecutorService lookups;
    private final Semaphore turns = new Semaphore(AT_A_TIME);
    /// Guarded by this.
    private final Map<RegistryService, Following> followed = new HashMap<>();
    private volatile State state = new State(false, "");

    /// Opens a client; see [RegistryClient.Factory].
    public static RegistryClient open(RegistrySettings settings) {
        List<String> servers = settings.registry().servers();
        Duration interval = Durations.parse(settings.registry().option("interval"));
        return new DnsRegistryClient(servers.isEmpty() ? system(RESOLV_CONF) : servers,
                interval == null ? Duration.ofSeconds(30) : interval, LEAST);
    }

    /// @param interval the longest time between two look-ups of a name
    /// @param least the shortest
    DnsRegistryClient(List<String> servers, Duration interval, Duration least) {
        this.asker = new DnsAsker(servers, TIMEOUT);
        this.interval = interval;
        this.least = least;
        timer = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().name("dns-timer").daemon().factory());
        lookups = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("dns-", 0).factory());
    }

    /// The name servers of the machine.
    static List<String> system(Path resolvConf) {
        List<String> servers = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(resolvConf)) {
                String[] words = line.strip().split("\\s+");
                if (words.length >= 2 && words[0].equals("nameserver")) {
                    servers.add((words[1].indexOf(':') < 0 ? words[1] : "[" + words[1] + "]") + ":" + PORT);
                }
            }
        } catch (IOException _) {
            // Treated like an empty configuration.
        }
        return servers.isEmpty() ? List.of("127.0.0.1:" + PORT) : servers;
    }

    @Override
    public void follow(RegistryService service, Listener listener) {
        Following following = new Following(service, listener);
        synchronized (this) {
            followed.put(service, following);
        }
        following.later(Duration.ZERO);
    }

    @Override
    public synchronized void unfollow(RegistryService service) {
        Following following = followed.remove(service);
        if (following != null) {
            following.ended = true;
        }
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public synchronized void close() {
        followed.values().forEach(following -> following.ended = true);
        timer.shutdownNow();
        lookups.shutdownNow();
    }

    /// One name, with at most one look-up at a time.
    private final class Following {
        private final RegistryService service;
        private final Listener listener;
        private volatile boolean ended;
        private @Nullable List<Instance> last;
        private int failures;

        Following(RegistryService service, Listener listener) {
            this.service = service;
            this.listener = listener;
        }

        void later(Duration delay) {
            try {
                timer.schedule(() -> lookups.execute(this::look), delay.toNanos(), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException _) {
                // Closed.
            }
        }

        private void look() {
            try {
                turns.acquire();
                try {
                    if (!ended) {
                        later(lookUp());
                    }
                } finally {
                    turns.release();
                }
            } catch (InterruptedException _) {
                // Closed.
            }
        }

        /// @return when to look again
        private Duration lookUp() throws InterruptedException {
            try {
                String port = service.parameter("port");
                if (!DnsMessage.isName(service.name())) {
                    throw new DnsAsker.Failed("\"" + service.name() + "\" is not a DNS name");
                }
                DnsLookup lookup = new DnsLookup(asker);
                List<Instance> instances = port.isEmpty()
                        ? lookup.servers(service.name())
                        : lookup.addresses(service.name(), Integer.parseInt(port));
                state = new State(true, "");
                failures = 0;
                if (!instances.equals(last) && !ended) {
                    last = instances;
                    listener.instances(instances);
                }
                Duration ttl = Duration.ofSeconds(lookup.ttl());
                return ttl.compareTo(interval) > 0 ? interval : ttl.compareTo(least) < 0 ? least : ttl;
            } catch (DnsAsker.Failed e) {
                String words = String.valueOf(e.getMessage());
                state = new State(false, words);
                // The next list is passed on even if it is equal to the last one, since it ends the error.
                last = null;
                if (!ended) {
                    listener.failed(words);
                }
                Duration pause = HttpAsker.pause(++failures);
                return pause.compareTo(interval) > 0 ? interval : pause;
            }
        }
    }
}
