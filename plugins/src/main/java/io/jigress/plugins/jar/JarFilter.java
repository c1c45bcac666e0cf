package io.jigress.plugins.jar;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterInterest;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.jigress.api.blocking.BlockingFilterException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A plugin on one event loop, behind a guard: what it throws gets the fail mode, a callback that holds the loop is reported, and requests do
/// not reach it while it is in quarantine. Event loop only.
final class JarFilter implements HttpFilter {
    /// The gateway's deadline of a suspension comes after the plugin's, for which there is a timer.
    private static final Duration GRACE = Duration.ofSeconds(1);

    /// Why an exchange goes on without the plugin.
    private enum Absence {
        QUARANTINED, FAILED
    }

    private final ExchangeKey<Absence> absent = new ExchangeKey<>("jar");
    /// The plugin must end a body of the exchange.
    private final ExchangeKey<Boolean> taken = new ExchangeKey<>("jar body");
    private final JarPlugin plugin;
    private final Services services;
    private final JarServices own;
    private final JarClassLoader loader;
    private final HttpFilter filter;
    /// Whether the plugin's code runs on threads of its own.
    private final boolean blocks;
    private final EnumSet<FilterInterest> interests = EnumSet.noneOf(FilterInterest.class);
    private final boolean readsHead;
    private final boolean completes;
    private final Thread loop = Thread.currentThread();
    private final HoldWatchdog.Watched watched;
    private final Services.Counter failures;
    private final Services.Counter late;
    private final Services.Counter misuses;
    private final Services.Counter holds;
    private final Services.Counter quarantines;
    private final Services.Counter without;
    /// Whether any exchange was marked [#absent].
    private boolean anyAbsent;
    private boolean anyTaken;
    private boolean closed;

    /// Makes the plugin's filter; it may throw anything.
    JarFilter(JarPlugin plugin, LoadedJar jar, Services services) {
        this.plugin = plugin;
        this.services = services;
        loader = jar.loader();
        failures = services.counter("failures", "Calls of Java plugins that threw or gave no valid decision");
        late = services.counter("late", "Calls of Java plugins that did not return at their deadline");
        misuses = services.counter("misuses",
                "Resumptions by Java plugins that were too late or repeated, and uses of an exchange on another thread");
        holds = services.counter("holds", "Callbacks of Java plugins that held an event loop for more than 50 ms");
        quarantines = services.counter("quarantines", "Times that a Java plugin was put in quarantine");
        without = services.counter("requests_without_plugin",
                "Requests that a Java plugin did not see because it was not working");
        watched = new HoldWatchdog.Watched(loop, stack -> plugin.held(loop.getName(), stack));
        own = new JarServices(this, services);
        watched.enter();
        try {
            filter = jar.prepared().create(own);
            interests.addAll(filter.interests());
        } finally {
            watched.leave();
        }
        blocks = filter.getClass().getPackage() == BlockingFilterException.class.getPackage();
        readsHead = interests.contains(FilterInterest.REQUEST_HEAD);
        completes = interests.contains(FilterInterest.COMPLETION);
        interests.add(FilterInterest.REQUEST_HEAD);
        interests.add(FilterInterest.COMPLETION);
        plugin.runtime().watchdog().add(watched);
    }

    JarPlugin plugin() {
        return plugin;
    }

    Services services() {
        return services;
    }

    ClassLoader loader() {
        return loader;
    }

    boolean isOnLoop() { return Thread.currentThread() == loop; }

    @Override
    public Set<FilterInterest> interests() {
        return interests;
    }

    // ---- the guard

    /// A part of the plugin that decides about a message.
    interface Step {
        @Nullable FilterDecision run(Exchange shown);
    }

    void enter() {
        watched.enter();
    }

    void leave() {
        watched.leave();
    }

    /// Runs a part of the plugin for an exchange.
    FilterDecision guarded(Exchange exchange, Step step) {
        JarExchange shown = new JarExchange(this, exchange);
        watched.enter();
        try {
            FilterDecision decision = step.run(shown);
            return switch (decision) {
                case null -> failed(exchange, new IllegalStateException("it decided null (expected: a FilterDecision)"));
                case FilterDecision.Wait(JarResumption resumption) -> resumption.waiting();
                case FilterDecision.Wait _ ->
                    failed(exchange, new IllegalStateException("it waits for a resumption that Exchange.suspend did not return"));
                default -> decision;
            };
        } catch (Throwable e) {
            return failed(exchange, e);
        } finally {
            watched.leave();
        }
    }

    /// Runs a part of the plugin that belongs to no exchange.
    void run(Runnable part) {
        watched.enter();
        try {
            part.run();
        } catch (Throwable e) {
            count(e);
        } finally {
            watched.leave();
        }
    }

    private FilterDecision failed(Exchange exchange, Throwable thrown) {
        String reason = count(thrown);
        mark(exchange, Absence.FAILED);
        if (plugin.config().failOpen() && !(anyTaken && exchange.get(taken) != null)) {
            return FilterDecision.SKIP_BODY;
        }
        return new FilterDecision.Reply(LocalReply.error(500, "A plugin failed.", reason));
    }

