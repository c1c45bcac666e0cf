package io.jigress.control;

import io.jigress.control.kinds.Kinds;
import org.jspecify.annotations.Nullable;

/// A listener of a Gateway or a ListenerSet: a section of a socket. Its text names it in the configuration of the data plane.
///
/// @param owner the Gateway or ListenerSet
public record Section(ResourceKey owner, String listener) {
    private static final String GATEWAY = "gateway/";
    private static final String LISTENER_SET = "listenerset/";

    /// `gateway/default/web/http`, `listenerset/default/more@east/http`.
    public String text() {
        return (Kinds.is(owner, Kinds.GATEWAY_API, "ListenerSet") ? LISTENER_SET : GATEWAY) + owner.path() + "/" + listener;
    }

    /// Parses the result of [#text]; null for other texts.
    public static @Nullable Section parse(String text) {
        int last = text.lastIndexOf('/');
        String kind = text.startsWith(GATEWAY) ? GATEWAY : text.startsWith(LISTENER_SET) ? LISTENER_SET : "";
        if (kind.isEmpty() || last < kind.length()) {
            return null;
        }
        return new Section(ResourceKey.ofPath(Kinds.GATEWAY_API, kind.equals(GATEWAY) ? "Gateway" : "ListenerSet",
                text.substring(kind.length(), last)), text.substring(last + 1));
    }
}
