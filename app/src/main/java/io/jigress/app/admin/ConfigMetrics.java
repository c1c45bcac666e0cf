package io.jigress.app.admin;

import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import java.util.List;

/// Metrics of the configuration's problems. For several threads.
public final class ConfigMetrics {
    private volatile long lastSuccessMillis;

    /// The configuration is live and has no error.
    public void succeeded(long epochMillis) {
        lastSuccessMillis = epochMillis;
    }

    /// The text of these metrics, as docs/metrics.md lists them.
    public String text(List<Problem> problems) {
        long errors = problems.stream().filter(problem -> problem.severity() == Severity.ERROR).count();
        return """
                # HELP jigress_config_problems Problems of the configuration now.
                # TYPE jigress_config_problems gauge
                jigress_config_problems{severity="error"} %d
                jigress_config_problems{severity="warning"} %d
                # HELP jigress_config_last_success_timestamp_seconds When a configuration without errors last went live, in seconds since 1970; 0: never.
                # TYPE jigress_config_last_success_timestamp_seconds gauge
                jigress_config_last_success_timestamp_seconds %d.%03d
                """
                .formatted(errors, problems.size() - errors, lastSuccessMillis / 1000, lastSuccessMillis % 1000);
    }
}
