package io.jigress.config;

import java.time.Duration;
import java.util.Set;

/// When a request whose attempt failed is sent again, to another endpoint where there is one.
///
/// A request of which no byte was sent is sent again whatever its method is; else it must be idempotent (RFC 9110, section 9.2.2) and its body
/// must still be available.
///
/// @param attempts how often a request is sent again at most; 0 means never
/// @param conditions the failures that are followed by another attempt
/// @param statuses of responses that are followed by another attempt, 400 to 599; the last attempt's response is passed on
/// @param backoff the pause before the first retry; each further one is twice as long, up to ten times this one. Zero: none
/// @param hedgingDelay after which an idempotent request without a response is sent to another endpoint as well; the first response is passed on,
///        and the other attempt cancelled. Zero: never
/// @param budgetPercent how many percent of the requests in flight in a cluster may be retries; three are always allowed. Connects that failed
///        before a byte was sent do not count
public record RetryPolicy(int attempts, Set<Condition> conditions, Set<Integer> statuses, Duration backoff, Duration hedgingDelay,
        int budgetPercent) {
    /// What happened to an attempt.
    public enum Condition {
        /// The connection could not be made.
        CONNECT_FAILURE,
        /// The upstream refused the request without processing it (HTTP/2: REFUSED_STREAM).
        REFUSED,
        /// The connection ended before a byte of the response.
        RESET,
        /// No response head within the attempt's time.
        TIMEOUT
    }

    public static final RetryPolicy DEFAULT = new RetryPolicy(2,
            Set.of(Condition.CONNECT_FAILURE, Condition.REFUSED, Condition.RESET, Condition.TIMEOUT), Set.of(), Duration.ZERO,
            Duration.ZERO, 20);
    public static final RetryPolicy NEVER = new RetryPolicy(0, Set.of(), Set.of(), Duration.ZERO, Duration.ZERO, 20);

    /// Whether a response with that status is followed by another attempt.
    public boolean retries(int status) {
        return !statuses.isEmpty() && statuses.contains(status);
    }

    public RetryPolicy {
        conditions = Set.copyOf(conditions);
        statuses = Set.copyOf(statuses);
    }
}
