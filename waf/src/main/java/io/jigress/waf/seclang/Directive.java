package io.jigress.waf.seclang;

import java.util.List;

/// One directive of a rule file.
public sealed interface Directive {
    SourcePlace place();

    /// `SecRule TARGETS OPERATOR ACTIONS`. Links of a chain follow each other.
    record Rule(SourcePlace place, List<Target> targets, OperatorCall operator, List<ActionCall> actions) implements Directive {
        public Rule {
            targets = List.copyOf(targets);
            actions = List.copyOf(actions);
        }
    }

    /// `SecAction ACTIONS`: a rule that always matches.
    record Action(SourcePlace place, List<ActionCall> actions) implements Directive {
        public Action {
            actions = List.copyOf(actions);
        }
    }

    /// `SecMarker LABEL`: where evaluation continues after `skipAfter`.
    record Marker(SourcePlace place, String label) implements Directive {
    }

    /// `SecDefaultAction ACTIONS`.
    record DefaultAction(SourcePlace place, List<ActionCall> actions) implements Directive {
        public DefaultAction {
            actions = List.copyOf(actions);
        }
    }

    /// `SecRuleUpdateTargetById ID TARGETS`, and the same by tag or message.
    record UpdateTargets(SourcePlace place, RuleSelector rules, List<Target> targets) implements Directive {
        public UpdateTargets {
            targets = List.copyOf(targets);
        }
    }

    /// `SecRuleUpdateActionById ID ACTIONS`.
    record UpdateActions(SourcePlace place, RuleSelector rules, List<ActionCall> actions) implements Directive {
        public UpdateActions {
            actions = List.copyOf(actions);
        }
    }

    /// `SecRuleRemoveById`, `SecRuleRemoveByTag`, `SecRuleRemoveByMsg`.
    record RemoveRules(SourcePlace place, RuleSelector rules) implements Directive {
    }

    /// `Include PATTERN`.
    record Include(SourcePlace place, String pattern) implements Directive {
    }

    /// Every other directive: its name as written, and its arguments.
    record Setting(SourcePlace place, String name, List<String> arguments) implements Directive {
        public Setting {
            arguments = List.copyOf(arguments);
        }
    }
}
