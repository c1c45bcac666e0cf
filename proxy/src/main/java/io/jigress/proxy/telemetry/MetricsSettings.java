package io.jigress.proxy.telemetry;

/// How many names metrics may have; what comes later shares the name `other`.
///
/// @param routes the setting `metrics.routes`
/// @param clusters the setting `metrics.clusters`
public record MetricsSettings(int routes, int clusters) {
    public static final MetricsSettings DEFAULT = new MetricsSettings(1_000, 1_000);
}
