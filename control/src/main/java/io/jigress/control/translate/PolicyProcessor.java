package io.jigress.control.translate;

import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.TargetRef;
import io.jigress.control.kinds.TrafficPolicy;
import io.jigress.control.kinds.TrafficSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// TrafficPolicies: a change affects the old and new targets.
final class PolicyProcessor implements KindProcessor {
    private final TranslationIndex index;
    private final Targets targets;

    PolicyProcessor(TranslationIndex index, Targets targets) {
        this.index = index;
        this.targets = targets;
    }

    @Override
    public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
        TrafficPolicy old = index.policies.get(key);
        boolean aged = before != null && after != null && before.created() != after.created();
        if (!index.policies.put(key, after) && !aged) {
            return;
        }
        if (old != null) {
            index.traffic.detach(key, old.targets());
            targets.touch(old.targets(), index.traffic);
        }
        TrafficPolicy now = index.policies.get(key);
        if (now != null && after != null) {
            index.traffic.attach(after, now.settings(), now.targets().stream().filter(TargetRef::valid).toList());
            targets.touch(now.targets(), index.traffic);
        }
    }

    @Override
    public void report(ResourceKey key, Reports reports) {
        Table.Entry<TrafficPolicy> entry = index.policies.entry(key);
        if (entry == null) {
            reports.problems(key, List.of());
            reports.status(key, null);
            return;
        }
        Findings findings = new Findings(entry.resource(), entry.problems());
        List<TargetRef> valid = entry.value().targets().stream().filter(TargetRef::valid).toList();
        Severity severity = valid.stream().anyMatch(targets::exists) ? Severity.WARNING : Severity.ERROR;
        for (TargetRef target : valid) {
            targets.requireExisting(target, severity, false, findings);
            for (Attachments.Attached<TrafficSettings> older : index.traffic.at(target.key())) {
                if (older.owner().equals(key)) {
                    break;
                }
                List<String> overlap = older.section().equals(target.section())
                        ? entry.value().settings().overlap(older.value())
                        : List.of();
                for (String field : overlap) {
                    findings.warning(field,
                            "is also set by " + older.owner() + " for " + Targets.show(target) + ", which is older and wins",
                            "one TrafficPolicy per field and target");
                }
            }
        }
        reports.problems(key, findings.list());
        reports.status(key, FactProcessor.accepted(entry));
    }
}
