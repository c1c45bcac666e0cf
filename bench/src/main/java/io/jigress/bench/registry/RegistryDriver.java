package io.jigress.bench.registry;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Changes a registry, and tells when a client without a gateway hears of it, by lines on standard input and output:
///
/// | line | effect, and what is printed |
/// |---|---|
/// | `add SERVICE PORT`, `remove SERVICE PORT` | tries until the registry accepts it: `done BEGAN ENDED` |
/// | `follow SERVICE` | `done`, and on each change `heard SERVICE TIME PORTS` |
/// | `churn SERVICES PORT RATE SECONDS` | adds and removes an instance of the services `s0`, `s1`, … in turns: `done CHANGES SECONDS HAVE`, the services that have it at the end |
/// | `fill SERVICES INSTANCES` | registers `f0`, `f1`, …: `done` |
/// | `absent` | the instances disappear as by a crash: `done` |
/// | `listen GROUP DATAID` | `done`, and on each change `told TIME` |
/// | `publish GROUP DATAID FILE` | `done BEGAN ENDED` |
///
/// Times are nanoseconds of the monotonic clock of the machine.
public final class RegistryDriver {
    private static final int WRITERS = 8;
    private static final long RETRY_MILLIS = 20;
    private static final long GIVE_UP_NANOS = TimeUnit.MINUTES.toNanos(3);

    private final DrivenRegistry registry;

    private RegistryDriver(DrivenRegistry registry) {
        this.registry = registry;
    }

    /// A change of the registry.
    private interface Change {
        void run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        RegistryDriver driver = new RegistryDriver(DrivenRegistry.open(arguments[0], arguments[1]));
        say("ready");
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                try {
                    driver.handle(line.split(" "));
                } catch (Exception e) {
                    say("failed " + e);
                }
            }
        }
        Runtime.getRuntime().halt(0);
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private void handle(String[] words) throws Exception {
        switch (words[0]) {
            case "add" -> change(() -> registry.add(words[1], Integer.parseInt(words[2])));
            case "remove" -> change(() -> registry.remove(words[1], Integer.parseInt(words[2])));
            case "follow" -> {
                registry.follow(words[1], ports -> say("heard " + words[1] + " " + System.nanoTime() + " " + text(ports)));
                say("done");
            }
            case "churn" -> churn(Integer.parseInt(words[1]), Integer.parseInt(words[2]), Double.parseDouble(words[3]),
                    Double.parseDouble(words[4]));
            case "fill" -> {
                registry.fill(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
                say("done");
            }
            case "absent" -> {
                registry.absent();
                say("done");
            }
            case "listen" -> {
                registry.listen(words[1], words[2], () -> say("told " + System.nanoTime()));
                say("done");
            }
            case "publish" -> {
                String content = Files.readString(Path.of(words[3]));
                change(() -> registry.publish(words[1], words[2], content));
            }
            default -> throw new IllegalArgumentException(words[0]);
        }
    }

    private static String text(Set<Integer> ports) {
        return new TreeSet<>(ports).stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private static void change(Change change) throws InterruptedException, IOException {
        long began = System.nanoTime();
        while (true) {
            try {
                change.run();
                say("done " + began + " " + System.nanoTime());
                return;
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                if (System.nanoTime() - began > GIVE_UP_NANOS) {
                    throw new IOException("not accepted by the registry", e);
                }
                TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
            }
        }
    }

    /// All changes of a service come from one thread, in their order. A thread that is late goes on without pauses.
    private void churn(int services, int port, double rate, double seconds) throws Exception {
        boolean[] have = new boolean[services];
        int[] changes = new int[WRITERS];
        long began = System.nanoTime();
        long end = began + (long) (seconds * 1e9);
        List<Thread> threads = new ArrayList<>();
        for (int writer = 0; writer < WRITERS; writer++) {
            int mine = writer;
            threads.add(Thread.ofPlatform().start(() -> {
                for (int k = mine; System.nanoTime() < end; k += WRITERS) {
                    long due = began + (long) (k * 1e9 / rate);
                    // The divisor is a multiple of the number of writers, so that each service belongs to one of them.
                    int service = k % (services / WRITERS * WRITERS);
                    try {
                        TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
                        if (System.nanoTime() >= end) {
                            return;
                        }
                        if (have[service]) {
                            registry.remove("s" + service, port);
                        } else {
                            registry.add("s" + service, port);
                        }
                        have[service] = !have[service];
                        changes[mine]++;
                    } catch (Exception e) {
                        say("failed " + e);
                        return;
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        say("done " + IntStream.of(changes).sum() + " " + (System.nanoTime() - began) / 1e9 + " "
                + IntStream.range(0, services).filter(service -> have[service]).mapToObj(String::valueOf)
                        .collect(Collectors.joining(",")));
    }
}
