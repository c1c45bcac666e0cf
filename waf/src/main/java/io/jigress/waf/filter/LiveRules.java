package io.jigress.waf.filter;

import io.jigress.api.HttpFilter;
import io.jigress.api.PreparedFilter;
import io.jigress.api.Services;
import io.jigress.waf.RuleSet;
import io.jigress.waf.filter.FilesRead.State;
import io.jigress.waf.geo.GeoDatabases;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The rules of one configuration, for all event loops. They are loaded again when a file of theirs has changed; when that fails, those before stay
/// in use and the reason is told, until the files change again.
final class LiveRules implements PreparedFilter {
    /// How often the files are looked at. They are loaded when two looks in a row have found the same change, so that no half of a file is read.
    private static final Duration LOOK = Duration.ofSeconds(1);
    /// Looks in that time at the rules of all configurations: with more of them, each is looked at less often.
    private static final int LOOKS = 20;

    private final WafConfig config;
    private final Supplier<Optional<CoreRuleSet>> coreRuleSet;
    private final GeoDatabases databases;
    private final AuditLog audit;
    private final Executor compiler;
    private final AtomicInteger watched;
    /// The instances that hear of problems.
    private final Set<Services> instances = ConcurrentHashMap.newKeySet();
    private volatile RuleSet current;
    private volatile @Nullable String problem;
    private volatile boolean closed;

    // Used by one task of the compiler at a time.

    /// The files when they were last loaded, with or without success.
    private State loaded;
    /// The files at the last look.
    private State seen;

    /// Loads the rules, which takes seconds.
    ///
    /// @param compiler runs slow tasks, one after the other
    /// @param watched  counts the configurations whose files are looked at
    LiveRules(WafConfig config, Supplier<Optional<CoreRuleSet>> coreRuleSet, GeoDatabases databases, AuditLog audit,
            Executor compiler, AtomicInteger watched) {
        this.config = config;
        this.coreRuleSet = coreRuleSet;
        this.databases = databases;
        this.audit = audit;
        this.compiler = compiler;
        this.watched = watched;
        Optional<CoreRuleSet> files = coreRuleSet.get();
        FilesRead read = new FilesRead(files, databases);
        current = WafRules.load(config, files, read);
        loaded = read.state();
        seen = loaded;
        if (config.coreRules() != null || !loaded.stamps().isEmpty()) {
            watched.incrementAndGet();
            lookLater();
        }
    }

    private void lookLater() {
        long millis = LOOK.toMillis() * Math.max(LOOKS, watched.get()) / LOOKS;
        CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS, compiler).execute(() -> {
            if (closed) {
                watched.decrementAndGet();
                return;
            }
            try {
                look();
            } finally {
                lookLater();
            }
        });
    }

    private void look() {
        Optional<CoreRuleSet> files = coreRuleSet.get();
        State now = FilesRead.now(loaded, files);
        boolean settled = now.equals(seen);
        seen = now;
        if (settled && !now.equals(loaded)) {
            load(files);
        }
    }

    private void load(Optional<CoreRuleSet> files) {
        FilesRead read = new FilesRead(files, databases);
        try {
            current = WafRules.load(config, files, read).continuing(current);
            tell(null);
        } catch (RuntimeException | Error e) {
            tell("the changed rule files cannot be loaded, and the rules before stay in use: " + e);
        } finally {
            loaded = read.state();
            seen = loaded;
        }
    }

    private void tell(@Nullable String what) {
        problem = what;
        instances.forEach(services -> services.outdated(what));
    }

    /// The rules for the next request.
    RuleSet current() {
        return current;
    }

    @Override
    public HttpFilter create(Services services) {
        WafFilter filter = config.responses()
                ? new WafResponseFilter(config, this, services, audit)
                : new WafFilter(config, this, services, audit);
        instances.add(services);
        String known = problem;
        if (known != null) {
            services.outdated(known);
        }
        return filter;
    }

    /// An instance is closed.
    void left(Services services) {
        instances.remove(services);
    }

    @Override
    public void close() {
        closed = true;
    }
}
