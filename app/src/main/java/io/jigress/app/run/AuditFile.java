package io.jigress.app.run;

import io.jigress.api.Json;
import io.jigress.waf.filter.AuditLog;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The audit log of the web application firewall: a file of JSON lines, written by a thread of its own.
///
/// The file is opened for each batch of lines, so that it may be renamed at any time. Lines that do not fit into the queue are
/// dropped and counted.
public final class AuditFile implements AuditLog, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AuditFile.class);
    /// The limit of queued lines.
    private static final int MAX_LINES = 4096;
    /// The time between two warnings.
    private static final long WARN_NANOS = 60_000_000_000L;
    private static final Json.Obj END = Json.object().put("end", true).build();

    private final Path path;
    private final BlockingQueue<Json.Obj> lines = new ArrayBlockingQueue<>(MAX_LINES);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread writer;
    // Of the writing thread.
    private long lost;
    /// The last batch, or one of an earlier process, may have been written in part.
    private boolean failed = true;
    private long warnedNanos = System.nanoTime() - WARN_NANOS;

    public AuditFile(Path path) {
        this.path = path.toAbsolutePath();
        writer = Thread.ofPlatform().daemon().name("waf-audit").start(this::run);
    }

    @Override
    public void write(Json.Obj entry) {
        if (!lines.offer(entry)) {
            dropped.incrementAndGet();
        }
    }

    private void run() {
        List<Json.Obj> batch = new ArrayList<>();
        try {
            while (true) {
                batch.clear();
                batch.add(lines.take());
                lines.drainTo(batch);
                boolean ends = batch.removeIf(line -> line == END);
                write(batch);
                if (ends) {
                    return;
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(List<Json.Obj> batch) {
        String fault = "lines came faster than they could be written";
        lost += dropped.getAndSet(0);
        try (OutputStream out = open()) {
            // The end of a line may be missing since the disk was full.
            StringBuilder text = new StringBuilder(failed && isTorn() ? "\n" : "");
            batch.forEach(line -> text.append(line).append('\n'));
            out.write(text.toString().getBytes(StandardCharsets.UTF_8));
            failed = false;
        } catch (IOException e) {
            lost += batch.size();
            failed = true;
            fault = e.toString();
        }
        if (lost > 0 && System.nanoTime() - warnedNanos >= WARN_NANOS) {
            warnedNanos = System.nanoTime();
            log.warn("{} lines of the audit log {} were dropped: {}", lost, path, fault);
            lost = 0;
        }
    }

    /// Whether the file ends within a line.
    private boolean isTorn() throws IOException {
        try (SeekableByteChannel file = Files.newByteChannel(path)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            return file.size() > 0 && file.position(file.size() - 1).read(last) == 1 && last.get(0) != '\n';
        }
    }

    /// Also creates the folder, which may be missing in a new installation.
    private OutputStream open() throws IOException {
        Path folder = path.getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        return Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /// Returns when all queued lines have been written.
    @Override
    public void close() {
        try {
            lines.put(END);
            writer.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
