package io.jigress.proxy.route;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The path of the current request as a string, created when an expression first needs it.
final class PathText {
    private @Nullable String text;

    String of(byte[] path, int from, int to) {
        String known = text;
        if (known == null) {
            known = new String(path, from, to - from, StandardCharsets.UTF_8);
            text = known;
        }
        return known;
    }

    void clear() {
        text = null;
    }
}
