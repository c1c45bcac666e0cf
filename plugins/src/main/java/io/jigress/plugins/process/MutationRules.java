package io.jigress.plugins.process;

import com.google.protobuf.BoolValue;
import io.envoyproxy.envoy.config.common.mutation_rules.v3.HeaderMutationRules;
import io.jigress.api.JsonReader;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Which fields a server may change (Envoy's `HeaderMutationRules`). For several threads.
public final class MutationRules {
    /// Envoy's rules when none are configured.
    public static final MutationRules DEFAULT = new MutationRules(HeaderMutationRules.getDefaultInstance(), null, null);
    /// Everything that the gateway itself allows, for protocols that have no rules unless some are configured.
    public static final MutationRules ALL = new MutationRules(HeaderMutationRules.newBuilder()
            .setAllowAllRouting(BoolValue.of(true)).setAllowEnvoy(BoolValue.of(true)).build(), null, null);

    private final boolean routing;
    private final boolean envoy;
    private final boolean noSystem;
    private final boolean none;
    private final boolean isError;
    private final @Nullable Predicate<String> allowed;
    private final @Nullable Predicate<String> refused;

    private MutationRules(HeaderMutationRules rules, @Nullable Predicate<String> allowed, @Nullable Predicate<String> refused) {
        routing = rules.getAllowAllRouting().getValue();
        envoy = rules.getAllowEnvoy().getValue();
        noSystem = rules.getDisallowSystem().getValue();
        none = rules.getDisallowAll().getValue();
        isError = rules.getDisallowIsError().getValue();
        this.allowed = allowed;
        this.refused = refused;
    }

    /// @param at where in the configuration the rules stand, for faults
    public static MutationRules of(HeaderMutationRules rules, JsonReader json, String at) {
        return new MutationRules(rules,
                rules.hasAllowExpression()
                        ? TextMatcher.regex(rules.getAllowExpression().getRegex(), json, at + ".allow_expression.regex")
                        : null,
                rules.hasDisallowExpression()
                        ? TextMatcher.regex(rules.getDisallowExpression().getRegex(), json, at + ".disallow_expression.regex")
                        : null);
    }

    /// Whether a refused change fails the request; otherwise it is ignored.
    public boolean isErrors() { return isError; }

    boolean maySet(String name) {
        return may(name.toLowerCase(Locale.ROOT));
    }

    boolean mayRemove(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return !lower.startsWith(":") && !lower.equals("host") && may(lower);
    }

    private boolean may(String name) {
        if (refused != null && refused.test(name)) {
            return false;
        }
        if (allowed != null && allowed.test(name)) {
            return true;
        }
        boolean system = name.startsWith(":");
        boolean routes = name.equals("host") || name.equals(":authority") || name.equals(":scheme") || name.equals(":method");
        return !none && !(noSystem && system) && (envoy || !name.startsWith("x-envoy")) && (routing || !routes);
    }
}
