package io.jigress.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How long a call of a filter may take. Zero means no limit; null stands for the gateway's setting. Accurate to about 50 ms.
///
/// @param deadline for the whole call, all attempts and the response's body included
/// @param head for each attempt of an HTTP call, from the end of the request to the head of the response (`timeouts.attempt`)
/// @param idle the longest time in which nothing is sent or received (`timeouts.silence`; null means none for a channel)
public record CallLimits(Duration deadline, @Nullable Duration head, @Nullable Duration idle) {
    /// No deadline, and the gateway's settings for the rest.
    public static final CallLimits NO_DEADLINE = new CallLimits(Duration.ZERO, null, null);

    public CallLimits {
        require("deadline", deadline);
        require("head", head);
        require("idle", idle);
    }

    /// A deadline, and the gateway's settings for the rest.
    public static CallLimits within(Duration deadline) {
        return new CallLimits(deadline, null, null);
    }

    private static void require(String name, @Nullable Duration value) {
        if (value != null && value.isNegative()) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 0 or more)");
        }
    }
}
