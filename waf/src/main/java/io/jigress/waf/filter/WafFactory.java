package io.jigress.waf.filter;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.waf.EngineMode;
import io.jigress.waf.RuleSetLoader;
import io.jigress.waf.filter.WafConfig.Bodies;
import io.jigress.waf.filter.WafConfig.CoreRules;
import io.jigress.waf.geo.GeoDatabases;
import io.jigress.waf.seclang.SecLangProblem;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The factory of `waf`, with the fields of Higress's plugin of that name and further ones.
public final class WafFactory implements FilterFactory<WafConfig> {
    /// The number of problems reported for one field; further ones are counted.
    private static final int MOST_PROBLEMS = 20;

    private final Supplier<Optional<CoreRuleSet>> coreRuleSet;
    private final int heldBytes;
    private final @Nullable Executor compiler;
    private final AuditLog audit;
    private final GeoDatabases databases = new GeoDatabases();
    private final AtomicInteger watched = new AtomicInteger();

    /// @param coreRuleSet finds the Core Rule Set, each time a rule set is loaded
    /// @param heldBytes   the most that a filter may hold of one body
    /// @param compiler    runs slow tasks, one after the other
    public WafFactory(Supplier<Optional<CoreRuleSet>> coreRuleSet, int heldBytes, Executor compiler, AuditLog audit) {
        this(coreRuleSet, heldBytes, audit, compiler);
    }

    private WafFactory(Supplier<Optional<CoreRuleSet>> coreRuleSet, int heldBytes, AuditLog audit, @Nullable Executor compiler) {
        this.coreRuleSet = coreRuleSet;
        this.heldBytes = heldBytes;
        this.compiler = compiler;
        this.audit = audit;
    }

    /// A factory that checks configurations and loads no rules: its filters cannot be created.
    public static WafFactory ofChecks(Supplier<Optional<CoreRuleSet>> coreRuleSet, int heldBytes) {
        return new WafFactory(coreRuleSet, heldBytes, AuditLog.NONE, null);
    }

    @Override
    public String name() {
        return "waf";
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.WAF;
    }

    @Override
    public int priority() {
        return 330;
    }

    @Override
    public boolean protects() {
        return true;
    }

    @Override
    public WafConfig parse(JsonReader config) {
        Optional<EngineMode> mode = config.choice("mode", Optional.empty(), word -> switch (word) {
            case "block" -> Optional.of(EngineMode.ON);
            case "detect" -> Optional.of(EngineMode.DETECTION_ONLY);
            case "off" -> Optional.of(EngineMode.OFF);
            default -> null;
        }, "block, detect or off");
        CoreRules coreRules = coreRules(config);
        List<String> exclusions = directives(config, "exclusions");
        List<String> rules = directives(config, "secRules");
        if (!config.failed() && Stream.concat(exclusions.stream(), rules.stream()).anyMatch(WafFactory::mayRefer)) {
            RuleReferences.check(config, coreRules == null ? List.of() : exclusions, rules, coreRuleSet.get(), coreRules != null);
        }
        Bodies requests = requests(config.object("requestBody"));
        boolean responses = config.bool("responses", false);
        config.finishStrictly("the filter would not protect as written");
        if (coreRules == null && rules.isEmpty() && !config.failed()) {
            config.error("", "has no rules", "useCRS: true, or directives in secRules");
        }
        return new WafConfig(mode.orElse(null), coreRules, exclusions, rules, requests, responses);
    }

    private @Nullable CoreRules coreRules(JsonReader config) {
        boolean used = config.bool("useCRS", false);
        int level = (int) config.integer("paranoiaLevel", 1, 1, 4);
        int detection = (int) config.integer("detectionParanoiaLevel", level, 1, 4);
        if (detection < level) {
            config.error("detectionParanoiaLevel", "is " + detection + ", below paranoiaLevel", "a number of " + level + " to 4");
        }
        int inbound = (int) config.integer("inboundThreshold", 5, 1, 1_000_000);
        int outbound = (int) config.integer("outboundThreshold", 4, 1, 1_000_000);
        int sampling = (int) config.integer("samplingPercent", 100, 1, 100);
        if (!used) {
            for (String field : List.of("paranoiaLevel", "detectionParanoiaLevel", "inboundThreshold", "outboundThreshold",
                    "samplingPercent", "exclusions")) {
                if (config.has(field)) {
                    config.warning(field, "has no effect", "useCRS: true");
                }
            }
            return null;
        }
        if (coreRuleSet.get().isEmpty()) {
            config.error("useCRS", "is true, and the gateway has no Core Rule Set",
                    "the rule set in the folder that the setting waf.crs names");
        }
        return new CoreRules(level, detection, inbound, outbound, sampling);
    }

    private Bodies requests(JsonReader config) {
        boolean judged = config.bool("judged", true);
        boolean partial = config.choice("onLimit", Boolean.FALSE, word -> switch (word) {
            case "reject" -> Boolean.FALSE;
            case "partial" -> Boolean.TRUE;
            default -> null;
        }, "reject or partial");
        // A body that is inspected in part must be released before the gateway's own limit is reached.
        int most = partial ? Math.max(1, heldBytes / 2) : Math.max(1, heldBytes);
        int limit = (int) config.integer("limit", most, 1, Integer.MAX_VALUE);
        if (limit > most) {
            config.warning("limit", "is " + limit + ", which is more than limits.held.bytes allows; " + most + " is used",
                    "a number of at most " + most);
        }
        return new Bodies(judged, Math.min(limit, most), partial);
    }

    /// Checks the directives; errors are reported with line and column.
    private static List<String> directives(JsonReader config, String field) {
        List<String> directives = config.texts(field);
        for (int i = 0; i < directives.size(); i++) {
            String at = field + "[" + i + "]";
            List<SecLangProblem> problems = RuleSetLoader.check(at, WafRules.latin(directives.get(i)));
            for (SecLangProblem problem : problems.subList(0, Math.min(MOST_PROBLEMS, problems.size()))) {
                config.error(at, "line " + problem.place().line() + ", column " + problem.place().column() + ": "
                        + problem.message(), problem.expected());
            }
            if (problems.size() > MOST_PROBLEMS) {
                config.error(at, "has " + (problems.size() - MOST_PROBLEMS) + " more faults", "directives without faults");
            }
        }
        return directives;
    }

    /// Whether a text may include files or name rules by their ids: looking these up means reading files.
    private static boolean mayRefer(String directives) {
        String text = directives.toLowerCase(Locale.ROOT);
        return text.contains("include") || text.contains("byid");
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(WafConfig config) {
        Executor runner = compiler;
        if (runner == null) {
            return CompletableFuture.completedFuture(_ -> {
                throw new IllegalStateException("a filter of a factory that only checks");
            });
        }
        return CompletableFuture.supplyAsync(() -> new LiveRules(config, coreRuleSet, databases, audit, runner, watched), runner);
    }
}
