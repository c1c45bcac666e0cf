package io.jigress.sentinel.rule;

import io.jigress.api.JsonReader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads `clusterMode` and `clusterConfig`.
final class ClusterReader {
    private static final List<List<String>> THRESHOLDS = List.of(List.of("avgLocal"), List.of("global"));
    private static final int MOST_WINDOW_MILLIS = 86_400_000;
    private static final int MOST_PARTS = 100;
    private static final int PARTS = 10;
    /// Fields of Sentinel for a way of counting that its token clients do not offer.
    private static final String[] CONCURRENT = {"resourceTimeout", "resourceTimeoutStrategy", "acquireRefuseStrategy",
        "clientOfflineTime", "strategy"};

    private ClusterReader() {}

    /// @param threads whether the rule limits requests in flight
    /// @param windowMillis the default of `windowIntervalMs`
    /// @param strict whether unknown fields are errors
    /// @return null when the rule is for this gateway alone
    static @Nullable ClusterLimit read(JsonReader rule, boolean threads, long windowMillis, boolean strict) {
        boolean on = rule.bool("clusterMode", false);
        if (!on || threads) {
            rule.ignore("clusterConfig");
            if (on) {
                rule.warning("clusterMode",
                        "is true, and a token server does not count requests in flight: the rule applies to this"
                                + " gateway alone",
                        "false, or grade qps (1)");
            }
            return null;
        }
        if (!rule.has("clusterConfig")) {
            rule.ignore("clusterConfig");
            rule.error("clusterConfig", "is missing, and clusterMode is true", "an object with flowId");
            return null;
        }
        JsonReader config = rule.object("clusterConfig");
        long flowId = config.requiredInteger("flowId", 1, Long.MAX_VALUE);
        boolean perMember = Fields.code(config, "thresholdType", 0, THRESHOLDS) == 0;
        boolean local = config.bool("fallbackToLocalWhenFail", true);
        int window = (int) config.integer("windowIntervalMs", windowMillis, 1, MOST_WINDOW_MILLIS);
        int parts = (int) config.integer("sampleCount", PARTS, 1, MOST_PARTS);
        if (window % parts != 0) {
            config.error("sampleCount", "is " + parts + ", which does not divide windowIntervalMs (" + window + ")",
                    "a divisor of windowIntervalMs");
        }
        config.ignore(CONCURRENT);
        if (strict) {
            config.finishStrictly("the rule would not limit as written");
        } else {
            config.finish();
        }
        return new ClusterLimit(flowId, perMember, local, window, parts);
    }
}
