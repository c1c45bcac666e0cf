package io.jigress.proxy.telemetry;

/// How many routes and clusters have metrics of their own; later ones share the name `other`.
///
/// @param routes the setting `metrics.routes`
/// @param clusters the setting `metrics.clusters`
public record MetricsSettings(int routes, int clusters) {
    public static final MetricsSettings DEFAULT = new MetricsSettings(1_000, 1_000);
}
