package io.jigress.sentinel.engine;

import io.jigress.api.FilterDecision;
import io.jigress.api.LocalReply;
import io.jigress.sentinel.rule.Fallback;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The answer to a request that a rule refuses.
///
/// @param kind for counters
public record Refusal(Kind kind, FilterDecision decision) {

    /// The kinds of rules, each with its status.
    public enum Kind {
        FLOW("sentinel_flow", 429, "Too many requests."),
        PARAMETER("sentinel_param", 429, "Too many requests."),
        DEGRADE("sentinel_degrade", 503, "The service is not available at the moment."),
        AUTHORITY("sentinel_authority", 403, "The caller may not use this service."),
        SYSTEM("sentinel_system", 503, "The gateway is overloaded.");

        private final String reason;
        private final int status;
        private final String message;

        Kind(String reason, int status, String message) {
            this.reason = reason;
            this.status = status;
            this.message = message;
        }
    }

    static Refusal of(Kind kind, @Nullable Fallback fallback) {
        if (fallback == null) {
            return new Refusal(kind, new FilterDecision.Reply(LocalReply.error(kind.status, kind.message, kind.reason)));
        }
        int status = fallback.status() == 0 ? kind.status : fallback.status();
        String body = fallback.body();
        LocalReply reply = body != null
                ? new LocalReply(status, fallback.headers(), body.getBytes(StandardCharsets.UTF_8), kind.reason)
                : status >= 400 ? LocalReply.error(status, fallback.headers(), kind.message, kind.reason)
                : new LocalReply(status, fallback.headers(), new byte[0], kind.reason);
        return new Refusal(kind, new FilterDecision.Reply(reply));
    }
}
