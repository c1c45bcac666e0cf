package io.jigress.sentinel.engine;

import io.jigress.sentinel.library.SentinelLibrary;
import io.jigress.sentinel.rule.Rule;
import io.jigress.sentinel.rule.RuleSet;
import io.jigress.sentinel.rule.SentinelConfig;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The state behind the rules of one gateway: statistics by resource, and of each rule its tokens, queues and circuit breaker. Tables share
/// it, so that it survives a change of other rules. For several threads; requests take no lock.
public final class SentinelEngine {
    private final SystemStatus system;
    /// Guarded by this.
    private final Map<String, Shared<Resource>> resources = new HashMap<>();
    /// Guarded by this.
    private final Map<RuleKey, Shared<Check>> checks = new HashMap<>();

    /// A rule of a resource, with what it depends on.
    record RuleKey(String resource, Rule rule, Object scope) {
    }

    private static final class Shared<T> {
        final T value;
        int users;

        Shared(T value) {
            this.value = value;
        }
    }

    public SentinelEngine() {
        SentinelLibrary.start();
        system = new SystemStatus();
    }

    /// Makes rules ready. The table is to be closed.
    ///
    /// @param rules those of the configuration, with what its source has brought
    public RuleTable table(SentinelConfig config, RuleSet rules) {
        return new RuleTable(this, config, rules);
    }

    SystemStatus system() {
        return system;
    }

    synchronized Resource resource(String name) {
        return take(resources, name, () -> new Resource(name));
    }

    synchronized Check check(RuleKey key, Function<RuleKey, Check> make) {
        return take(checks, key, () -> make.apply(key));
    }

    synchronized void releaseResource(String name) {
        release(resources, name);
    }

    synchronized void releaseCheck(RuleKey key) {
        Check last = release(checks, key);
        if (last != null) {
            last.close();
        }
    }

    /// How many resources have statistics.
    public synchronized int resources() {
        return resources.size();
    }

    /// How many rules have state.
    public synchronized int rules() {
        return checks.size();
    }

    private static <K, V> V take(Map<K, Shared<V>> all, K key, Supplier<V> make) {
        Shared<V> shared = all.get(key);
        if (shared == null) {
            shared = new Shared<>(make.get());
            all.put(key, shared);
        }
        shared.users++;
        return shared.value;
    }

    /// @return the value when nobody uses it any more
    private static <K, V> @Nullable V release(Map<K, Shared<V>> all, K key) {
        Shared<V> shared = all.get(key);
        if (shared == null) {
            throw new IllegalStateException(key + " is not in use (expected: one release for each use)");
        }
        shared.users--;
        if (shared.users > 0) {
            return null;
        }
        all.remove(key);
        return shared.value;
    }
}
