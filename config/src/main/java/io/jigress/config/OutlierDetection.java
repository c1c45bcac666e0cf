package io.jigress.config;

import java.time.Duration;

/// When an endpoint that fails is left out for a while (passive health checking). An endpoint is ejected only while others take requests, and
/// never the last one.
///
/// @param consecutiveConnectFailures ejects after that many connects in a row that failed or timed out; 0 means never
/// @param consecutiveFailures ejects after that many responses in a row with a status of 500 or more, resets and attempts that timed out;
///        0 means never
/// @param ejectionTime of the first ejection; the n-th in a row lasts n times as long
/// @param maxEjectionTime no ejection lasts longer
/// @param maxEjectedPercent of the endpoints of a cluster that may be ejected at once
public record OutlierDetection(int consecutiveConnectFailures, int consecutiveFailures, Duration ejectionTime,
        Duration maxEjectionTime,
        int maxEjectedPercent) {
    public static final OutlierDetection DEFAULT = new OutlierDetection(5, 0, Duration.ofSeconds(10), Duration.ofMinutes(5), 50);
}
