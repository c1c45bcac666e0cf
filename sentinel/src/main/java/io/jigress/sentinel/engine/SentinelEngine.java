package io.jigress.sentinel.engine;

import com.alibaba.csp.sentinel.node.metric.MetricNode;
import com.alibaba.csp.sentinel.util.TimeUtil;
import io.jigress.api.Json;
import io.jigress.sentinel.cluster.TokenRules;
import io.jigress.sentinel.cluster.TokenService;
import io.jigress.sentinel.library.SentinelLibrary;
import io.jigress.sentinel.rule.Rule;
import io.jigress.sentinel.rule.RuleSet;
import io.jigress.sentinel.rule.SentinelConfig;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The state of the rules of one gateway: statistics by resource, and of each rule its tokens, queues and circuit breaker. Tables share
/// it, so that it survives a change of other rules. Loads Sentinel with the first table. For several threads; requests take no lock.
public final class SentinelEngine {
    /// The version of Sentinel.
    public static final String LIBRARY_VERSION = "1.8.9";

    private final TokenService tokens;
    private final TokenRules tokenRules;
    /// Created with the first table, since it loads Sentinel. Guarded by this.
    private @Nullable SystemStatus system;
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

    /// Without a token server.
    public SentinelEngine() {
        this(TokenService.NONE, new TokenRules(""));
    }

    /// @param tokens where tokens of cluster rules come from; may be `tokenRules`
    /// @param tokenRules gets the cluster rules of all tables
    public SentinelEngine(TokenService tokens, TokenRules tokenRules) {
        this.tokens = tokens;
        this.tokenRules = tokenRules;
    }

    /// Where the tokens of cluster rules come from.
    public TokenService tokens() {
        return tokens;
    }

    TokenRules tokenRules() {
        return tokenRules;
    }

    /// Compiles rules. The caller closes the table.
    ///
    /// @param rules those of the configuration and of its sources
    public RuleTable table(SentinelConfig config, RuleSet rules) {
        return new RuleTable(this, config, rules);
    }

    synchronized SystemStatus system() {
        SystemStatus made = system;
        if (made == null) {
            SentinelLibrary.start();
            made = new SystemStatus();
            system = made;
        }
        return made;
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

    /// The requests of each resource in each second of the last minute, one line each, in the format of Sentinel's metric files.
    ///
    /// @param from, to milliseconds since 1970, both included
    /// @param name empty for all resources
    /// @param most lines at most
    public String metrics(long from, long to, String name, int most) {
        List<MetricNode> all = new ArrayList<>();
        for (Resource resource : shared()) {
            if (name.isEmpty() || name.equals(resource.name())) {
                for (MetricNode second : resource.node.rawMetricsInMin(time -> time >= from && time <= to)) {
                    second.setResource(resource.name());
                    second.setClassification(resource.wrapper.getResourceType());
                    second.setConcurrency(resource.node.curThreadNum());
                    all.add(second);
                }
            }
        }
        all.sort(Comparator.comparingLong(MetricNode::getTimestamp).thenComparing(MetricNode::getResource));
        StringBuilder lines = new StringBuilder();
        all.stream().filter(second -> second.getPassQps() > 0 || second.getBlockQps() > 0 || second.getSuccessQps() > 0)
                .limit(most)
                .forEach(second -> lines.append(second.toThinString()).append('\n'));
        return lines.toString();
    }

    /// The resources with their counters of this second and of the last minute, in the form of Sentinel's command `clusterNode`.
    public List<Json> nodes() {
        return shared().stream().map(SentinelEngine::json).toList();
    }

    /// The counters of all requests that passed filters with system rules.
    public Json inbound() {
        return json(system().total());
    }

    private synchronized List<Resource> shared() {
        return resources.values().stream().map(one -> one.value).toList();
    }

    private static Json json(Resource resource) {
        ResourceNode node = resource.node;
        return Json.object().put("id", resource.name()).put("parentId", "machine-root").put("resource", resource.name())
                .put("threadNum", node.curThreadNum()).put("passQps", (long) node.passQps())
                .put("blockQps", (long) node.blockQps())
                .put("totalQps", (long) node.totalQps()).put("averageRt", (long) node.avgRt())
                .put("successQps", (long) node.successQps()).put("exceptionQps", (long) node.exceptionQps())
                .put("oneMinutePass", node.totalPass()).put("oneMinuteBlock", node.blockRequest())
                .put("oneMinuteException", node.totalException()).put("oneMinuteTotal", node.totalRequest())
                .put("timestamp", TimeUtil.currentTimeMillis()).build();
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

    /// @return the value when it is no longer used
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
