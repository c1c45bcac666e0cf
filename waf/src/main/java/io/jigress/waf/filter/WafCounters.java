package io.jigress.waf.filter;

import io.jigress.api.Services;
import io.jigress.waf.RuleMatch;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The counters of the filter. The names are fixed, so that a rule set cannot create an unbounded number of them.
final class WafCounters {
    private static final List<String> CATEGORIES = List.of("sqli", "xss", "rce", "lfi", "rfi", "injection-php",
            "injection-generic", "protocol");

    private final Services services;
    private final Services.Counter judged;
    private final Services.Counter blocked;
    private final Services.Counter detected;
    private final Services.Counter limits;
    private final Services.Counter matched;
    private final Services.Counter other;
    private final Map<String, Services.Counter> categories = new LinkedHashMap<>();
    /// By id; as many as the rule set has rules.
    private final Map<Long, Services.Counter> rules = new HashMap<>();

    WafCounters(Services services) {
        this.services = services;
        judged = services.counter("judged", "Requests that the rules have judged.");
        blocked = services.counter("blocked", "Requests and responses that were blocked.");
        detected = services.counter("detected", "Requests and responses that would have been blocked if the mode were block.");
        limits = services.counter("limits", "Requests and responses that were refused since they reached a limit.");
        matched = services.counter("matched", "Rules that matched and are logged.");
        for (String category : CATEGORIES) {
            categories.put("attack-" + category, services.counter("matched_" + category.replace('-', '_'),
                    "Rules that matched with the tag attack-" + category + "."));
        }
        other = services.counter("matched_other", "Rules that matched with none of these tags.");
    }

    void judged() {
        judged.add(1);
    }

    void blocked(boolean byLimit) {
        (byLimit ? limits : blocked).add(1);
    }

    void detected() {
        detected.add(1);
    }

    void matched(List<RuleMatch> matches) {
        for (RuleMatch match : matches) {
            matched.add(1);
            category(match).add(1);
            rules.computeIfAbsent(match.ruleId(), this::rule).add(1);
        }
    }

    private Services.Counter rule(Long id) {
        return services.counter("rule_matches", "Matches that are logged, by the id of the rule.", "rule", id.toString());
    }

    private Services.Counter category(RuleMatch match) {
        for (String tag : match.tags()) {
            Services.Counter counter = categories.get(tag);
            if (counter != null) {
                return counter;
            }
        }
        return other;
    }
}
