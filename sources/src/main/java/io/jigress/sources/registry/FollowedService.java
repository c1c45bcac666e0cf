package io.jigress.sources.registry;

import io.jigress.api.Json;
import io.jigress.config.Endpoint;
import io.jigress.config.Endpoints;
import io.jigress.control.RegistryService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One service of a registry that an upstream uses: its newest list, its watchers and its state.
///
/// On the directory's loop, except [#listener], which clients call on any thread, and [#json].
final class FollowedService {
    /// The limit of a server's error message, in characters.
    private static final int WORDS = 500;
    /// The time without an answer after which the list of an earlier run is used.
    private static final Duration SILENCE = Duration.ofSeconds(1);

    private final RegistryService service;
    private final RegistryLoop loop;
    private final Duration emptyKeep;
    /// The list of an earlier run, until the registry has answered.
    private final List<Endpoint> saved;
    private final Runnable changed;
    private final List<Watcher> watchers = new ArrayList<>();
    /// The newest list that was not processed yet; older ones are dropped, so that a registry with many pushes needs no memory.
    private final AtomicReference<@Nullable Arrival> arrived = new AtomicReference<>();
    private Endpoints told = Endpoints.UNKNOWN;
    private RegistryLoop.@Nullable Timer staleTimer;
    /// Counts the clients that followed it, so that late results of an earlier one are ignored.
    private int generation;
    private boolean closed;
    private volatile View view = View.NOTHING;

    private record Arrival(int generation, List<Instance> instances) {}

    /// The state that is shown.
    ///
    /// @param revision counts the lists
    /// @param heardNanos when the last list arrived
    /// @param list the last list
    /// @param stale whether the endpoints are those of an earlier list, since the last one is empty
    /// @param used how many endpoints are in use
    private record View(long revision, long heardNanos, @Nullable InstanceList list, boolean stale, int used, int resting,
            String error) {
        static final View NOTHING = new View(0, 0, null, false, 0, 0, "");

        String state() {
            return list == null ? used + resting > 0 ? "saved" : "waiting" : stale ? "stale" : "current";
        }
    }

    private record Watcher(Consumer<Endpoints> listener) {}

    /// @param emptyKeep how long the last list is kept when the registry returns an empty list
    /// @param saved is used when the registry does not answer at first; empty for none
    /// @param changed is called when the endpoints have changed
    FollowedService(RegistryService service, RegistryLoop loop, Duration emptyKeep, List<Endpoint> saved, Runnable changed) {
        this.service = service;
        this.loop = loop;
        this.emptyKeep = emptyKeep;
        this.saved = List.copyOf(saved);
        this.changed = changed;
        if (!saved.isEmpty()) {
            loop.schedule(SILENCE, this::useSaved);
        }
    }

    /// The endpoints in use: those that were saved, until the registry has returned a list.
    List<Endpoint> endpoints() {
        return told.known() ? told.endpoints() : saved;
    }

    private void useSaved() {
        if (view.list == null && !told.known() && !saved.isEmpty() && !closed) {
            tell(saved);
            int resting = resting();
            view = new View(0, 0, null, false, saved.size() - resting, resting, view.error);
        }
    }

    private int resting() {
        return (int) told.endpoints().stream().filter(endpoint -> endpoint.weight() == 0).count();
    }

    RegistryService service() {
        return service;
    }

    Object watch(Consumer<Endpoints> listener) {
        Watcher watcher = new Watcher(listener);
        watchers.add(watcher);
        listener.accept(told);
        return watcher;
    }

    /// @return whether no watcher is left
    boolean unwatch(Object watcher) {
        watchers.removeIf(one -> one == watcher);
        return watchers.isEmpty();
    }

    /// The listener for a new client; results of earlier clients are ignored from now on.
    RegistryClient.Listener listener() {
        int mine = ++generation;
        return new RegistryClient.Listener() {
            @Override
            public void instances(List<Instance> instances) {
                Arrival arrival = new Arrival(mine, List.copyOf(instances));
                // A late result of an earlier client must not replace one of the current client.
                Arrival before = arrived.getAndUpdate(other -> other != null && other.generation > mine ? other : arrival);
                if (before == null) {
                    loop.execute(FollowedService.this::take);
                }
            }

            @Override
            public void failed(String why) {
                String words = why.length() > WORDS ? why.substring(0, WORDS) + "…" : why;
                loop.execute(() -> fail(mine, words));
            }
        };
    }

    /// Reports why there is no list; the last list is kept.
    void failed(String why) {
        fail(generation, why);
    }

    private void fail(int from, String why) {
        if (from == generation) {
            View last = view;
            view = new View(last.revision, last.heardNanos, last.list, last.stale, last.used, last.resting, why);
            useSaved();
        }
    }

    private void take() {
        Arrival arrival = arrived.getAndSet(null);
        if (arrival == null || arrival.generation != generation) {
            return;
        }
        InstanceList list = InstanceList.of(arrival.instances);
        boolean keep = list.isEmpty() && !told.endpoints().isEmpty() && !emptyKeep.isZero();
        if (keep) {
            show(list, true);
            if (staleTimer == null) {
                staleTimer = loop.schedule(emptyKeep, this::believe);
            }
            return;
        }
        stopTimer();
        tell(list.endpoints());
        show(list, false);
    }

    /// The list has been empty for `registry.empty.keep`: the empty list is applied.
    private void believe() {
        staleTimer = null;
        InstanceList list = view.list;
        if (list != null && view.stale) {
            tell(list.endpoints());
            View last = view;
            view = new View(last.revision, last.heardNanos, list, false, 0, 0, last.error);
        }
    }

    private void stopTimer() {
        if (staleTimer != null) {
            staleTimer.cancel();
            staleTimer = null;
        }
    }

    private void tell(List<Endpoint> endpoints) {
        if (told.known() && told.endpoints().equals(endpoints)) {
            return;
        }
        told = new Endpoints(endpoints, true);
        changed.run();
        for (Watcher watcher : List.copyOf(watchers)) {
            watcher.listener.accept(told);
        }
    }

    private void show(InstanceList list, boolean stale) {
        int resting = resting();
        view = new View(view.revision + 1, loop.nanoTime(), list, stale, told.endpoints().size() - resting, resting, "");
    }

    /// Closes it: watchers are not called any more.
    void close() {
        generation++;
        closed = true;
        stopTimer();
        watchers.clear();
    }

    /// The service as JSON, for the admin port. For any thread.
    Json json() {
        View now = view;
        Json.Builder out = Json.object().put("service", service.name());
        service.parameters().forEach(out::put);
        out.put("state", now.state());
        out.put("revision", now.revision);
        if (now.state().equals("saved")) {
            out.put("used", now.used).put("resting", now.resting);
        }
        InstanceList list = now.list;
        if (list != null) {
            out.put("ageMillis", (loop.nanoTime() - now.heardNanos) / 1_000_000).put("listed", list.listed())
                    .put("used", now.used).put("resting", now.resting).put("unhealthy", list.unhealthy())
                    .put("faulty", list.faulty());
            if (!list.faults().isEmpty()) {
                out.put("faults", Json.array(list.faults().stream().map(Json::of).toList()));
            }
        }
        if (!now.error.isEmpty()) {
            out.put("error", now.error);
        }
        return out.build();
    }
}
