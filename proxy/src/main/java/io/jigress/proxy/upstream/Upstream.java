package io.jigress.proxy.upstream;

import io.jigress.api.EndpointFacts;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.LoadBalancing;
import io.jigress.proxy.loop.Loop;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// One cluster in the data plane: chooses the endpoint of each request. Process-wide; state that changes often is kept per event
/// loop.
public final class Upstream {
    private static final int REDRAWS = 4;
    /// So that endpoints in their slow start hardly get more than their share.
    private static final int WARMUP_REDRAWS = 16;

    private final Cluster cluster;
    private final WatchedEndpoints endpoints;
    private final OutlierDetector outliers;
    private final @Nullable Warmup warmup;
    private final long idleNanos;
    private final AtomicInteger pending = new AtomicInteger();
    private final InFlight inFlight = new InFlight();
    /// By [Loop#index]; a slot is written on its loop only.
    private volatile @Nullable Turn[] turns = new Turn[0];
    /// [Upstreams] counts.
    int users;

    /// The position of one event loop in the round robin.
    private static final class Turn {
        long position;

        Turn(long position) {
            this.position = position;
        }
    }

    Upstream(Cluster cluster, WatchedEndpoints endpoints) {
        this.cluster = cluster;
        this.endpoints = endpoints;
        this.outliers = endpoints.outliers(cluster);
        this.warmup = Warmup.of(cluster.slowStart());
        this.idleNanos = cluster.connections().idleTimeout().toNanos();
    }

    public Cluster cluster() {
        return cluster;
    }

    public InFlight inFlight() {
        return inFlight;
    }

    public EndpointSet endpoints() {
        return endpoints.present();
    }

    /// Runs the action once its endpoints are others than those seen, at once if they are already; on any thread. It keeps one action
    /// only, the last, and none once it was released.
    public void whenOther(EndpointSet seen, Runnable action) {
        endpoints.whenOther(seen, this, action);
    }

    /// Chooses an endpoint; null when there is none that takes requests. One that is ejected is chosen only if all are failing, or if the
    /// others are to be avoided. One of a further priority is chosen if those before are ejected or to be avoided.
    ///
    /// @param avoid one that has just failed; taken only if there is no other
    public @Nullable UpstreamEndpoint pick(Loop loop, @Nullable UpstreamEndpoint avoid) {
        OutlierDetector.View view = outliers.view(loop);
        EndpointSet all = endpoints.present();
        return view == null ? pick(all, loop, avoid) : pick(view, all, loop, avoid);
    }

    /// Chooses an endpoint of the priority after the first, since several have failed; like [#pick] if there is none.
    public @Nullable UpstreamEndpoint pickFurther(Loop loop, UpstreamEndpoint avoid) {
        OutlierDetector.View view = outliers.view(loop);
        EndpointSet next = (view == null ? endpoints.present() : view.steady()).next();
        return next == null ? pick(loop, avoid) : pick(next, loop, avoid);
    }

    /// Chooses an endpoint for a second attempt beside one that is under way; null when there is no other. One that is ejected or
    /// probed is not chosen.
    public @Nullable UpstreamEndpoint pickBeside(Loop loop, UpstreamEndpoint first) {
        OutlierDetector.View view = outliers.view(loop);
        UpstreamEndpoint picked = pick(view == null ? endpoints.present() : view.steady(), loop, first);
        return picked == null || unwanted(picked, first) ? null : picked;
    }

    /// The endpoint with this address; null when there is none that takes requests, or it is ejected. One that is probed takes few requests.
    public @Nullable UpstreamEndpoint find(Loop loop, InetSocketAddress address) {
        OutlierDetector.View view = outliers.view(loop);
        EndpointSet set = view == null ? endpoints.present() : view.set();
        for (UpstreamEndpoint endpoint : set.entries()) {
            if (endpoint.endpoint().weight() > 0 && endpoint.address().equals(address)) {
                boolean steady = view == null || view.set() == view.steady();
                return steady || outliers.admit(endpoint) ? endpoint : null;
            }
        }
        return null;
    }

