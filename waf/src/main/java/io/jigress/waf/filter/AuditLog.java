package io.jigress.waf.filter;

import io.jigress.api.Json;

/// Receives records of requests for which rules matched. Called on event loops: must not block.
@FunctionalInterface
public interface AuditLog {
    AuditLog NONE = _ -> {};

    void write(Json.Obj entry);

    /// A filter that evaluates requests begins to use the log. On its event loop, as [#closed].
    default void opened() {}

    /// It has ended.
    default void closed() {}
}
