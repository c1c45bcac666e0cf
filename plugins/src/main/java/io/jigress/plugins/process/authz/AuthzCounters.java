package io.jigress.plugins.process.authz;

import io.jigress.api.Services;
import io.jigress.api.Services.Counter;
import io.jigress.api.Services.Histogram;

/// The metrics of authorization plugins.
final class AuthzCounters {
    private static final double[] SECONDS = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5};

    private final Counter allowed;
    private final Counter denied;
    private final Counter errors;
    private final Counter failureAllowed;
    private final Counter disabled;
    private final Counter invalid;
    private final Counter rejected;
    private final Counter quarantined;
    private final Histogram duration;

    AuthzCounters(Services services) {
        allowed = services.counter("allowed", "Requests that the server allowed");
        denied = services.counter("denied", "Requests that the server denied");
        errors = services.counter("errors", "Requests about which the server did not decide");
        failureAllowed = services.counter("failure_mode_allowed", "Requests that went on though the server did not decide");
        disabled = services.counter("disabled", "Requests that were not checked, by filter_enabled");
        invalid = services.counter("invalid", "Verdicts with changes that are not valid");
        rejected = services.counter("rejected_mutations", "Changes of fields that were refused");
        quarantined = services.counter("quarantined",
                "Requests that got the fail mode at once, since the plugin is in quarantine");
        duration = services.histogram("check_seconds", "How long checks take", SECONDS);
    }

    void allowed() {
        allowed.add(1);
    }

    void denied() {
        denied.add(1);
    }

    void failed(boolean open) {
        errors.add(1);
        if (open) {
            failureAllowed.add(1);
        }
    }

    void disabled() {
        disabled.add(1);
    }

    void invalid() {
        invalid.add(1);
    }

    void rejected(long count) {
        rejected.add(count);
    }

    void quarantined() {
        quarantined.add(1);
    }

    void took(long nanos) {
        duration.record(nanos / 1e9);
    }
}
