package io.jigress.waf;

import io.jigress.waf.model.Variable;
import io.jigress.waf.regex.Regex;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A target of a rule, or of an exclusion, ready to be looked up.
final class RuleTarget {
    final Variable variable;
    final boolean count;
    /// In lower case; null for all members.
    final @Nullable String field;
    final byte @Nullable [] key;
    final @Nullable Regex names;

    RuleTarget(Variable variable, boolean count, @Nullable String key, @Nullable Regex names) {
        this.variable = variable;
        this.count = count;
        this.field = key == null ? null : key.toLowerCase(Locale.ROOT);
        this.key = field == null ? null : field.getBytes(StandardCharsets.ISO_8859_1);
        this.names = names;
    }

    boolean wantsAll() {
        return field == null && names == null;
    }

    /// Whether a member of the store belongs to the target.
    boolean wants(Store store, int name) {
        if (key != null) {
            return name >= 0 && store.equalsIgnoreCase(name, key);
        }
        return names == null || name >= 0 && names.find(store.bytes, store.from[name], store.to[name]);
    }

    /// Whether a member that is known by a string belongs to the target.
    boolean wants(String name) {
        if (field != null) {
            return field.equals(name);
        }
        if (names == null) {
            return true;
        }
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        return names.find(bytes, 0, bytes.length);
    }
}
