package io.jigress.waf.crs;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What an engine made of one stage.
///
/// @param ids    the rules that it logged
/// @param text   its log, for the stages that expect a text
/// @param status the response's status; 0 when there was no response, or none was sent
/// @param judged whether the engine has a record of the request
record CrsLog(Set<Long> ids, String text, int status, boolean judged) {
    private static final Pattern ID = Pattern.compile("\\[id \"(\\d+)\"]");

    static CrsLog of(String text, int status, boolean judged) {
        Set<Long> ids = new TreeSet<>();
        Matcher matcher = ID.matcher(text);
        while (matcher.find()) {
            ids.add(Long.parseLong(matcher.group(1)));
        }
        return new CrsLog(ids, text, status, judged);
    }

    /// The differences from what a stage expects; none when it passes.
    List<String> faults(CrsCase test) {
        List<String> faults = new ArrayList<>();
        var expected = test.output().get("status");
        if (expected != null && status != 0 && expected.asInt() != status) {
            faults.add("expected status " + expected.asInt() + " instead of " + status);
        }
        var log = test.output().get("log");
        if (log == null) {
            return faults;
        }
        if (log.get("expect_ids") != null) {
            log.get("expect_ids").forEach(id -> {
                if (!ids.contains(id.asLong())) {
                    faults.add("expected " + id.asLong());
                }
            });
        }
        if (log.get("no_expect_ids") != null) {
            log.get("no_expect_ids").forEach(id -> {
                if (ids.contains(id.asLong())) {
                    faults.add("did not expect " + id.asLong());
                }
            });
        }
        if (log.get("match_regex") != null && !Pattern.compile(log.get("match_regex").asString()).matcher(text).find()) {
            faults.add("expected " + log.get("match_regex").asString() + " in " + text);
        }
        if (log.get("no_match_regex") != null && Pattern.compile(log.get("no_match_regex").asString()).matcher(text).find()) {
            faults.add("did not expect " + log.get("no_match_regex").asString());
        }
        return faults;
    }
}
