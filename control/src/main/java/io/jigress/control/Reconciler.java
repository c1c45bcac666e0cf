package io.jigress.control;

import io.jigress.config.GatewayConfig;
import io.jigress.config.PersistentMap;
import io.jigress.control.Problem.Severity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The loop for configuration changes: each round processes what the sources delivered during the last round, and makes it live.
///
/// Each round: the [ResourceStore] stores the deliveries, the [ResourceFollower]s are notified of theirs (the [ServiceDirectory] of Services and
/// EndpointSlices), the [Translator] translates, the [Applier] makes it live, listeners are notified. Rounds that only change endpoints end
/// after the directory. There is no timer: an idle gateway starts a round at once, a busy one collects deliveries for the next round. At most
/// [#QUEUE_LIMIT] deliveries are queued; a source that is faster blocks.
public final class Reconciler implements AutoCloseable {
    public static final int QUEUE_LIMIT = 1024;

    private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

    /// Makes a translation live. Called on the reconciler's thread; errors of users are not exceptions here.
    @FunctionalInterface
    public interface Applier {
        void apply(Translation translation);
    }

    /// What is live.
    ///
    /// @param translation the newest one; older than the resources if only endpoints have changed since
    /// @param sourceProblems the problems reported by sources, by object; the translation has its own
    /// @param failures bugs that keep the newest resources from being live; empty when they are live
    public record Live(ResourceSet resources, Translation translation, PersistentMap<ResourceKey, List<Problem>> sourceProblems,
            List<Problem> failures,
            Timing timing) {
        static final Live NOTHING = new Live(ResourceSet.EMPTY,
                new Translation(0, GatewayConfig.EMPTY, PersistentMap.empty(), PersistentMap.empty()), PersistentMap.empty(),
                List.of(), Timing.NONE);

        /// All problems, sorted by file.
        public List<Problem> problems() {
            List<Problem> all = new ArrayList<>(failures);
            sourceProblems.forEach((_, list) -> all.addAll(list));
            translation.problems().forEach((_, list) -> all.addAll(list));
            all.sort(Problem.ORDER);
            return all;
        }
    }

    /// How long the last round took, in nanoseconds.
    ///
    /// @param deliveries how many it processed
    /// @param queuedNanos how long the first of them was queued
    /// @param storeNanos for the store and the followers
    /// @param translateNanos 0 when only endpoints changed
    public record Timing(int deliveries, long queuedNanos, long storeNanos, long translateNanos, long applyNanos) {
        static final Timing NONE = new Timing(0, 0, 0, 0, 0);
    }

    /// @param change what it does to the store
    private record Delivery(Consumer<ResourceStore> change, long arrivedNanos, CompletableFuture<Long> live) {}

    private final Translator translator;
    private final List<ResourceFollower> followers;
    private final Applier applier;
    private final List<Consumer<Live>> listeners;
    private final ResourceStore store;
    private final Thread thread;

    private volatile Live live = Live.NOTHING;

    /// Guarded by this.
    private List<Delivery> queue = new ArrayList<>();
    /// Guarded by this.
    private boolean closed;

    /// Only on the reconciler's thread: the store has changes that were not translated and applied, also after a failure.
    private boolean stale = true;

    /// @param followers are notified of changed objects before they are translated, in this order
    /// @param listeners are notified of each round on the reconciler's thread, after it is live; must not block
    public Reconciler(Translator translator, List<ResourceFollower> followers, Applier applier, List<Consumer<Live>> listeners) {
        this(List.of(), translator, followers, applier, listeners);
    }

