package io.jigress.proxy.upstream;

import io.jigress.api.Durations;
import io.jigress.api.ProxyFailure;
import io.jigress.config.OutlierDetection;
import io.jigress.proxy.loop.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Ejects endpoints of one cluster that fail again and again, and takes them back. Process-wide, for several threads: counting takes no
/// lock, a change of state does, and picking reads a [View] that each change replaces.
///
/// An endpoint whose ejection is over is *probed*: it takes [#PROBES] requests until one of them is answered; a failure ejects it again. An
/// endpoint is *failing* from the failure that reached a limit until its next answer, ejected or not. While all endpoints are failing, all
/// take requests.
final class OutlierDetector {
    /// How many requests an endpoint takes whose ejection is over, until one is answered; so many again after each ejection time.
    static final int PROBES = 3;

    /// As metrics and the log name the cluster.
    private final String origin;
    private final OutlierDetection rule;
    private final EjectionLog log;
    private final long ejectionNanos;
    private final long maxEjectionNanos;
    /// Endpoints that have failed lately, and whether there are any.
    private final Map<UpstreamEndpoint, EndpointRecord> tracked = new ConcurrentHashMap<>();
    private volatile boolean tracking;
    private volatile EndpointSet endpoints;
    private volatile @Nullable View view;
    /// How many are ejected or probed.
    private int out;
    /// Whether all that could take requests are failing.
    private boolean panic;
    /// Upstreams that use it; [WatchedEndpoints] counts.
    int users;

    /// What to pick from while endpoints are ejected or probed.
    ///
    /// @param set those that take requests
    /// @param steady those of them that are not probed
    /// @param wakeAt when an ejection is over or more probes may be sent, on the clock of the loops
    record View(EndpointSet set, EndpointSet steady, long wakeAt) {}

    OutlierDetector(String origin, OutlierDetection rule, EjectionLog log, EndpointSet endpoints) {
        this.origin = origin;
        this.rule = rule;
        this.log = log;
        this.endpoints = endpoints;
        this.ejectionNanos = Math.max(1, rule.ejectionTime().toNanos());
        this.maxEjectionNanos = Math.max(ejectionNanos, rule.maxEjectionTime().toNanos());
    }

    // ---- picking

    /// What to pick from; null for all endpoints, which is what it is while none is ejected.
    @Nullable View view(Loop loop) {
        View now = view;
        return now == null || now.wakeAt - loop.nanoTime() > 0 ? now : wake(loop.nanoTime());
    }

    /// Whether an endpoint that was picked may be taken: an endpoint that is probed takes few requests.
    boolean admit(UpstreamEndpoint endpoint) {
        EndpointRecord health = tracked.get(endpoint);
        return health == null || switch (health.state) {
            case HEALTHY, FAILING -> true;
            case EJECTED -> false;
            case PROBED -> takeProbe(health);
        };
    }

    private boolean takeProbe(EndpointRecord health) {
        int left = health.probes.getAndUpdate(probes -> Math.max(0, probes - 1));
        if (left == 1) {
            exhausted();
        }
        return left > 0;
    }

    private synchronized void exhausted() {
        publish();
    }

    private synchronized @Nullable View wake(long now) {
        View known = view;
        if (known == null || known.wakeAt - now > 0) {
            return known;
        }
        tracked.forEach((_, health) -> {
            boolean due = health.until - now <= 0;
            switch (health.state) {
                case EJECTED -> {
                    if (due) {
                        health.state = EndpointHealth.State.PROBED;
                        health.since = now;
                        // The next failure ejects it again.
                        health.failures.set(Math.max(0, rule.consecutiveFailures() - 1));
                        health.errors.set(Math.max(0, rule.consecutiveErrors() - 1));
                        allowProbes(health, now);
                    }
                }
                case PROBED -> {
                    if (due) {
                        allowProbes(health, now);
                    }
                }
                case HEALTHY, FAILING -> {}
            }
        });
        publish();
        return view;
    }

    private void allowProbes(EndpointRecord health, long now) {
        health.probes.set(PROBES);
        health.until = now + ejectionNanos;
    }

    // ---- outcomes

    void answered(UpstreamEndpoint endpoint, Loop loop, int status) {
        if (status >= 500 && rule.consecutiveErrors() > 0) {
            EndpointRecord health = health(endpoint, loop);
            if (health != null) {
                reset(health.failures);
                if (count(health, health.errors, loop) >= rule.consecutiveErrors()) {
                    tooMany(endpoint, health, health.errors, null, "status_" + status, loop);
                }
            }
        } else if (tracking) {
            EndpointRecord health = tracked.get(endpoint);
            if (health != null) {
                answered(endpoint, health, loop);
            }
        }
    }

    void failed(UpstreamEndpoint endpoint, Loop loop, ProxyFailure failure) {
        if (rule.consecutiveFailures() > 0) {
            EndpointRecord health = health(endpoint, loop);
            if (health != null && count(health, health.failures, loop) >= rule.consecutiveFailures()) {
                tooMany(endpoint, health, health.failures, failure.kind(), failure.detail(), loop);
            }
        }
    }

