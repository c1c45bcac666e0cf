package io.jigress.proxy.telemetry;

import io.jigress.api.ProxyFailure;
import java.util.Locale;

/// The names of failures, the same in logs and in labels.
final class Words {
    private Words() {}

    static String of(ProxyFailure.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    static String of(Metric.Type type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    static String of(ProxyProtocolFailure reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    static String of(HandshakeFailure reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    static String of(UpstreamTlsFailure reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    static String of(SessionEnd reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    static String of(DatagramDrop reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    /// Does not allocate.
    static String of(ClosedBy who) {
        return switch (who) {
            case CLIENT -> "client";
            case GATEWAY -> "gateway";
            case UPSTREAM -> "upstream";
        };
    }

    /// Does not allocate.
    static String of(ProxyFailure.Origin origin) {
        return switch (origin) {
            case CLIENT -> "client";
            case GATEWAY -> "gateway";
            case UPSTREAM -> "upstream";
        };
    }
}
