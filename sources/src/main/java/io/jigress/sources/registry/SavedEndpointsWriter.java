package io.jigress.sources.registry;

import io.jigress.config.Endpoint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Writes the last lists to disk after changes: at most every two seconds, one write at a time. On the directory's loop.
final class SavedEndpointsWriter {
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final SavedEndpoints state;
    private final RegistryLoop loop;
    private final Supplier<Map<String, List<Endpoint>>> lists;
    /// Whether there are changes that no write contains.
    private boolean unwritten;
    /// Whether a write is scheduled or running.
    private boolean busy;
    private @Nullable Thread writing;

    SavedEndpointsWriter(SavedEndpoints state, RegistryLoop loop, Supplier<Map<String, List<Endpoint>>> lists) {
        this.state = state;
        this.loop = loop;
        this.lists = lists;
    }

    /// The lists have changed.
    void changed() {
        if (!state.isKept()) {
            return;
        }
        unwritten = true;
        if (!busy) {
            busy = true;
            loop.schedule(PAUSE, this::write);
        }
    }

    private void write() {
        unwritten = false;
        Map<String, List<Endpoint>> snapshot = lists.get();
        writing = Thread.ofVirtual().name("registries-state").start(() -> {
            state.write(snapshot);
            loop.execute(this::wrote);
        });
    }

    private void wrote() {
        writing = null;
        busy = false;
        if (unwritten) {
            changed();
        }
    }

    /// Waits for the write that is running, and writes what it does not contain.
    void finish(Duration patience) {
        Thread running = writing;
        try {
            if (running != null) {
                running.join(patience);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        if (unwritten) {
            unwritten = false;
            state.write(lists.get());
        }
    }
}
