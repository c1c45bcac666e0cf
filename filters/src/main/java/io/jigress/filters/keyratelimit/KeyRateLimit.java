package io.jigress.filters.keyratelimit;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The configuration of `key-rate-limit`.
///
/// @param listed the limits of keys that are listed (String, or InetAddress)
/// @param others the limit of each other key; null: they are not limited
/// @param trackedKeys the largest number of other keys that have a bucket of their own
record KeyRateLimit(KeySource source, Map<Object, Limit> listed, @Nullable Limit others, int rejectedCode, String rejectedMessage,
        int trackedKeys) {
    KeyRateLimit {
        listed = Map.copyOf(listed);
    }
}
