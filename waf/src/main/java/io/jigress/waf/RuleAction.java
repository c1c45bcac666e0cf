package io.jigress.waf;

import io.jigress.waf.model.FieldName;
import io.jigress.waf.model.Macro;
import io.jigress.waf.model.Variable;
import org.jspecify.annotations.Nullable;

/// A non-disruptive action of a rule that matches.
sealed interface RuleAction {
    /// `setvar:tx.name=value`.
    ///
    /// @param constantName the name when it contains no macro
    record SetVariable(Variable collection, Macro name, @Nullable FieldName constantName, Change change,
            Macro value) implements RuleAction {
    }

    enum Change {
        SET, ADD, SUBTRACT, REMOVE
    }

    /// `expirevar:ip.name=seconds`.
    record Expire(Variable collection, Macro name, Macro seconds) implements RuleAction {
    }

    /// `initcol:ip=%{REMOTE_ADDR}`.
    record OpenCollection(Variable collection, Macro key) implements RuleAction {
    }

    record SetMode(EngineMode mode) implements RuleAction {
    }

    record SetRequestBodyAccess(boolean on) implements RuleAction {
    }

    record SetResponseBodyAccess(boolean on) implements RuleAction {
    }

    record SetRequestBodyProcessor(String name) implements RuleAction {
    }

    record ForceRequestBody(boolean on) implements RuleAction {
    }

    record SetRequestBodyLimit(int bytes) implements RuleAction {
    }

    record SetResponseBodyLimit(int bytes) implements RuleAction {
    }

    record SetAudit(boolean on) implements RuleAction {
    }

    /// `ctl:ruleRemoveById`, `ctl:ruleRemoveByTag` and the like; the rules are resolved when the set is loaded.
    record RemoveRules(int[] rules) implements RuleAction {
    }

    /// `ctl:ruleRemoveTargetById`, `ctl:ruleRemoveTargetByTag` and the like.
    record RemoveTarget(int[] rules, RuleTarget target) implements RuleAction {
    }
}
