package io.jigress.proxy.telemetry;

import io.jigress.api.ProxyFailure;
import java.util.Locale;

/// The words for what can go wrong, the same in logs and labels.
final class Words {
    private static final String[] KINDS = lower(ProxyFailure.Kind.values());
    private static final String[] ORIGINS = lower(ProxyFailure.Origin.values());

    private Words() {}

    static String of(ProxyFailure.Kind kind) {
        return KINDS[kind.ordinal()];
    }

    static String of(ProxyFailure.Origin origin) {
        return ORIGINS[origin.ordinal()];
    }

    private static String[] lower(Enum<?>[] values) {
        String[] words = new String[values.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = values[i].name().toLowerCase(Locale.ROOT);
        }
        return words;
    }
}
