package io.jigress.plugins.lua;

import io.jigress.api.HeaderName;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Field names that a script uses, each made once. Not for several threads.
final class HeaderNames {
    /// The gateway frames messages itself: what scripts set here is ignored.
    static final Set<String> FRAMING = Set.of("connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer",
            "transfer-encoding", "upgrade");
    private static final int MOST = 500;

    private final Map<String, HeaderName> known = new HashMap<>();

    /// @throws IllegalArgumentException when the text is not a token
    HeaderName of(String text) {
        HeaderName name = known.get(text);
        return name == null ? made(text, text) : name;
    }

    /// The name that was made for a text; null for none.
    @Nullable HeaderName known(String text) {
        return known.get(text);
    }

    /// Makes a name, which the text stands for from now on.
    ///
    /// @throws IllegalArgumentException when the name is not a token
    HeaderName made(String text, String spelled) {
        HeaderName name = HeaderName.of(spelled);
        if (known.size() < MOST) {
            known.put(text, name);
        }
        return name;
    }

    static boolean isFraming(String name) {
        return FRAMING.contains(name.toLowerCase(Locale.ROOT));
    }
}