    /// Several within [EndpointRecord#OVERTAKEN_NANOS] count as one failure, so that a short pause of the endpoint does not eject it.
    void overtaken(UpstreamEndpoint endpoint, Loop loop, ProxyFailure failure) {
        EndpointRecord health = rule.consecutiveFailures() > 0 ? health(endpoint, loop) : null;
        if (health != null && health.tryOvertaken(loop.nanoTime())) {
            failed(endpoint, loop, failure);
        }
    }

    /// The record of an endpoint that has just failed; null if it cannot be ejected.
    private @Nullable EndpointRecord health(UpstreamEndpoint endpoint, Loop loop) {
        if (endpoints.usableOfAll() < 2 || endpoint.endpoint().weight() == 0) {
            return null;
        }
        EndpointRecord health = tracked.get(endpoint);
        return health != null ? health : track(endpoint, loop.nanoTime());
    }

    private synchronized @Nullable EndpointRecord track(UpstreamEndpoint endpoint, long now) {
        if (endpoint.gone) {
            return null;
        }
        tracking = true;
        return tracked.computeIfAbsent(endpoint, _ -> new EndpointRecord(now));
    }

    private int count(EndpointRecord health, AtomicInteger counter, Loop loop) {
        long at = loop.nanoTime() + ejectionNanos;
        if (at - health.forgetAt > 0) {
            health.forgetAt = at;
        }
        return counter.incrementAndGet();
    }

    /// @param kind of the last failure; null when it was a response with an error status
    private void tooMany(UpstreamEndpoint endpoint, EndpointRecord health, AtomicInteger counter,
            ProxyFailure.@Nullable Kind kind,
            String detail, Loop loop) {
        long now = loop.nanoTime();
        String news = judge(endpoint, health, counter, kind, detail, now);
        if (news != null) {
            loop.metrics().cluster(origin).ejected(kind);
            log.ejected(now, news);
        }
    }

    /// Ejects an endpoint that has reached a limit, where that is allowed.
    ///
    /// @return what to tell of its ejection; null when it was not ejected
    private synchronized @Nullable String judge(UpstreamEndpoint endpoint, EndpointRecord health, AtomicInteger counter,
            ProxyFailure.@Nullable Kind kind, String detail, long now) {
        int limit = kind == null ? rule.consecutiveErrors() : rule.consecutiveFailures();
        boolean again = health.state == EndpointHealth.State.PROBED;
        boolean ejectable = again || !health.isOut() && mayEject(endpoint);
        // Meanwhile it may have answered, or been removed from its cluster.
        boolean still = counter.get() >= limit && tracked.get(endpoint) == health;
        if (!still || health.failing && !ejectable) {
            return null;
        }
        if (health.state == EndpointHealth.State.HEALTHY) {
            health.ejections = health.lasting(now, ejectionNanos);
        }
        health.failing = true;
        health.reason = detail;
        health.since = now;
        if (!ejectable) {
            health.state = EndpointHealth.State.FAILING;
            publish();
            return null;
        }
        out += again ? 0 : 1;
        // Limited to where it changes the ejection time, so that the time to recover is limited too.
        health.ejections = (int) Math.min(health.ejections + 1, (maxEjectionNanos + ejectionNanos - 1) / ejectionNanos);
        health.state = EndpointHealth.State.EJECTED;
        health.until = now + Math.min(maxEjectionNanos, health.ejections * ejectionNanos);
        publish();
        return "endpoint " + endpoint + " of " + origin + " is ejected for "
                + Durations.print(Duration.ofNanos(health.until - now)) + ": "
                + (again ? "it failed again when it was probed" : limit + (kind == null ? " errors" : " failures") + " in a row")
                + " (the last: " + detail + "); " + state();
    }

    private String state() {
        return out + " of " + endpoints.usableOfAll() + " endpoints ejected"
                + (panic ? ", but as all fail, all take requests" : "");
    }

    private void answered(UpstreamEndpoint endpoint, EndpointRecord health, Loop loop) {
        if (health.failing) {
            recovered(endpoint, health, loop.nanoTime());
            return;
        }
        reset(health.failures);
        reset(health.errors);
        if (health.forgetAt - loop.nanoTime() <= 0) {
            forget(endpoint, health);
        }
    }

    private static void reset(AtomicInteger counter) {
        if (counter.get() != 0) {
            counter.set(0);
        }
    }

    private void recovered(UpstreamEndpoint endpoint, EndpointRecord health, long now) {
        String news = heal(endpoint, health, now);
        if (news != null) {
            log.returned(now, news);
        }
    }

