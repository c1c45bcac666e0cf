package io.jigress.api.blocking;

import java.time.Duration;

/// What the calls of a [BlockingFilter] may take.
///
/// @param deadline of each call; 1 ms to 10 minutes
/// @param requestBody the longest body of a request in bytes, which the filter is given whole; a longer one is refused with 413. 0: the filter does
/// not see bodies, which pass unread. Not more than `limits.held.bytes`
/// @param responseBody as of requests; a longer one is replaced by a 502
public record BlockingLimits(Duration deadline, int requestBody, int responseBody) {
    private static final Duration LONGEST = Duration.ofMinutes(10);
    /// One second, without bodies.
    public static final BlockingLimits DEFAULT = new BlockingLimits(Duration.ofSeconds(1), 0, 0);

    public BlockingLimits {
        if (deadline.compareTo(Duration.ofMillis(1)) < 0 || deadline.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("deadline: " + deadline + " (expected: 1 ms to 10 minutes)");
        }
        if (requestBody < 0 || responseBody < 0) {
            throw new IllegalArgumentException("bodies: " + requestBody + ", " + responseBody + " bytes (expected: 0 or more)");
        }
    }

    /// The same with another deadline.
    public BlockingLimits withDeadline(Duration other) {
        return new BlockingLimits(other, requestBody, responseBody);
    }

    /// The same with bodies up to these lengths.
    public BlockingLimits withBodies(int request, int response) {
        return new BlockingLimits(deadline, request, response);
    }
}
