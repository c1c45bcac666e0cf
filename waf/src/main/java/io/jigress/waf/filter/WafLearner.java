package io.jigress.waf.filter;

import io.jigress.api.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Proposes exclusions from audit logs of legitimate requests: for matches that many clients caused.
///
/// The log contains text from clients. A path or name with characters that have a meaning in SecLang is never proposed.
public final class WafLearner {
    /// The limit of distinct combinations of rule, variable and path; further ones are only counted.
    static final int MAX_GROUPS = 10_000;
    /// The limit of distinct clients counted for one of them.
    static final int MAX_CLIENTS = 1000;
    private static final Pattern SAFE_PATH = Pattern.compile("/[A-Za-z0-9/_.~-]{0,200}");
    private static final Pattern SAFE_VARIABLE = Pattern
            .compile(
                    "(?:ARGS|ARGS_GET|ARGS_POST|ARGS_NAMES|REQUEST_COOKIES|REQUEST_COOKIES_NAMES|REQUEST_HEADERS|FILES|FILES_NAMES):"
                            + "[A-Za-z0-9_.\\[\\]-]{1,100}");

    private final Map<Key, Count> counts = new HashMap<>();
    private long skipped;

    private record Key(long rule, String variable, String path) {
    }

    private static final class Count {
        private final Set<String> clients = new HashSet<>();
        private long requests;
        private String message = "";
    }

    /// Adds one entry of an audit log.
    public void add(Json.Obj entry) {
        String path = text(entry, "path");
        String client = text(entry, "client");
        if (!(entry.members().get("matches") instanceof Json.Arr matches)) {
            return;
        }
        Set<Key> seen = new HashSet<>();
        for (Json item : matches.items()) {
            if (!(item instanceof Json.Obj match) || !(match.members().get("rule") instanceof Json.Num rule)) {
                continue;
            }
            Key key = key(rule.literal(), text(match, "variable"), path);
            if (key == null || !counts.containsKey(key) && counts.size() >= MAX_GROUPS) {
                skipped++;
            } else if (seen.add(key)) {
                Count count = counts.computeIfAbsent(key, _ -> new Count());
                count.requests++;
                count.message = text(match, "msg").replaceAll("[^ -~]", "?");
                if (count.clients.size() < MAX_CLIENTS) {
                    count.clients.add(client);
                }
            }
        }
    }

    private static @Nullable Key key(String rule, String variable, String path) {
        return rule.matches("[0-9]{1,15}") && SAFE_VARIABLE.matcher(variable).matches() && SAFE_PATH.matcher(path).matches()
                ? new Key(Long.parseLong(rule), variable, path)
                : null;
    }

    private static String text(Json.Obj object, String name) {
        return object.members().get(name) instanceof Json.Str text ? text.value() : "";
    }

    /// The number of matches without a proposal: not in a single member, or with a name that is not plain.
    public long skipped() {
        return skipped;
    }

    /// Directives to review, the most frequent first; one is proposed for each match that at least the given number of clients caused.
    public List<String> proposals(int clients, long firstId) {
        List<Map.Entry<Key, Count>> chosen = new ArrayList<>(counts.entrySet());
        chosen.removeIf(entry -> entry.getValue().clients.size() < clients);
        chosen.sort(Comparator.comparingLong((Map.Entry<Key, Count> entry) -> -entry.getValue().requests)
                .thenComparing(entry -> entry.getKey().toString()));
        List<String> out = new ArrayList<>();
        long id = firstId;
        for (Map.Entry<Key, Count> entry : chosen) {
            Key key = entry.getKey();
            Count count = entry.getValue();
            out.add("# " + key.rule + " (" + count.message + ") matched " + key.variable + " in " + count.requests
                    + (count.requests == 1 ? " request of " : " requests of ") + count.clients.size()
                    + (count.clients.size() == 1 ? " client.\n" : " clients.\n")
                    + "SecRule REQUEST_FILENAME \"@streq " + key.path + "\" \"id:" + id++
                    + ",phase:1,pass,nolog,ctl:ruleRemoveTargetById=" + key.rule + ";" + key.variable + "\"");
        }
        return out;
    }
}
