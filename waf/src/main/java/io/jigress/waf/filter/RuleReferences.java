package io.jigress.waf.filter;

import io.jigress.api.JsonReader;
import io.jigress.waf.seclang.ActionCall;
import io.jigress.waf.seclang.Directive;
import io.jigress.waf.seclang.RuleSelector;
import io.jigress.waf.seclang.RuleSelector.Range;
import io.jigress.waf.seclang.SecLangParser;
import io.jigress.waf.seclang.SourcePlace;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Checks what the directives of a configuration refer to: included files must exist, and the ids of rules should. A directive with an unknown id is
/// valid in ModSecurity and has no effect, so it is only a warning.
final class RuleReferences {
    private static final Pattern ID = Pattern.compile("\\bid:\\s*'?(\\d{1,18})");
    /// `ruleRemoveById=1`, `ruleRemoveTargetById=1-5;ARGS:q`.
    private static final Pattern BY_ID = Pattern.compile("(?i)\\s*(ruleRemoveById|ruleRemoveTargetById)\\s*=\\s*([^;]*)(?:;.*)?");

    private final JsonReader config;
    private final Optional<CoreRuleSet> files;
    /// The ids of the rules that are loaded before the directive that is being checked.
    private final NavigableSet<Long> before = new TreeSet<>(WafRules.IDS);
    private final List<Reference> references = new ArrayList<>();

    /// @param ids as written, such as `920100-920199`
    /// @param early whether a rule with such an id, if there is one, is loaded only after the directive
    private record Reference(String at, SourcePlace place, String directive, String ids, Range range, boolean early) {}

    private RuleReferences(JsonReader config, Optional<CoreRuleSet> files) {
        this.config = config;
        this.files = files;
    }

    /// Reports errors and warnings at the fields `exclusions` and `secRules`.
    ///
    /// @param used whether the rules of the Core Rule Set are loaded between the two
    static void check(JsonReader config, List<String> exclusions, List<String> rules, Optional<CoreRuleSet> files, boolean used) {
        RuleReferences check = new RuleReferences(config, files);
        check.read("exclusions", exclusions);
        if (used && files.isPresent()) {
            check.include(files.get().ruleFiles());
        }
        check.read("secRules", rules);
        check.report(used);
    }

    private void read(String field, List<String> directives) {
        for (int i = 0; i < directives.size(); i++) {
            String at = field + "[" + i + "]";
            for (Directive directive : SecLangParser.parse(at, WafRules.latin(directives.get(i))).directives()) {
                read(at, directive);
            }
        }
    }

    private void read(String at, Directive directive) {
        switch (directive) {
            case Directive.Rule rule -> actions(at, rule.actions());
            case Directive.Action action -> actions(at, action.actions());
            case Directive.Include include -> include(at, include);
            case Directive.RemoveRules remove -> refer(at, remove.place(), "SecRuleRemoveById", remove.rules(), true);
            case Directive.UpdateTargets update -> refer(at, update.place(), "SecRuleUpdateTargetById", update.rules(), true);
            case Directive.UpdateActions update -> refer(at, update.place(), "SecRuleUpdateActionById", update.rules(), true);
            case Directive.Marker _,Directive.DefaultAction _,Directive.Setting _ -> {}
        }
    }

    private void actions(String at, List<ActionCall> actions) {
        for (ActionCall action : actions) {
            Matcher byId = BY_ID.matcher(action.argument());
            if (action.name().equalsIgnoreCase("id")) {
                RuleSelector.ids(List.of(action.argument().replace("'", "")))
                        .ifPresent(id -> before.add(id.ranges().getFirst().first()));
            } else if (action.name().equalsIgnoreCase("ctl") && byId.matches()) {
                // Effective when a request arrives, so that the order of the rules does not matter.
                RuleSelector.ids(List.of(byId.group(2).strip()))
                        .ifPresent(ids -> refer(at, action.place(), "ctl:" + byId.group(1), ids, false));
            }
        }
    }

    private void refer(String at, SourcePlace place, String directive, RuleSelector selector, boolean ordered) {
        if (selector instanceof RuleSelector.ByIds(List<Range> ranges)) {
            for (Range range : ranges) {
                String first = Long.toString(range.first());
                String ids = range.first() == range.last() ? first : first + "-" + range.last();
                references.add(new Reference(at, place, directive, ids, range, ordered && !has(range)));
            }
        }
    }

    private boolean has(Range range) {
        Long next = before.ceiling(range.first());
        return next != null && next <= range.last();
    }

    /// Resolved in the same way as when the rules are loaded.
    private void include(String at, Directive.Include include) {
        String pattern = include.pattern();
        List<String> paths = files.map(set -> set.list(pattern)).orElse(List.of());
        boolean found = !paths.isEmpty() && paths.stream().allMatch(path -> files.flatMap(set -> set.read(path)).isPresent());
        if (found) {
            include(paths);
        } else {
            config.error(at, place(include.place()) + "Include " + pattern + ": "
                    + files.map(set -> "there is no such file in " + set.folder())
                            .orElse("the setting waf.crs names no folder with rules"),
                    "a file below the folder that the setting waf.crs names");
        }
    }

    private void include(List<String> paths) {
        for (String path : paths) {
            files.flatMap(set -> set.read(path)).ifPresent(bytes -> new String(bytes, StandardCharsets.ISO_8859_1).lines()
                    .filter(line -> !line.stripLeading().startsWith("#")).forEach(line -> {
                        Matcher id = ID.matcher(line);
                        while (id.find()) {
                            before.add(Long.parseLong(id.group(1)));
                        }
                    }));
        }
    }

    /// @param used whether the Core Rule Set is loaded
    private void report(boolean used) {
        for (Reference reference : references) {
            if (!has(reference.range)) {
                config.warning(reference.at, place(reference.place) + "no rule has the id " + reference.ids + ", so that "
                        + reference.directive + " has no effect",
                        used ? "the id of a rule" : "the id of a rule; those of the Core Rule Set are loaded with useCRS: true");
            } else if (reference.early) {
                config.warning(reference.at, place(reference.place) + reference.directive + " " + reference.ids
                        + " precedes the rule that it names, so that it has no effect",
                        "the directive in secRules, after the rule");
            }
        }
    }

    private static String place(SourcePlace place) {
        return "line " + place.line() + ", column " + place.column() + ": ";
    }
}
