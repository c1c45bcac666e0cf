package io.jigress.proxy.compile;

import io.jigress.proxy.upstream.EndpointSet;
import io.jigress.proxy.upstream.Upstream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The changes of a [RuntimeCompiler] that are not live yet: what each waits for, and until when. For the applying thread.
final class HeldChanges {

    /// The route that waits for a place.
    ///
    /// @param before the route that serves there until then
    /// @param deadline how long it waits for endpoints
    record Pending(CompiledRoute next, @Nullable CompiledRoute before, long deadline) {}

    private final DeferredUpdate deferred;
    private final LongSupplier clock;
    private final long began;
    private final Consumer<List<Warming.Held<Place>>> resume;
    private final Map<Place, Pending> pending = new HashMap<>();
    private final Warming<Place> warming = new Warming<>();
    /// Upstreams of the first routes whose endpoints are not known yet.
    private final Set<Upstream> unknown = new HashSet<>();
    /// Until then routes count as the first ones: nothing serves in their place yet, so they do not wait for endpoints.
    private long startEnds = Warming.NEVER;
    private long wakeUp = Warming.NEVER;

    /// @param deferred calls back under the owner's lock
    /// @param clock monotonic nanoseconds
    /// @param resume retries the changes that no longer wait
    HeldChanges(DeferredUpdate deferred, LongSupplier clock, Consumer<List<Warming.Held<Place>>> resume) {
        this.deferred = deferred;
        this.clock = clock;
        this.began = clock.getAsLong();
        this.resume = resume;
    }

    /// Nanoseconds since the start; the clock of all deadlines here.
    long now() {
        return clock.getAsLong() - began;
    }

    // ---- the first routes

    void beginApply() {
        if (now() >= startEnds) {
            unknown.clear();
        }
    }

    /// @param deadline until when routes count as the first ones
    void firstRoutesApplied(long deadline) {
        if (startEnds == Warming.NEVER) {
            startEnds = unknown.isEmpty() ? now() : deadline;
        }
    }

    boolean isStarting() { return now() < startEnds; }

    /// A first route is live although its endpoints are not known yet; [#arrived] is called when they are.
    void watch(WarmupDependencies missing) {
        missing.forEachUpstream((upstream, seen) -> {
            if (unknown.add(upstream)) {
                listen(upstream, seen);
            }
        });
    }

    // ---- what waits

    void hold(Place place, CompiledRoute next, @Nullable CompiledRoute before, WarmupDependencies missing, long deadline) {
        pending.put(place, new Pending(next, before, deadline));
        hold(place, missing, deadline);
    }

    void hold(Place place, WarmupDependencies missing, long deadline) {
        missing.forEachUpstream(this::listen);
        warming.hold(place, missing.things(), missing.lacksEndpoints() ? deadline : Warming.NEVER);
    }

    private void listen(Upstream upstream, EndpointSet seen) {
        if (!warming.awaits(upstream)) {
            upstream.whenOther(seen, () -> deferred.run(0, () -> arrived(upstream)));
        }
    }

    /// A dependency of changes is available: endpoints of an upstream, or a filter.
    void arrived(Object thing) {
        unknown.remove(thing);
        resume.accept(warming.arrived(thing));
    }

    /// An upstream has a successor: the changes that wait for its endpoints now wait for the successor's.
    void replaced(@Nullable Upstream upstream) {
        if (upstream != null && warming.awaits(upstream)) {
            deferred.run(0, () -> arrived(upstream));
        }
    }

    @Nullable Pending pending(Place place) {
        return pending.get(place);
    }

    /// Drops the change that waits for a place; null when there was none, or it was not a route.
    @Nullable Pending drop(Place place) {
        warming.drop(place);
        return pending.remove(place);
    }

    /// The places of waiting routes.
    List<Place> routes() {
        return List.copyOf(pending.keySet());
    }

    /// Releases all changes, ready or not.
    List<Warming.Held<Place>> releaseAll() {
        return warming.overdue(Warming.NEVER);
    }

    void forgetDeadlines() {
        releaseAll();
        wakeUp = Warming.NEVER;
    }

    /// Schedules a retry of changes at their deadlines.
    void schedule() {
        long next = warming.nextDeadline();
        if (next < wakeUp) {
            wakeUp = next;
            deferred.run(next - now(), this::overdue);
        }
    }

    private void overdue() {
        wakeUp = Warming.NEVER;
        resume.accept(warming.overdue(now()));
    }

    /// How many changes wait.
    int size() {
        return warming.size();
    }

    /// How many changes wait, plus the upstreams of the first routes whose endpoints are not known yet (those routes do not wait).
    int waiting() {
        return warming.size() + unknown.size();
    }
}
