package io.jigress.waf.filter;

import io.jigress.api.Json;
import io.jigress.waf.Transaction;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// The anomaly scores that the rules of the Core Rule Set have added up: in total, and by the category of the attack.
record Scores(Map<String, Long> totals, Map<String, Long> categories) {
    private static final String[][] TOTALS = {{"inboundScore", "blocking_inbound_anomaly_score"},
        {"outboundScore", "blocking_outbound_anomaly_score"}};
    private static final String[][] CATEGORIES = {{"sqli", "sql_injection_score"}, {"xss", "xss_score"}, {"rce", "rce_score"},
        {"lfi", "lfi_score"}, {"rfi", "rfi_score"}, {"php", "php_injection_score"}, {"http", "http_violation_score"},
        {"session", "session_fixation_score"}};

    static Scores of(Transaction transaction) {
        Map<String, Long> totals = new LinkedHashMap<>();
        for (String[] total : TOTALS) {
            long score = score(transaction, total[1]);
            if (score >= 0) {
                totals.put(total[0], score);
            }
        }
        Map<String, Long> categories = new LinkedHashMap<>();
        for (String[] category : CATEGORIES) {
            long score = score(transaction, category[1]);
            if (score > 0) {
                categories.put(category[0], score);
            }
        }
        return new Scores(totals, categories);
    }

    /// A member of TX that is a number; -1 when it is not set, or something else.
    private static long score(Transaction transaction, String field) {
        String value = transaction.transactionField(field);
        return value.isEmpty() || value.length() > 9 || !value.chars().allMatch(c -> c >= '0' && c <= '9')
                ? -1
                : Long.parseLong(value);
    }

    void addTo(Json.Builder entry) {
        totals.forEach(entry::put);
        if (!categories.isEmpty()) {
            Json.Builder scores = Json.object();
            categories.forEach(scores::put);
            entry.put("scores", scores.build());
        }
    }

    /// As a field of the access log: `inbound=10 sqli=5 xss=5`; empty when no rule has added anything.
    String text() {
        String inbound = total("inboundScore", "inbound=");
        String outbound = total("outboundScore", "outbound=");
        String each = categories.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(" "));
        return (inbound + outbound + each).strip();
    }

    private String total(String name, String label) {
        long score = totals.getOrDefault(name, 0L);
        return score == 0 ? "" : label + score + " ";
    }
}