    /// All endpoints, as filters see them.
    public List<EndpointFacts> facts(Loop loop) {
        OutlierDetector.View view = outliers.view(loop);
        Set<UpstreamEndpoint> taking = view == null ? Set.of() : Set.copyOf(view.set().entries());
        List<EndpointFacts> facts = new ArrayList<>();
        for (UpstreamEndpoint endpoint : endpoints.present().entries()) {
            Endpoint of = endpoint.endpoint();
            facts.add(new EndpointFacts(endpoint.address(), of.weight() > 0 && (view == null || taking.contains(endpoint)),
                    of.weight(), of.labels()));
        }
        return facts;
    }

    private @Nullable UpstreamEndpoint pick(OutlierDetector.View view, EndpointSet all, Loop loop,
            @Nullable UpstreamEndpoint avoid) {
        UpstreamEndpoint picked = pick(view.set(), loop, avoid);
        if (picked != null && view.set() != view.steady() && !outliers.admit(picked)) {
            picked = pick(view.steady(), loop, avoid);
        }
        return picked == null || unwanted(picked, avoid) ? pick(all, loop, avoid) : picked;
    }

    private @Nullable UpstreamEndpoint pick(EndpointSet set, Loop loop, @Nullable UpstreamEndpoint avoid) {
        UpstreamEndpoint picked = pickFirst(set, loop, avoid);
        EndpointSet next = set.next();
        return next != null && unwanted(picked, avoid) ? pick(next, loop, avoid) : picked;
    }

    /// Chooses among those of the first priority.
    private @Nullable UpstreamEndpoint pickFirst(EndpointSet set, Loop loop, @Nullable UpstreamEndpoint avoid) {
        if (set.usable() <= 1) {
            return set.usable() == 0 ? null : set.usable(0);
        }
        UpstreamEndpoint picked = draw(set, loop, avoid);
        for (int i = 0; i < REDRAWS && unwanted(picked, avoid); i++) {
            // Drawn again instead of taking the next one, so that the others keep their proportions.
            picked = draw(set, loop, avoid);
        }
        return unwanted(picked, avoid) ? other(set, loop, picked, avoid) : picked;
    }

    private UpstreamEndpoint draw(EndpointSet set, Loop loop, @Nullable UpstreamEndpoint avoid) {
        UpstreamEndpoint drawn = drawByWeight(set, loop, avoid);
        if (warmup == null || warmup.isOver(set, loop.recentNanos())) {
            return drawn;
        }
        for (int i = 0; i < WARMUP_REDRAWS && !warmup.admits(drawn, loop); i++) {
            drawn = cluster.balancing() == LoadBalancing.LEAST_REQUEST ? better(set, loop) : set.usable(random(set, loop));
        }
        return drawn;
    }

    /// Further attempts of a request take no turn of the round: with two endpoints, all first attempts would go to the one that fails.
    private UpstreamEndpoint drawByWeight(EndpointSet set, Loop loop, @Nullable UpstreamEndpoint avoid) {
        if (cluster.balancing() == LoadBalancing.LEAST_REQUEST) {
            return better(set, loop);
        }
        return avoid == null ? next(set, loop) : set.usable(random(set, loop));
    }

    private static boolean unwanted(@Nullable UpstreamEndpoint endpoint, @Nullable UpstreamEndpoint avoid) {
        return avoid != null && endpoint != null && endpoint.destination() == avoid.destination();
    }

    private UpstreamEndpoint next(EndpointSet set, Loop loop) {
        Turn turn = turn(loop);
        turn.position = set.after(turn.position);
        return set.usable(set.at(turn.position));
    }

    private static UpstreamEndpoint better(EndpointSet set, Loop loop) {
        int one = random(set, loop);
        int two = random(set, loop);
        if (one == two) {
            two = (one + 1 + loop.random(set.usable() - 1)) % set.usable();
        }
        UpstreamEndpoint first = set.usable(one);
        UpstreamEndpoint second = set.usable(two);
        long firstLoad = outstanding(first, loop) * second.endpoint().weight();
        long secondLoad = outstanding(second, loop) * first.endpoint().weight();
        return secondLoad < firstLoad ? second : first;
    }

