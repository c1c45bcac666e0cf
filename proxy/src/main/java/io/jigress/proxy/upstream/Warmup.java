package io.jigress.proxy.upstream;

import io.jigress.config.SlowStart;
import io.jigress.proxy.loop.Loop;
import org.jspecify.annotations.Nullable;

/// The slow start of one cluster: an endpoint that was picked is admitted with a probability that grows with its age, so that its share of the
/// requests does too.
final class Warmup {
    /// The least share of its weight that an endpoint gets, and all of it.
    private static final int LEAST_PERMILLE = 10;
    private static final int ALL = 1000;

    private final long windowNanos;
    private final boolean ofProviders;

    private Warmup(SlowStart slowStart) {
        this.windowNanos = slowStart.window().toNanos();
        this.ofProviders = slowStart.ofProviders();
    }

    /// Null without slow start.
    static @Nullable Warmup of(SlowStart slowStart) {
        return slowStart.equals(SlowStart.NONE) ? null : new Warmup(slowStart);
    }

    /// Whether all endpoints of the set get their whole share.
    boolean isOver(EndpointSet set, long now) {
        return now - set.newest() >= windowNanos && (!ofProviders || now >= set.providersWarm());
    }

    boolean admits(UpstreamEndpoint endpoint, Loop loop) {
        int share = permille(endpoint, loop.recentNanos());
        return share == ALL || loop.random(ALL) < share;
    }

    private int permille(UpstreamEndpoint endpoint, long now) {
        boolean told = ofProviders && endpoint.tellsItsStart();
        long age = now - (told ? endpoint.startedNanos() : endpoint.sinceNanos());
        long window = told ? endpoint.warmupNanos() : windowNanos;
        return age >= window ? ALL : (int) Math.max(LEAST_PERMILLE, Math.max(0, age) / (window / ALL + 1));
    }
}
