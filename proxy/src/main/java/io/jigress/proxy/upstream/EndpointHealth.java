package io.jigress.proxy.upstream;

import io.jigress.api.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What outlier detection says of an endpoint of one cluster at one moment, for people.
///
/// @param since when this state began; null where nothing has failed lately
/// @param until when an ejection, or the wait for the outcome of probes, ends; null in other states
/// @param reason of the last ejection or failure; empty where nothing has failed lately
/// @param ejections how many times in a row it was ejected
public record EndpointHealth(State state, @Nullable Instant since, @Nullable Instant until, String reason, int ejections) {
    public enum State {
        /// Takes its share of requests.
        HEALTHY,
        /// Has failed as often as ejects an endpoint, but takes requests: too many others are ejected.
        FAILING,
        /// Takes no requests.
        EJECTED,
        /// Its ejection is over: takes few requests until one is answered.
        PROBED
    }

    /// `{state, since, until, reason, ejections}`, without what is not known.
    public Json.Builder describe(Json.Builder out) {
        out.put("state", state.name().toLowerCase(Locale.ROOT));
        if (since != null) {
            out.put("since", since.truncatedTo(ChronoUnit.MILLIS).toString());
        }
        if (until != null) {
            out.put("until", until.truncatedTo(ChronoUnit.MILLIS).toString());
        }
        if (!reason.isEmpty()) {
            out.put("reason", reason);
        }
        return ejections == 0 ? out : out.put("ejections", ejections);
    }

    static final EndpointHealth HEALTHY = new EndpointHealth(State.HEALTHY, null, null, "", 0);
}
