package io.jigress.admin;

import io.jigress.api.Json;
import io.jigress.control.ResourceKey;
import java.util.Set;

/// Shows objects without the values of Secrets.
public final class Redaction {
    private static final Json REDACTED = Json.of("(redacted)");
    private static final Set<String> VALUES = Set.of("data", "stringData");

    private Redaction() {}

    /// The object itself, or a Secret with its keys but not its values.
    public static Json redact(ResourceKey key, Json object) {
        if (!key.kind().equals("Secret") || !key.group().isEmpty()) {
            return object;
        }
        if (!(object instanceof Json.Obj secret)) {
            return REDACTED;
        }
        Json.Builder out = Json.object();
        secret.members().forEach((name, value) -> out.put(name,
                VALUES.contains(name) ? values(value) : name.equals("metadata") ? metadata(value) : value));
        return out.build();
    }

    private static Json values(Json value) {
        if (!(value instanceof Json.Obj values)) {
            return REDACTED;
        }
        Json.Builder out = Json.object();
        values.members().keySet().forEach(name -> out.put(name, REDACTED));
        return out.build();
    }

    /// `kubectl apply` keeps the whole object, values included, in an annotation; other tools might too.
    private static Json metadata(Json value) {
        if (!(value instanceof Json.Obj metadata)) {
            return value;
        }
        Json.Builder out = Json.object();
        metadata.members().forEach((name, member) -> out.put(name, name.equals("annotations") ? values(member) : member));
        return out.build();
    }
}