    /// @return what to tell of its return; null when it was not out
    private synchronized @Nullable String heal(UpstreamEndpoint endpoint, EndpointRecord health, long now) {
        // An answer to a request that was sent before the ejection does not count, unless all endpoints get requests.
        boolean late = health.state == EndpointHealth.State.EJECTED && !panic;
        if (late || !health.failing || tracked.get(endpoint) != health) {
            return null;
        }
        boolean wasOut = health.isOut();
        out -= wasOut ? 1 : 0;
        health.failing = false;
        health.state = EndpointHealth.State.HEALTHY;
        health.since = now;
        health.healthySince = now;
        health.forgetAt = now + Math.max(1, health.ejections) * ejectionNanos;
        health.failures.set(0);
        health.errors.set(0);
        publish();
        return wasOut ? "endpoint " + endpoint + " of " + origin + " answers again; " + state() : null;
    }

    private synchronized void forget(UpstreamEndpoint endpoint, EndpointRecord health) {
        if (!health.failing && health.failures.get() == 0 && health.errors.get() == 0) {
            tracked.remove(endpoint, health);
            tracking = !tracked.isEmpty();
        }
    }

    // ---- the endpoints, and what is picked from

    /// The endpoints of the cluster have changed. [UpstreamEndpoint#gone] is set on those that were removed.
    synchronized void endpoints(EndpointSet now) {
        endpoints = now;
        if (tracked.isEmpty()) {
            return;
        }
        tracked.keySet().removeIf(endpoint -> endpoint.gone);
        tracking = !tracked.isEmpty();
        out = (int) tracked.values().stream().filter(EndpointRecord::isOut).count();
        while (outOfLast() > endpoints.ejectable(rule.maxEjectedPercent())) {
            takeBack();
        }
        publish();
    }

    /// With fewer endpoints fewer may be ejected: takes back the one of the last priority whose ejection ends first.
    private void takeBack() {
        EndpointRecord first = null;
        for (Map.Entry<UpstreamEndpoint, EndpointRecord> entry : tracked.entrySet()) {
            if (isOutOfLast(entry) && (first == null || entry.getValue().until - first.until < 0)) {
                first = entry.getValue();
            }
        }
        if (first == null) {
            throw new IllegalStateException(out + " endpoints of " + origin + " are ejected, and none is");
        }
        first.state = EndpointHealth.State.FAILING;
        first.failures.set(rule.consecutiveFailures());
        first.errors.set(rule.consecutiveErrors());
        out--;
    }

    /// Endpoints before the last priority may all be ejected, since those of the last one never are.
    private boolean mayEject(UpstreamEndpoint endpoint) {
        return endpoints.hasNext(endpoint)
                ? rule.maxEjectedPercent() > 0
                : outOfLast() < endpoints.ejectable(rule.maxEjectedPercent());
    }

    private int outOfLast() {
        return (int) tracked.entrySet().stream().filter(this::isOutOfLast).count();
    }

    private boolean isOutOfLast(Map.Entry<UpstreamEndpoint, EndpointRecord> entry) {
        return entry.getValue().isOut() && !endpoints.hasNext(entry.getKey());
    }

    private void publish() {
        int failing = 0;
        long wakeAt = 0;
        boolean first = true;
        boolean probed = false;
        Set<UpstreamEndpoint> without = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<UpstreamEndpoint> unsteady = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Map.Entry<UpstreamEndpoint, EndpointRecord> entry : tracked.entrySet()) {
            EndpointRecord health = entry.getValue();
            failing += health.failing ? 1 : 0;
            if (health.isOut()) {
                wakeAt = first || health.until - wakeAt < 0 ? health.until : wakeAt;
                first = false;
                unsteady.add(entry.getKey());
                if (health.state == EndpointHealth.State.EJECTED || health.probes.get() == 0) {
                    without.add(entry.getKey());
                } else {
                    probed = true;
                }
            }
        }
        panic = failing > 0 && failing >= endpoints.usableOfAll();
        if (out == 0) {
            view = null;
        } else if (panic) {
            view = new View(endpoints, endpoints, wakeAt);
        } else {
            EndpointSet steady = endpoints.without(unsteady);
            view = new View(probed ? endpoints.without(without) : steady, steady, wakeAt);
        }
    }

    // ---- for people

    /// Whether no endpoint has failed lately.
    boolean quiet() {
        return !tracking;
    }

    /// How many endpoints are ejected, those that are probed included.
    synchronized int out() {
        return out;
    }

    /// @param now on the clock of the loops, @param wall the same moment
    synchronized EndpointHealth health(UpstreamEndpoint endpoint, long now, Instant wall) {
        EndpointRecord health = tracked.get(endpoint);
        if (health == null) {
            return EndpointHealth.HEALTHY;
        }
        return new EndpointHealth(health.state, wall.plusNanos(health.since - now),
                health.isOut() ? wall.plusNanos(health.until - now) : null, health.reason,
                health.state == EndpointHealth.State.HEALTHY ? health.lasting(now, ejectionNanos) : health.ejections);
    }
}
