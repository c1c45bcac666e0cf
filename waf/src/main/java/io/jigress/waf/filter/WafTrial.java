package io.jigress.waf.filter;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.waf.RuleMatch;
import io.jigress.waf.RuleSet;
import io.jigress.waf.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Evaluates single requests without a gateway: why a request is blocked, or would be.
public final class WafTrial {
    private final RuleSet rules;

    private WafTrial(RuleSet rules) {
        this.rules = rules;
    }

    /// The result of [#of].
    public sealed interface Result {
        record Ready(WafTrial trial) implements Result {
        }

        record Faulty(List<String> faults) implements Result {
        }
    }

    /// Loads the rules of a filter's configuration.
    public static Result of(Json config, Optional<CoreRuleSet> coreRuleSet, int heldBytes) {
        WafFactory factory = WafFactory.ofChecks(() -> coreRuleSet, heldBytes);
        JsonReader reader = JsonReader.of("config", config);
        WafConfig parsed = factory.parse(reader);
        if (reader.failed()) {
            return new Result.Faulty(reader.issues().stream().filter(JsonReader.Issue::error)
                    .map(issue -> issue.path() + " " + issue.what() + " (expected: " + issue.expected() + ")").toList());
        }
        try {
            return new Result.Ready(new WafTrial(WafRules.load(parsed, coreRuleSet)));
        } catch (WafRules.Refused e) {
            return new Result.Faulty(List.of(e.toString()));
        }
    }

    /// Evaluates a request. The result has `action` (`passed`, `detected` or `blocked`), the deciding rule or limit, scores and `matches`.
    ///
    /// @param headers including Host
    public Json.Obj judge(String method, String target, List<Map.Entry<String, String>> headers, byte[] body) {
        Transaction transaction = rules.begin();
        transaction.connection("127.0.0.1", 0, "", 80, "trial");
        transaction.requestLine(method, target, "HTTP/1.1");
        headers.forEach(header -> transaction.requestHeader(header.getKey(), header.getValue()));
        transaction.requestHead();
        transaction.requestBodyBytes(body, 0, body.length);
        transaction.requestBody();
        transaction.finish();
        Json.Builder out = Json.object();
        AuditRecord.verdict(out, transaction);
        List<Json> matches = new ArrayList<>();
        for (RuleMatch match : transaction.matches()) {
            Json.Obj entry = AuditRecord.match(match);
            Json.Builder placed = Json.object();
            entry.members().forEach(placed::put);
            rules.placeOf(match.ruleId()).ifPresent(place -> placed.put("place", place));
            matches.add(placed.build());
        }
        return out.put("matches", Json.array(matches)).build();
    }
}
