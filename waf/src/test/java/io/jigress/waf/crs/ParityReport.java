package io.jigress.waf.crs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/// Compares what the engines made of the stages.
final class ParityReport {
    private final List<CrsCase> cases;
    private final Map<String, CrsLog> engine;
    private final Map<String, CrsLog> coraza;
    private final Map<String, CrsLog> modSecurity;
    private final Map<String, CrsLog> gateway;
    private final ParityLists lists;

    ParityReport(List<CrsCase> cases, Map<String, CrsLog> engine, Map<String, CrsLog> coraza, Map<String, CrsLog> modSecurity,
            Map<String, CrsLog> gateway, ParityLists lists) {
        this.cases = cases;
        this.engine = engine;
        this.coraza = coraza;
        this.modSecurity = modSecurity;
        this.gateway = gateway;
        this.lists = lists;
    }

    /// Why the run fails: differences that no list names, and lines of lists that no longer differ.
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        long matches = 0;
        long same = 0;
        for (CrsCase test : cases) {
            String name = test.name();
            check(problems, name, differsFromModSecurity(test), lists.differences(), "differences.txt");
            check(problems, name, differsOverSockets(test), lists.codec(), "answered-by-the-codec.txt");
            if (!lists.differences().containsKey(name)) {
                matches += modSecurity.get(name).ids().size();
                same += common(engine.get(name).ids(), modSecurity.get(name).ids());
            }
        }
        if (same < matches * 999 / 1000) {
            problems.add("of " + matches + " matches of mod_security2 only " + same + " are matches of the engine");
        }
        return problems;
    }

    private static void check(List<String> problems, String name, String difference, Map<String, String> list, String file) {
        if (difference.isEmpty() && list.containsKey(name)) {
            problems.add(name + " no longer differs and must leave " + file);
        } else if (!difference.isEmpty() && !list.containsKey(name)) {
            problems.add(name + " differs and is not in " + file + ": " + difference);
        }
    }

    /// Empty when the engine logs the same rules as mod_security2, and passes if that passes.
    private String differsFromModSecurity(CrsCase test) {
        CrsLog ours = engine.get(test.name());
        CrsLog theirs = modSecurity.get(test.name());
        String ids = difference(ours.ids(), theirs.ids(), "mod_security2");
        return theirs.faults(test).isEmpty() && !ours.faults(test).isEmpty()
                ? ids + " fails where mod_security2 passes: " + ours.faults(test)
                : ids;
    }

    /// Empty when the gateway's WAF logs the same rules as the engine alone.
    private String differsOverSockets(CrsCase test) {
        return difference(gateway.get(test.name()).ids(), engine.get(test.name()).ids(), "the engine alone");
    }

    private static String difference(Set<Long> ours, Set<Long> theirs, String other) {
        Set<Long> onlyOurs = new TreeSet<>(ours);
        onlyOurs.removeAll(theirs);
        Set<Long> onlyTheirs = new TreeSet<>(theirs);
        onlyTheirs.removeAll(ours);
        return onlyOurs.isEmpty() && onlyTheirs.isEmpty()
                ? ""
                : "only Jigress " + onlyOurs + ", only " + other + " " + onlyTheirs;
    }

    private static int common(Set<Long> a, Set<Long> b) {
        Set<Long> both = new TreeSet<>(a);
        both.retainAll(b);
        return both.size();
    }

    /// Every difference with its statuses, for whoever looks into one.
    String allDifferences() {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < cases.size(); i++) {
            CrsCase test = cases.get(i);
            String engines = differsFromModSecurity(test);
            String sockets = differsOverSockets(test);
            if (!engines.isEmpty() || !sockets.isEmpty()) {
                out.append(test.name()).append(" from ").append(CrsClient.address(i)).append(" | ").append(engines).append(" | ")
                        .append(sockets).append(" | Apache ")
                        .append(modSecurity.get(test.name()).status()).append(" gateway ")
                        .append(gateway.get(test.name()).status())
                        .append('\n');
            }
        }
        return out.toString();
    }

    /// The committed report.
    String text() {
        StringBuilder out = new StringBuilder("""
                # Parity of the WAF

                Written by `conformance/waf/run --report`. The regression tests of the Core Rule Set 4.25.0 at paranoia level 4, all engines in one run:
                mod_security2 in Apache and the gateway got the same bytes over sockets; Coraza and the engine alone got the parts of the request.

                | | mod_security2 | Coraza | Jigress, the engine alone | Jigress, over sockets |
                |---|---|---|---|---|
                """);
        row(out, "stages that pass", true);
        row(out, "stages that fail", false);
        out.append("| stages of which the WAF has no record | ").append(unrecorded(modSecurity)).append(" | 0 | 0 | ")
                .append(unrecorded(gateway)).append(" |\n\n");
        shares(out);
        out.append("""

                ## Stages of each rule

                `differ`: stages in which the engine alone logs other rules than mod_security2.

                | rule | stages | mod_security2 passes | Coraza passes | the engine passes | over sockets | differ |
                |---|---|---|---|---|---|---|
                """);
        Map<String, int[]> rules = new TreeMap<>();
        for (CrsCase test : cases) {
            int[] counts = rules.computeIfAbsent(test.name().substring(0, 6), _ -> new int[6]);
            counts[0]++;
            counts[1] += modSecurity.get(test.name()).faults(test).isEmpty() ? 1 : 0;
            counts[2] += coraza.get(test.name()).faults(test).isEmpty() ? 1 : 0;
            counts[3] += engine.get(test.name()).faults(test).isEmpty() ? 1 : 0;
            counts[4] += gateway.get(test.name()).faults(test).isEmpty() ? 1 : 0;
            counts[5] += engine.get(test.name()).ids().equals(modSecurity.get(test.name()).ids()) ? 0 : 1;
        }
        rules.forEach((rule, counts) -> {
            out.append("| ").append(rule);
            for (int count : counts) {
                out.append(" | ").append(count);
            }
            out.append(" |\n");
        });
        list(out, "Stages that differ from mod_security2", lists.differences(), this::differsFromModSecurity);
        list(out, "Stages that differ over sockets", lists.codec(), this::differsOverSockets);
        return out.toString();
    }

    private void row(StringBuilder out, String title, boolean passing) {
        out.append("| ").append(title);
        for (Map<String, CrsLog> logs : List.of(modSecurity, coraza, engine, gateway)) {
            out.append(" | ").append(cases.stream()
                    .filter(test -> logs.get(test.name()).faults(test).isEmpty() == passing).count());
        }
        out.append(" |\n");
    }

    private long unrecorded(Map<String, CrsLog> logs) {
        return cases.stream().filter(test -> !logs.get(test.name()).judged()).count();
    }

    private void shares(StringBuilder out) {
        long all = 0;
        long same = 0;
        long only = 0;
        long identical = 0;
        long listed = 0;
        long listedSame = 0;
        for (CrsCase test : cases) {
            Set<Long> ours = engine.get(test.name()).ids();
            Set<Long> theirs = modSecurity.get(test.name()).ids();
            identical += ours.equals(theirs) ? 1 : 0;
            if (lists.differences().containsKey(test.name())) {
                listed += theirs.size();
                listedSame += common(ours, theirs);
                continue;
            }
            all += theirs.size();
            same += common(ours, theirs);
            only += ours.size() - common(ours, theirs);
        }
        out.append("Stages with exactly the same rules as mod_security2: ").append(identical).append(" of ").append(cases.size())
                .append(".\nMatches of mod_security2 outside of the listed stages: ").append(all)
                .append(", of which the engine has ").append(same)
                .append(" (").append(all == 0 ? "-" : "%.3f %%".formatted(100.0 * same / all)).append("), and ").append(only)
                .append(" more.\nIn the listed stages: ").append(listed).append(", of which the engine has ").append(listedSame)
                .append(".\n");
    }

    private void list(StringBuilder out, String title, Map<String, String> stages, Function<CrsCase, String> difference) {
        out.append("\n## ").append(title).append("\n\n");
        Map<String, List<String>> byReason = new TreeMap<>();
        for (CrsCase test : cases) {
            String found = difference.apply(test);
            if (!found.isEmpty()) {
                byReason.computeIfAbsent(stages.getOrDefault(test.name(), "not listed"), _ -> new ArrayList<>())
                        .add("`" + test.name() + "`: " + found);
            }
        }
        byReason.forEach((reason, lines) -> {
            out.append("### ").append(reason).append(" (").append(lines.size()).append(")\n\n")
                    .append(lists.reasons().getOrDefault(reason, "")).append("\n\n");
            lines.forEach(line -> out.append("- ").append(line).append('\n'));
            out.append('\n');
        });
    }
}