    /// @param precedence of the sources, by name, when two bring the same object; the first wins
    public Reconciler(List<String> precedence, Translator translator, List<ResourceFollower> followers, Applier applier,
            List<Consumer<Live>> listeners) {
        store = new ResourceStore(precedence);
        this.translator = translator;
        this.followers = List.copyOf(followers);
        this.applier = applier;
        this.listeners = List.copyOf(listeners);
        thread = Thread.ofPlatform().name("reconciler").daemon().unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /// What is live now. For any thread.
    public Live live() {
        return live;
    }

    /// The sink of a source.
    ///
    /// @param source its name: the origin of its objects and the key of its problems
    public ResourceSource.Sink sink(String source) {
        return new ResourceSource.Sink() {
            @Override
            public void changed(List<Resource> upserts, List<ResourceSource.Deletion> deletions,
                    Map<ResourceKey, List<Problem>> problems) {
                submit(source, upserts, deletions, problems);
            }

            @Override
            public void replaced(List<ResourceSource.Scope> scopes, List<Resource> resources,
                    Map<ResourceKey, List<Problem>> problems) {
                List<ResourceSource.Scope> whole = List.copyOf(scopes);
                List<Resource> all = List.copyOf(resources);
                Map<ResourceKey, List<Problem>> told = Map.copyOf(problems);
                submit(store -> store.replace(source, whole, all, told));
            }
        };
    }

    /// Removes a source that delivers nothing any more: its objects and its problems. Blocks while the queue is full.
    public void remove(String source) {
        submit(store -> store.remove(source));
    }

    /// Queues a delivery; blocks while the queue is full.
    ///
    /// @return completes with the revision once the delivery is live; exceptionally when that failed or the reconciler was closed first
    public CompletionStage<Long> submit(String source, List<Resource> upserts, List<ResourceSource.Deletion> deletions,
            Map<ResourceKey, List<Problem>> problems) {
        List<Resource> changed = List.copyOf(upserts);
        List<ResourceSource.Deletion> gone = List.copyOf(deletions);
        Map<ResourceKey, List<Problem>> told = Map.copyOf(problems);
        return submit(store -> store.change(source, changed, gone, told));
    }

    private CompletionStage<Long> submit(Consumer<ResourceStore> change) {
        Delivery delivery = new Delivery(change, System.nanoTime(), new CompletableFuture<>());
        if (!enqueue(delivery)) {
            delivery.live.completeExceptionally(new IllegalStateException("the reconciler is closed"));
        }
        return delivery.live;
    }

    /// Completes with the revision once everything that was delivered before this call is live.
    public CompletionStage<Long> settled() {
        return submit(_ -> {});
    }

    private synchronized boolean enqueue(Delivery delivery) {
        try {
            while (!closed && queue.size() >= QUEUE_LIMIT) {
                wait();
            }
        } catch (InterruptedException _) {
            // A source's thread is interrupted to end it.
            Thread.currentThread().interrupt();
            return false;
        }
        if (closed) {
            return false;
        }
        queue.add(delivery);
        notifyAll();
        return true;
    }

    /// All queued deliveries; null once closed.
    private synchronized @Nullable List<Delivery> take() {
        try {
            while (!closed && queue.isEmpty()) {
                wait();
            }
        } catch (InterruptedException _) {
            closed = true;
        }
        List<Delivery> taken = queue;
        queue = new ArrayList<>();
        notifyAll();
        if (closed) {
            taken.forEach(d -> d.live.completeExceptionally(new IllegalStateException("the reconciler is closed")));
            return null;
        }
        return taken;
    }

    private void run() {
        for (List<Delivery> deliveries = take(); deliveries != null; deliveries = take()) {
            try {
                round(deliveries);
                long revision = live.resources().revision();
                deliveries.forEach(d -> d.live.complete(revision));
            } catch (Throwable e) {
                // An exception here is a bug; it must not end the loop. The live configuration stays live.
                log.error("revision {} could not be made live", store.current().revision(), e);
                Problem failure = new Problem(new ResourceKey("", "Revision", "", Long.toString(store.current().revision())), "",
                        "",
                        "could not be made live, so that the previous one stays in effect: " + e, "", Severity.ERROR);
                live = new Live(live.resources, live.translation, store.problems(), List.of(failure), live.timing);
                deliveries.forEach(d -> d.live.completeExceptionally(e));
            }
        }
    }

    private void round(List<Delivery> deliveries) {
        long began = System.nanoTime();
        ResourceSet before = store.current();
        for (Delivery delivery : deliveries) {
            delivery.change.accept(store);
        }
        ResourceSet now = store.current();
        feedFollowers(before, now);
        long stored = System.nanoTime();

        Translation translation = live.translation;
        long translated = stored;
        long applied = stored;
        if (stale) {
            translation = translator.translate(now);
            translated = System.nanoTime();
            applier.apply(translation);
            applied = System.nanoTime();
            stale = false;
        }
        live = new Live(now, translation, store.problems(), List.of(),
                new Timing(deliveries.size(), began - deliveries.getFirst().arrivedNanos, stored - began, translated - stored,
                        applied - translated));
        listeners.forEach(listener -> listener.accept(live));
    }

    /// Endpoints are processed first, so that a route that goes live in this round finds them.
    private void feedFollowers(ResourceSet before, ResourceSet now) {
        List<Map<ResourceKey, @Nullable Resource>> moved = new ArrayList<>();
        followers.forEach(_ -> moved.add(new HashMap<>()));
        now.resources().diff(before.resources(), (key, _, after) -> {
            for (int i = 0; i < followers.size(); i++) {
                if (followers.get(i).concerns(key)) {
                    moved.get(i).put(key, after);
                }
            }
            stale |= !ServiceDirectory.isSlice(key);
        });
        for (int i = 0; i < followers.size(); i++) {
            if (!moved.get(i).isEmpty()) {
                followers.get(i).changed(moved.get(i));
            }
        }
    }

    /// Ends the loop; the current round is finished first, queued deliveries are dropped.
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
