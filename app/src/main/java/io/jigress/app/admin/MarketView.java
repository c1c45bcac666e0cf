package io.jigress.app.admin;

import io.jigress.api.Json;
import io.jigress.app.market.Market;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The plugins of all indexes. Indexes are read in the background, when somebody asks and the last reading is old, so that a slow server delays no
/// other endpoint. For the admin port's thread.
public final class MarketView {
    private static final Duration FRESH = Duration.ofMinutes(1);

    private final Supplier<Market> builtin;
    /// Null when there are no other indexes.
    private final @Nullable Supplier<Market> all;
    private final LongSupplier nanos;
    private @Nullable CompletableFuture<Market> reading;
    private @Nullable Market last;
    private long readNanos;

    MarketView(Supplier<Market> builtin, @Nullable Supplier<Market> all, LongSupplier nanos) {
        this.builtin = builtin;
        this.all = all;
        this.nanos = nanos;
    }

    /// @param folder the base of relative paths in the settings
    public static MarketView of(Settings settings, Path folder) {
        return new MarketView(() -> Market.builtin(settings, folder),
                settings.value(KnownSettings.PLUGINS_INDEXES).isEmpty() ? null : () -> Market.load(settings, folder),
                System::nanoTime);
    }

    /// All plugins, and whether indexes are being read.
    Json list() {
        Market now = now();
        return now.json(reading != null);
    }

    /// One plugin; null when there is none of this name.
    @Nullable Json plugin(String name) {
        return now().json(name);
    }

    String unknown(String name) {
        return now().unknown(name) + (reading == null ? "" : "; the indexes are being read");
    }

    private Market now() {
        CompletableFuture<Market> task = reading;
        if (task != null && task.isDone()) {
            reading = null;
            readNanos = nanos.getAsLong();
            last = task.isCompletedExceptionally() ? last : task.join();
        }
        if (all != null && reading == null && (last == null || nanos.getAsLong() - readNanos > FRESH.toNanos())) {
            reading = CompletableFuture.supplyAsync(all, run -> Thread.ofVirtual().name("plugin-indexes").start(run));
        }
        Market known = last;
        if (known == null) {
            known = builtin.get();
            last = known;
            readNanos = nanos.getAsLong();
        }
        return known;
    }
}
