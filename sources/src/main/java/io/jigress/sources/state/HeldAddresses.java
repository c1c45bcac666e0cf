package io.jigress.sources.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stores in a file which Gateway has which address of the pool, so that a restart assigns the same ones. One line each: address, blank, Gateway.
public final class HeldAddresses implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HeldAddresses.class);

    private final Path directory;
    private final Path file;

    // Guarded by this.
    private @Nullable Map<String, String> latest;
    /// Those that are being written.
    private @Nullable Map<String, String> current;
    private Map<String, String> written = Map.of();
    private @Nullable Thread writing;

    /// @param directory is created when it is missing
    public HeldAddresses(Path directory) {
        this.directory = directory.toAbsolutePath();
        this.file = this.directory.resolve("gateway-addresses");
    }

    /// The addresses of the last run, by Gateway; invalid lines are ignored.
    public synchronized Map<String, String> load() {
        Map<String, String> held = new TreeMap<>();
        try {
            for (String line : Files.readAllLines(file, UTF_8)) {
                int blank = line.indexOf(' ');
                if (blank > 0) {
                    held.put(line.substring(blank + 1), line.substring(0, blank));
                }
            }
        } catch (NoSuchFileException _) {
            return Map.of();
        } catch (IOException e) {
            log.warn("{} cannot be read, so that Gateways may get other addresses: {}", file, e.toString());
        }
        written = Map.copyOf(held);
        return written;
    }

    /// Writes the addresses on a thread of its own, if they differ from those written last.
    public synchronized void keep(Map<String, String> held) {
        Map<String, String> pending = latest == null ? current : latest;
        if (held.equals(pending == null ? written : pending)) {
            return;
        }
        latest = held;
        if (writing == null) {
            writing = Thread.ofVirtual().name("gateway-addresses").start(this::write);
        }
    }

    private synchronized @Nullable Map<String, String> next() {
        Map<String, String> next = latest;
        latest = null;
        current = next;
        if (next == null) {
            writing = null;
        }
        return next;
    }

    private synchronized void wrote(Map<String, String> held) {
        written = held;
    }

    private void write() {
        for (Map<String, String> held = next(); held != null; held = next()) {
            try {
                if (!Files.isDirectory(directory)) {
                    Files.createDirectories(directory, StateFile.ownerOnly(file, "rwx------"));
                }
                Path beside = file.resolveSibling(file.getFileName() + ".new");
                Files.writeString(beside, new TreeMap<>(held).entrySet().stream()
                        .map(entry -> entry.getValue() + " " + entry.getKey() + "\n").collect(Collectors.joining()));
                Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                wrote(held);
            } catch (IOException e) {
                log.warn("{} cannot be written, so that Gateways may get other addresses at the next start: {}", file,
                        e.toString());
            }
        }
    }

    /// Waits until the last addresses are written, at most ten seconds.
    @Override
    public void close() {
        Thread thread;
        synchronized (this) {
            thread = writing;
        }
        try {
            if (thread != null) {
                thread.join(Duration.ofSeconds(10));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
