package io.jigress.dubbo.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;

/// A [DubboPeer] in a process of its own.
public final class DubboProcess implements AutoCloseable {
    private static final int LINES_KEPT = 60;

    private final Path home;
    private final Process process;
    private final BlockingQueue<Said> said = new LinkedBlockingQueue<>();
    private final Deque<String> log = new ConcurrentLinkedDeque<>();

    /// @param protocol `dubbo` or `tri`
    private DubboProcess(String protocol, List<String> arguments) {
        try {
            // Clients of registries write caches and logs there.
            home = Files.createTempDirectory("dubbo-peer");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
                        "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.timezone=UTC", "-Duser.home=" + home,
                        "-Ddubbo.application.logger=slf4j",
                        "--sun-misc-unsafe-memory-access=allow", "-Ddubbo.json-framework.prefer=fastjson2",
                        "--enable-native-access=ALL-UNNAMED", "-Dlogback.configurationFile="
                                + System.getProperty("logback.configurationFile", "none"),
                        "-Dpeer.protocol=" + protocol, "-cp", System.getProperty("java.class.path"), DubboPeer.class.getName()));
        command.addAll(arguments);
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofPlatform().daemon().start(this::listen);
    }

    /// Takes all that the process writes: it would wait for a reader.
    private void listen() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith("@")) {
                    String[] parts = line.substring(1).split(" ", 2);
                    said.add(new Said(parts[0], new String(Base64.getDecoder().decode(parts[1]), StandardCharsets.UTF_8)));
                } else {
                    log.add(line);
                    if (log.size() > LINES_KEPT) {
                        log.remove();
                    }
                }
            }
        } catch (IOException e) {
            log.add(e.toString());
        }
        said.add(Said.NOTHING);
    }

    /// A provider of [TypeService], version 1.0.0, group `test`.
    public static DubboProcess provider() {
        return provider("dubbo");
    }

    /// The same over a protocol: `dubbo` or `tri`.
    public static DubboProcess provider(String protocol) {
        return new DubboProcess(protocol, List.of("provider"));
    }

    /// The same, registered.
    ///
    /// @param registry `zookeeper://127.0.0.1:2181` or `nacos://127.0.0.1:8848`
    /// @param mode how it registers: `interface`, `instance` or `all`
    public static DubboProcess registered(String registry, String mode) {
        return registered("dubbo", registry, mode);
    }

    /// The same over a protocol: `dubbo` or `tri`.
    public static DubboProcess registered(String protocol, String registry, String mode) {
        return new DubboProcess(protocol, List.of("provider", registry, mode));
    }

    /// A provider of the services of [com.acme.Shop], version 1.0.0, registered as [#registered] does.
    public static DubboProcess shop(String registry, String mode) {
        return shop("dubbo", registry, mode);
    }

    /// The same over a protocol: `dubbo` or `tri`.
    public static DubboProcess shop(String protocol, String registry, String mode) {
        return new DubboProcess(protocol, List.of("shop", registry, mode));
    }

    /// The results of a Java consumer: per method, what the provider received and what the consumer got back.
    ///
    /// @param protocol `dubbo` or `tri`
    public static Map<String, Case> consumerCases(String protocol, int port) {
        Map<String, Case> cases = new TreeMap<>();
        try (DubboProcess consumer = new DubboProcess(protocol, List.of("consumer", Integer.toString(port)))) {
            for (Said said = consumer.next(); !said.word.equals("end"); said = consumer.next()) {
                if (said.word.equals("case")) {
                    String[] parts = said.text.split("\t", -1);
                    cases.put(parts[0], new Case(parts[1], parts[2]));
                }
            }
        }
        return cases;
    }

    /// What a consumer gets that calls a few methods and streams of the services at a port.
    ///
    /// @param protocol `dubbo` or `tri`
    public static List<String> callerResults(String protocol, int port) {
        List<String> results = new ArrayList<>();
        try (DubboProcess caller = new DubboProcess(protocol, List.of("caller", Integer.toString(port)))) {
            for (Said said = caller.next(); !said.word.equals("end"); said = caller.next()) {
                results.add(said.text);
            }
        }
        return results;
    }

    public record Case(String seen, String got) {
    }

    private record Said(String word, String text) {
        /// The process has ended.
        static final Said NOTHING = new Said("", "");
    }

    /// The rest of the next line that begins with this word.
    public String await(String word) {
        Said said = next();
        while (!said.word.equals(word)) {
            said = next();
        }
        return said.text;
    }

    private Said next() {
        try {
            Said next = said.take();
            if (next != Said.NOTHING) {
                return next;
            }
            said.add(next);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IllegalStateException("the Dubbo process ended:\n" + String.join("\n", log));
    }

    /// Requests a graceful end: a provider notifies its peers first.
    public void stop() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
