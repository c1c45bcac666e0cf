package io.jigress.config;

import java.time.Duration;

/// When an endpoint that fails is left out for a while (passive health checking). An endpoint is ejected only while others take requests, and
/// never the last one.
///
/// @param consecutiveFailures ejects after that many attempts in a row that got no response head: the connect failed or timed out, the
///        connection closed, the response was malformed, or the attempt timed out; 0 means never
/// @param consecutiveErrors ejects after that many responses in a row with a status of 500 or more; 0 means never
/// @param ejectionTime of the first ejection; the n-th in a row lasts n times as long
/// @param maxEjectionTime no ejection lasts longer
/// @param maxEjectedPercent of the endpoints of a cluster that may be ejected at once, rounded down but at least one; 0 means none
public record OutlierDetection(int consecutiveFailures, int consecutiveErrors, Duration ejectionTime, Duration maxEjectionTime,
        int maxEjectedPercent) {
    public static final OutlierDetection DEFAULT = new OutlierDetection(5, 0, Duration.ofSeconds(10), Duration.ofMinutes(5), 50);
}