    /// @return the reason for the access log
    private String count(Throwable thrown) {
        BlockingFilterException.Kind kind = thrown instanceof BlockingFilterException blocking
                ? blocking.kind()
                : BlockingFilterException.Kind.FAILED;
        (kind == BlockingFilterException.Kind.LATE ? late : failures).add(1);
        Throwable cause = thrown instanceof BlockingFilterException && thrown.getCause() != null ? thrown.getCause() : thrown;
        plugin.log("failed", cause);
        // A refused task says that the process is busy.
        if (kind != BlockingFilterException.Kind.REFUSED
                && plugin.quarantine().failed(services.nanoTime(), LoadedJar.told(cause))) {
            quarantines.add(1);
        }
        return kind == BlockingFilterException.Kind.LATE ? "jar_late" : "jar_failed";
    }

    /// The plugin used the API in a way that has no effect. On any thread.
    void misused(String how) {
        plugin.log(how, null);
        if (isOnLoop()) {
            misuses.add(1);
        } else {
            plugin.misusedElsewhere();
        }
    }

    /// Counts what other threads have found.
    private void countOthers() {
        if (plugin.hasUncounted()) {
            misuses.add(plugin.takeMisuses());
            long held = plugin.takeHolds();
            holds.add(held);
            quarantines.add(plugin.takeQuarantines());
        }
    }

    /// As [Exchange#suspend].
    Resumption suspend(Exchange exchange, Duration deadline, FilterDecision onDeadline) {
        if (blocks) {
            return new JarResumption(this, exchange.suspend(deadline, onDeadline), null);
        }
        Duration most = plugin.config().longestWait();
        Duration wait = deadline.compareTo(most) > 0 ? most : deadline;
        JarResumption resumption = new JarResumption(this, exchange.suspend(wait.plus(GRACE), onDeadline), onDeadline);
        resumption.expireIn(services, wait);
        return resumption;
    }

    /// A suspension has ended at its deadline.
    void waitedTooLong() {
        late.add(1);
    }

    /// The plugin has taken over a body.
    void tookBody(Exchange exchange) {
        anyTaken = true;
        exchange.put(taken, true);
    }

    private void mark(Exchange exchange, Absence why) {
        anyAbsent = true;
        if (exchange.get(absent) == null) {
            exchange.put(absent, why);
        }
    }

    // ---- callbacks

    @Override
    public FilterDecision onRequestHead(Exchange exchange) {
        if (!plugin.allows(services.nanoTime())) {
            without.add(1);
            mark(exchange, Absence.QUARANTINED);
            return plugin.config().failOpen()
                    ? FilterDecision.SKIP_BODY
                    : new FilterDecision.Reply(LocalReply.error(503, "A plugin is out of service.", "jar_quarantined"));
        }
        return readsHead ? guarded(exchange, filter::onRequestHead) : FilterDecision.CONTINUE;
    }

    /// Unless the exchange goes on without the plugin.
    private FilterDecision guarded(Exchange exchange, FilterDecision otherwise, Step step) {
        return anyAbsent && exchange.get(absent) != null ? otherwise : guarded(exchange, step);
    }

    @Override
    public FilterDecision onRequestBody(Exchange exchange, Body body) {
        return guarded(exchange, FilterDecision.SKIP_BODY, shown -> filter.onRequestBody(shown, body));
    }

    @Override
    public FilterDecision onRequestTrailers(Exchange exchange, Headers trailers) {
        return guarded(exchange, FilterDecision.CONTINUE, shown -> filter.onRequestTrailers(shown, trailers));
    }

    @Override
    public FilterDecision onResponseHead(Exchange exchange) {
        return guarded(exchange, FilterDecision.SKIP_BODY, filter::onResponseHead);
    }

    @Override
    public FilterDecision onResponseBody(Exchange exchange, Body body) {
        return guarded(exchange, FilterDecision.SKIP_BODY, shown -> filter.onResponseBody(shown, body));
    }

    @Override
    public FilterDecision onResponseTrailers(Exchange exchange, Headers trailers) {
        return guarded(exchange, FilterDecision.CONTINUE, shown -> filter.onResponseTrailers(shown, trailers));
    }

    @Override
    public void onComplete(Exchange exchange) {
        countOthers();
        Absence why = anyAbsent ? exchange.get(absent) : null;
        if (why == Absence.QUARANTINED) {
            return;
        }
        if (completes) {
            run(() -> filter.onComplete(new JarExchange(this, exchange)));
        }
        if (why == null && plugin.quarantine().isSuspect()) {
            plugin.quarantine().succeeded();
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        run(filter::close);
        closed = true;
        plugin.runtime().watchdog().remove(watched);
        ThreadLocals.remove(loader);
        countOthers();
    }

    @Override
    public String toString() {
        return "jar " + plugin.config().name();
    }
}
