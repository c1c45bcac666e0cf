package io.jigress.waf.filter;

import io.jigress.api.Exchange;
import io.jigress.api.Json;
import io.jigress.waf.Interruption;
import io.jigress.waf.RuleMatch;
import io.jigress.waf.Transaction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One entry of the audit log.
final class AuditRecord {
    /// Longer strings are cut.
    private static final int MAX_TEXT = 256;
    /// Parts of names: the values of variables with such a name are not written.
    private static final List<String> SECRETS = List.of("cookie", "authorization", "password", "passwd", "pwd", "secret", "token",
            "session", "api-key", "apikey", "api_key");

    private AuditRecord() {
    }

    static Json.Obj of(Exchange exchange, Instant now, Transaction transaction, List<RuleMatch> matches) {
        Json.Builder entry = Json.object()
                .put("time", now.toString())
                .put("id", exchange.id())
                .put("client", exchange.clientAddress().getHostAddress())
                .put("route", exchange.routeName())
                .put("method", exchange.request().method())
                .put("host", exchange.request().authority())
                .put("path", cut(exchange.request().path()));
        verdict(entry, transaction);
        List<Json> found = new ArrayList<>();
        for (RuleMatch match : matches) {
            found.add(match(match));
        }
        return entry.put("matches", Json.array(found)).build();
    }

    /// The decision, the rule or limit that caused it, and the scores.
    static void verdict(Json.Builder entry, Transaction transaction) {
        Interruption interruption = transaction.interruption();
        Interruption decision = interruption == null ? transaction.detected() : interruption;
        entry.put("action", action(transaction));
        decision(entry, decision);
        Scores.of(transaction).addTo(entry);
    }

    /// What the rules made of the request: `blocked`, `detected` or `passed`.
    static String action(Transaction transaction) {
        return transaction.interruption() != null ? "blocked" : transaction.detected() != null ? "detected" : "passed";
    }

    private static void decision(Json.Builder entry, @Nullable Interruption decision) {
        if (decision == null) {
            return;
        }
        entry.put("status", decision.status());
        if (decision.ruleId() == 0) {
            entry.put("limit", decision.limit());
        } else {
            entry.put("rule", decision.ruleId());
        }
    }

    static Json.Obj match(RuleMatch match) {
        Json.Builder out = Json.object().put("rule", match.ruleId()).put("phase", match.phase()).put("msg", cut(match.message()))
                .put("variable", cut(match.variable()));
        if (!match.data().isEmpty()) {
            out.put("data", isSecret(match.variable()) ? "(not shown)" : cut(match.data()));
        }
        if (match.severity() >= 0) {
            out.put("severity", match.severity());
        }
        return out.put("tags", Json.array(match.tags().stream().map(Json::of).toList())).build();
    }

    /// Whether a variable, judging by its name, holds a secret that must not be logged.
    static boolean isSecret(String variable) {
        String name = variable.toLowerCase(Locale.ROOT);
        return SECRETS.stream().anyMatch(name::contains);
    }

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "...";
    }
}
