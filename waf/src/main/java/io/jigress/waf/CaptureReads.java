package io.jigress.waf;

import io.jigress.waf.Rule.Capture;
import io.jigress.waf.model.Macro;
import io.jigress.waf.model.Variable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Determines which groups of its matches a rule with `capture` must find: finding groups costs more than finding the match, and most rules name
/// only the whole match, in a message that is recorded once.
///
/// The members `0` to `9` of TX stay until the next match with groups. If a chain reads them without a match with groups of its own, they may come from
/// any rule, and all rules find all groups of every match. Messages of a rule with `capture` whose operator has no groups (`@streq`) do not count.
final class CaptureReads {
    private boolean readsOthers;

    /// What a chain reads of the last rule that captures, as bits of groups.
    private static final class Producer {
        private final Rule rule;
        /// Read by its own actions, for each match.
        private int each;
        /// Read when its first match is recorded.
        private int first;
        /// Read after its last match.
        private int last;

        Producer(Rule rule) {
            this.rule = rule;
        }

        void resolve() {
            int groups = each | first | last;
            rule.lastGroup = groups == 0 ? 0 : 31 - Integer.numberOfLeadingZeros(groups);
            if (groups == 0) {
                rule.captures = Capture.NEVER;
            } else if (groups == first) {
                rule.captures = Capture.FIRST;
            } else {
                rule.captures = each == 0 && first == 0 ? Capture.LAST : Capture.EACH;
            }
        }
    }

    private CaptureReads() {
    }

    /// Sets [Rule#captures] and [Rule#lastGroup] of all rules.
    static void resolve(List<Rule> heads) {
        CaptureReads reads = new CaptureReads();
        for (Rule head : heads) {
            reads.chain(head);
        }
        if (reads.readsOthers) {
            for (Rule head : heads) {
                for (Rule link = head; link != null; link = link.next) {
                    link.captures = captures(link) ? Capture.EACH : Capture.NEVER;
                    link.lastGroup = 9;
                }
            }
        }
    }

    private static boolean captures(Rule rule) {
        return rule.capture && !rule.negated && rule.operator != null;
    }

    private void chain(Rule head) {
        Producer producer = null;
        boolean captures = false;
        for (Rule link = head; link != null; link = link.next) {
            int before = link.operatorReads;
            for (RuleTarget target : link.targets) {
                before |= groups(target);
            }
            readLater(producer, before);
            if (captures(link) && link.operator != null && link.operator.captures()) {
                if (producer != null) {
                    producer.resolve();
                }
                producer = new Producer(link);
            }
            captures |= link.capture;
            int own = 0;
            for (RuleAction action : link.actions) {
                own |= groups(action);
            }
            if (producer != null && producer.rule == link) {
                producer.each |= own;
            } else {
                readLater(producer, own);
            }
        }
        int recorded = groups(head.message) | groups(head.data);
        if (producer != null && head.next == null) {
            producer.first |= recorded;
        } else if (producer != null || !captures) {
            readLater(producer, recorded);
        }
        readLater(producer, groups(head.location));
        if (producer != null) {
            producer.resolve();
        }
    }

    private void readLater(@Nullable Producer producer, int groups) {
        if (producer != null) {
            producer.last |= groups;
        } else {
            readsOthers |= groups != 0;
        }
    }

    private static int groups(RuleTarget target) {
        int groups = 0;
        if (target.variable == Variable.TX) {
            for (int group = 0; group <= 9; group++) {
                if (target.wants(RuleEvaluator.GROUPS[group])) {
                    groups |= 1 << group;
                }
            }
        }
        return groups;
    }

    private static int groups(RuleAction action) {
        return switch (action) {
            case RuleAction.SetVariable set -> set.name().groups() | set.value().groups();
            case RuleAction.Expire expire -> expire.name().groups() | expire.seconds().groups();
            case RuleAction.OpenCollection open -> open.key().groups();
            case RuleAction.SetMode _,RuleAction.SetRequestBodyAccess _,RuleAction.SetResponseBodyAccess _,RuleAction.SetRequestBodyProcessor _,RuleAction.ForceRequestBody _,RuleAction.SetRequestBodyLimit _,RuleAction.SetResponseBodyLimit _,RuleAction.SetAudit _,RuleAction.RemoveRules _,RuleAction.RemoveTarget _ ->
                0;
        };
    }

    private static int groups(@Nullable Macro macro) {
        return macro == null ? 0 : macro.groups();
    }
}