    /// Any that is wanted; else the one that was drawn.
    private static UpstreamEndpoint other(EndpointSet set, Loop loop, UpstreamEndpoint drawn, @Nullable UpstreamEndpoint avoid) {
        int from = random(set, loop);
        for (int i = 0; i < set.usable(); i++) {
            UpstreamEndpoint candidate = set.usable((from + i) % set.usable());
            if (!unwanted(candidate, avoid)) {
                return candidate;
            }
        }
        return drawn;
    }

    private static int random(EndpointSet set, Loop loop) {
        return set.at((loop.random() >>> 1) % set.total());
    }

    private static long outstanding(UpstreamEndpoint endpoint, Loop loop) {
        EndpointPool pool = endpoint.destination().pool(loop.index());
        return pool == null ? endpoint.destination().exclusive() : pool.outstanding();
    }

    /// An attempt got its response head; the informational ones (1xx) do not count. One volatile read while no endpoint of the cluster
    /// has failed lately. On the loop.
    public void answered(UpstreamEndpoint endpoint, Loop loop, int status) {
        outliers.answered(endpoint, loop, status);
    }

    /// An attempt ended without a response head: the connection closed, the response was malformed, or its time was up. On the loop.
    ///
    /// Counts failures of the upstream (by [ProxyFailure#origin]) only. Failures to connect were counted by the pool and are ignored, so
    /// that a caller can report every failed attempt. Not to be called for a reused connection that the endpoint had closed before the
    /// request was sent.
    public void failed(UpstreamEndpoint endpoint, Loop loop, ProxyFailure failure) {
        boolean connected = failure.kind() == Kind.UPSTREAM_RESET || failure.kind() == Kind.UPSTREAM_BAD_RESPONSE
                || failure.kind() == Kind.UPSTREAM_TIMEOUT;
        if (connected && failure.origin() == ProxyFailure.Origin.UPSTREAM) {
            outliers.failed(endpoint, loop, failure);
        }
    }

    /// An attempt was cancelled that had no response head, since a later one for the same request was answered. On the loop.
    public void overtaken(UpstreamEndpoint endpoint, Loop loop, ProxyFailure failure) {
        outliers.overtaken(endpoint, loop, failure);
    }

    /// A connection could not be made, for a reason on the other side.
    void connectFailed(UpstreamEndpoint endpoint, Loop loop, ProxyFailure failure) {
        outliers.failed(endpoint, loop, failure);
    }

    /// What outlier detection says of an endpoint now, for people.
    ///
    /// @param now on the clock of the loops, @param wall the same moment
    public EndpointHealth health(UpstreamEndpoint endpoint, long now, Instant wall) {
        return outliers.health(endpoint, now, wall);
    }

    OutlierDetector outliers() {
        return outliers;
    }

    private Turn turn(Loop loop) {
        @Nullable Turn[] known = turns;
        Turn turn = loop.index() < known.length ? known[loop.index()] : null;
        return turn != null ? turn : begin(loop);
    }

    private synchronized Turn begin(Loop loop) {
        // Loops start at different places, so that they do not all send to the same endpoint first.
        Turn turn = new Turn(loop.random() >>> 1);
        @Nullable Turn[] next = Arrays.copyOf(turns, Math.max(turns.length, loop.index() + 1));
        next[loop.index()] = turn;
        turns = next;
        return turn;
    }

    long idleNanos() {
        return idleNanos;
    }

    /// Takes a place among the requests that wait for a connection; false when there is none left.
    ///
    /// @param destination as many as further connections to it can carry do not count as waiting, so that a limit of 0 lets
    /// requests through
    boolean tryWait(Destination destination) {
        ConnectionLimits limits = cluster.connections();
        if (pending.incrementAndGet() <= destination.free(limits.maxConnections()) + limits.maxPending()) {
            return true;
        }
        pending.decrementAndGet();
        return false;
    }

    void waited() {
        pending.decrementAndGet();
    }

    WatchedEndpoints watched() {
        return endpoints;
    }
}
