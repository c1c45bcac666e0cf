package io.jigress.waf;

import io.jigress.waf.model.FieldName;
import io.jigress.waf.model.Variable;
import io.jigress.waf.regex.Regex;
import org.jspecify.annotations.Nullable;

/// A compiled target of a rule or of an exclusion.
final class RuleTarget {
    final Variable variable;
    final boolean count;
    /// Null for all members.
    final @Nullable FieldName field;
    final @Nullable Regex names;

    RuleTarget(Variable variable, boolean count, @Nullable String key, @Nullable Regex names) {
        this.variable = variable;
        this.count = count;
        this.field = key == null ? null : FieldName.of(key);
        this.names = names;
    }

    boolean wantsAll() {
        return field == null && names == null;
    }

    /// Whether a member of the store belongs to the target.
    boolean wants(Store store, int name) {
        if (field != null) {
            return name >= 0 && store.equalsIgnoreCase(name, field.bytes());
        }
        return names == null || name >= 0 && names.find(store.bytes, store.from[name], store.to[name]);
    }

    /// Whether a member of TX or of a kept collection belongs to the target.
    boolean wants(FieldName name) {
        if (field != null) {
            return field.equals(name);
        }
        return names == null || names.find(name.bytes(), 0, name.bytes().length);
    }

    @Override
    public String toString() {
        return (count ? "&" : "") + variable + (field != null ? ":" + field : names != null ? ":/" + names + "/" : "");
    }
}
