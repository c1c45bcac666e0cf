package io.jigress.sentinel.cluster;

import com.alibaba.csp.sentinel.cluster.flow.statistic.limit.RequestLimiter;
import io.jigress.sentinel.library.SentinelLibrary;
import io.jigress.sentinel.rule.ClusterLimit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The limits by which an embedded token server decides: the cluster rules of this gateway, by their flow ids. For several threads.
///
/// Sentinel's own service does the same with rules and connections in static fields and with a log file.
public final class TokenRules implements TokenService {
    /// The namespace of Sentinel that every server knows.
    private static final double MOST_REQUESTS = 30_000;

    private final String namespace;
    private final Map<Long, TokenLimit> limits = new ConcurrentHashMap<>();
    /// This gateway, and the clients of its token server.
    private final AtomicInteger members = new AtomicInteger(1);

    /// A rule with a flow id.
    ///
    /// @param tokens in the window of the limit
    /// @param exceptions values of the hot parameter with another number of tokens; null for a flow rule
    public record Rule(ClusterLimit limit, double tokens, @Nullable Map<String, Double> exceptions) {
        public Rule {
            exceptions = exceptions == null ? null : Map.copyOf(exceptions);
        }
    }

    /// @param namespace whose clients are members
    public TokenRules(String namespace) {
        this.namespace = namespace;
    }

    /// Serves a rule until it is removed as often as it was added.
    public void add(Rule rule) {
        limits.compute(rule.limit().flowId(), (_, known) -> {
            TokenLimit limit = known == null ? new TokenLimit() : known;
            limit.add(rule);
            return limit;
        });
    }

    public void remove(Rule rule) {
        limits.computeIfPresent(rule.limit().flowId(), (_, known) -> known.remove(rule) ? known : null);
    }

    /// How many flow ids have rules.
    public int size() {
        return limits.size();
    }

    /// A client with this namespace has come.
    ///
    /// @return how many members there are in the namespace; 0 in another one
    int join(String name) {
        return name.equals(namespace) ? members.incrementAndGet() : 0;
    }

    void leave(String name) {
        if (name.equals(namespace)) {
            members.decrementAndGet();
        }
    }

    @Override
    public TokenAnswer answerNow(TokenRequest request) {
        String value = request.value();
        TokenDecision decision = value == null
                ? decide(request.flowId(), 1, false)
                : decide(request.flowId(), 1, List.of(value));
        return switch (decision.status()) {
            case TokenFrames.OK -> TokenAnswer.PASS;
            case TokenFrames.BLOCKED -> TokenAnswer.REFUSED;
            default -> TokenAnswer.UNAVAILABLE;
        };
    }

    @Override
    public void ask(TokenRequest request, Consumer<TokenAnswer> listener) {
        listener.accept(answerNow(request));
    }

    /// What a client gets.
    record TokenDecision(byte status, int remaining, int waitMillis) {
        static TokenDecision of(byte status) {
            return new TokenDecision(status, 0, 0);
        }
    }

    /// @param priority whether tokens of the next part of the window may be taken
    TokenDecision decide(long flowId, int count, boolean priority) {
        TokenLimit limit = limits.get(flowId);
        if (flowId <= 0 || count <= 0) {
            return TokenDecision.of(TokenFrames.BAD_REQUEST);
        }
        return limit == null || limit.ofValues()
                ? TokenDecision.of(TokenFrames.NO_RULE)
                : limit.take(count, priority, members.get());
    }

    /// @param values each of which needs the tokens
    TokenDecision decide(long flowId, int count, List<Object> values) {
        TokenLimit limit = limits.get(flowId);
        if (flowId <= 0 || count <= 0) {
            return TokenDecision.of(TokenFrames.BAD_REQUEST);
        }
        return limit == null || !limit.ofValues()
                ? TokenDecision.of(TokenFrames.NO_RULE)
                : limit.take(count, values, members.get());
    }

    /// Limits how many requests of clients are decided in a second, as Sentinel's servers do.
    static RequestLimiter requestLimiter() {
        SentinelLibrary.start();
        return new RequestLimiter(MOST_REQUESTS);
    }
}
