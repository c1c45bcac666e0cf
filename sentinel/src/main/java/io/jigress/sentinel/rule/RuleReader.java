package io.jigress.sentinel.rule;

import com.google.re2j.Pattern;
import io.jigress.api.HeaderName;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.sentinel.rule.Rule.Behavior;
import io.jigress.sentinel.rule.Rule.Grade;
import io.jigress.sentinel.rule.Rule.Strategy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads rules from JSON. Choices are written as Sentinel's numbers or as words.
public final class RuleReader {
    /// The limit of resources, above which Sentinel silently stops checking.
    public static final int MOST_RESOURCES = 5_000;

    /// The group of the rules that a dashboard has set.
    public static final String DASHBOARD = "dashboard";
    private static final String GATEWAY_FLOW = "gatewayFlowRules";
    private static final String APIS = "apiDefinitions";
    private static final String FLOW = "flowRules";
    private static final String DEGRADE = "degradeRules";
    private static final String AUTHORITY = "authorityRules";
    private static final String SYSTEM = "systemRules";
    /// The fields that hold rules, and the groups of paths.
    public static final List<String> FIELDS = List.of(GATEWAY_FLOW, APIS, FLOW, DEGRADE, AUTHORITY, SYSTEM);

    static final int MOST_COUNT = 1_000_000_000;
    private static final int MOST_SECONDS = 86_400;
    private static final long SECOND_MILLIS = 1_000;
    private static final int MOST_WAIT_MILLIS = 60_000;
    private static final String COST = "the rule would not limit as written";

    private static final List<List<String>> THREADS = List.of(List.of("threads", "thread"), List.of("qps"));
    private static final List<List<String>> STRATEGIES = List.of(List.of("direct"), List.of("relate"), List.of("chain"));
    private static final List<List<String>> BEHAVIORS = List.of(List.of("reject"), List.of("warmUp"), List.of("queue"),
            List.of("warmUpQueue"));
    private static final List<List<String>> GRADES = List.of(List.of("slowRatio"), List.of("errorRatio"), List.of("errorCount"));
    private static final List<List<String>> SOURCES = List.of(List.of("clientIp"), List.of("host"), List.of("header"),
            List.of("query"), List.of("cookie"));
    private static final List<List<String>> MATCHES = List.of(List.of("exact"), List.of("prefix"), List.of("regex"),
            List.of("contains"));
    private static final List<List<String>> LISTS = List.of(List.of("allow"), List.of("deny"));

    /// Fields that consoles and Sentinel itself add to rules and that have no effect here.
    static final String[] ADDED = {"id", "app", "ip", "port", "gmtCreate", "gmtModified", "controller", "rater"};

    private final boolean strict;
    private final String resource;

    private RuleReader(boolean strict, String resource) {
        this.strict = strict;
        this.resource = resource;
    }

    /// Reads the configuration of a filter: unknown fields are errors.
    public static SentinelConfig read(JsonReader config) {
        String resource = config.text("resource", "");
        RuleReader reader = new RuleReader(true, resource);
        HeaderName caller = callerHeader(config);
        Fallback fallback = FallbackReader.read(config);
        Map<String, ApiGroup> apis = ApiReader.read(config.objects(APIS), true);
        List<RuleSource> sources = new ArrayList<>();
        if (config.has("nacos")) {
            sources.add(source(config.object("nacos")));
        }
        config.ignore("nacos");
        if (config.bool("dashboard", false)) {
            sources.add(new RuleSource("", DASHBOARD, FIELDS.stream().collect(Collectors.toMap(field -> field, field -> field))));
        }
        RuleSet rules = new RuleSet(apis, reader.all(config, GATEWAY_FLOW, reader::gatewayFlow),
                reader.all(config, FLOW, reader::flow),
                reader.all(config, DEGRADE, reader::degrade), reader.all(config, AUTHORITY, reader::authority),
                reader.all(config, SYSTEM, reader::system));
        config.finishStrictly("the filter would not limit as written");
        if (rules.resources() > MOST_RESOURCES) {
            config.error("", "has rules for " + rules.resources() + " resources", "at most " + MOST_RESOURCES);
        }
        if (rules.namesCallers() && caller == null) {
            config.error("callerHeader", "is missing, and rules name callers (limitApp)",
                    "the name of the header that names the caller");
        }
        return new SentinelConfig(resource, caller, fallback, sources, rules);
    }

    /// Reads a list of rules of one kind, as Sentinel's data sources hold it. Fields that are not known are ignored.
    ///
    /// @param list an object with one field, the list
    /// @param field one of [#FIELDS]
    /// @param resource of rules that name none; empty: they are errors
    public static RuleSet readList(JsonReader list, String field, String resource) {
        RuleReader reader = new RuleReader(false, resource);
        return new RuleSet(field.equals(APIS) ? ApiReader.read(list.objects(APIS), false) : Map.of(),
                field.equals(GATEWAY_FLOW) ? reader.all(list, field, reader::gatewayFlow) : List.of(),
                field.equals(FLOW) ? reader.all(list, field, reader::flow) : List.of(),
                field.equals(DEGRADE) ? reader.all(list, field, reader::degrade) : List.of(),
                field.equals(AUTHORITY) ? reader.all(list, field, reader::authority) : List.of(),
                field.equals(SYSTEM) ? reader.all(list, field, reader::system) : List.of());
    }

    private static RuleSource source(JsonReader config) {
        JsonReader registry = config.object("registry");
        String object = registry.requiredText("name");
        String name = registry.text("namespace", "") + "/" + object;
        registry.finishStrictly("the rules would be of another registry");
        String group = config.text("group", "SENTINEL_GROUP");
        Map<String, String> dataIds = new LinkedHashMap<>();
        for (String field : FIELDS) {
            if (config.has(field)) {
                dataIds.put(field, config.requiredText(field));
            }
            config.ignore(field);
        }
        config.finishStrictly("rules would be missing");
        if (dataIds.isEmpty() && !config.failed()) {
            config.error("", "names no data id", "one of " + String.join(", ", FIELDS));
        }
        return new RuleSource(name, group, dataIds);
    }

    private static @Nullable HeaderName callerHeader(JsonReader config) {
        String name = config.text("callerHeader");
        if (name == null) {
            return null;
        }
        if (!HeaderName.isToken(name)) {
            config.error("callerHeader", "is \"" + name + "\"", "the name of a header");
            return null;
        }
        return HeaderName.of(name);
    }

    private <R extends Rule> List<Guarded<R>> all(JsonReader config, String field, Function<JsonReader, @Nullable R> read) {
        List<Guarded<R>> rules = new ArrayList<>();
        for (JsonReader item : config.objects(field)) {
            boolean system = field.equals(SYSTEM);
            String name = system ? "" : item.text("resource", resource);
            if (!system && name.isEmpty()) {
                item.error("resource", "is missing", "the name of a route or of an API group");
            }
            R rule = read.apply(item);
            ClusterLimit cluster = cluster(item, rule);
            Fallback fallback = FallbackReader.read(item);
            item.ignore(ADDED);
            finish(item, COST);
            if (rule != null) {
                rules.add(new Guarded<>(name, rule, fallback, cluster));
            }
        }
        return rules;
    }

    private void finish(JsonReader item, String cost) {
        if (strict) {
            item.finishStrictly(cost);
        } else {
            item.finish();
        }
    }

    private Rule.@Nullable Flow flow(JsonReader item) {
        boolean threads = Fields.code(item, "grade", 1, THREADS) == 0;
        double count = Fields.count(item);
        Strategy strategy = List.of(Strategy.DIRECT, Strategy.RELATE, Strategy.CHAIN)
                .get(Fields.code(item, "strategy", 0, STRATEGIES));
        String reference = item.text("refResource", "");
        if (strategy != Strategy.DIRECT && reference.isEmpty()) {
            item.error("refResource", "is missing",
                    strategy == Strategy.CHAIN ? "the name of a route" : "the name of a resource");
        }
        Behavior behavior = behavior(item);
        int warmUp = (int) item.integer("warmUpPeriodSec", 10, 1, MOST_SECONDS);
        int wait = (int) item.integer("maxQueueingTimeMs", 500, 1, MOST_WAIT_MILLIS);
        if (threads && behavior != Behavior.REJECT) {
            item.error("controlBehavior", "is " + behavior.name().toLowerCase(Locale.ROOT)
                    + ", and requests in flight can only be rejected", "reject (0), or grade qps (1)");
        }
        if (behavior != Behavior.REJECT && count <= 0) {
            item.error("count", "is 0", "a number above 0");
        }
        String caller = item.text("limitApp", Rule.Flow.EVERYONE);
        regex(item);
        return new Rule.Flow(caller.isBlank() ? Rule.Flow.EVERYONE : caller, threads, count, strategy, reference, behavior,
                warmUp,
                wait);
    }

    private Rule.@Nullable GatewayFlow gatewayFlow(JsonReader item) {
        int mode = Fields.code(item, "resourceMode", 0, List.of(List.of("route"), List.of("api")));
        boolean threads = Fields.code(item, "grade", 1, THREADS) == 0;
        double written = Fields.count(item);
        long count = (long) written;
        if ((double) count != written) {
            item.error("count", "is " + written, "a whole number");
        }
        long interval = item.integer("intervalSec", 1, 1, MOST_SECONDS);
        Behavior behavior = behavior(item);
        if (behavior != Behavior.REJECT && behavior != Behavior.QUEUE) {
            item.error("controlBehavior", "is " + item.any("controlBehavior"), "reject (0) or queue (2)");
        }
        if (threads && behavior != Behavior.REJECT) {
            item.error("controlBehavior", "is queue, and requests in flight can only be rejected",
                    "reject (0), or grade qps (1)");
        }
        int burst = (int) item.integer("burst", 0, 0, MOST_COUNT);
        int wait = (int) item.integer("maxQueueingTimeoutMs", 500, 0, MOST_WAIT_MILLIS);
        Parameter parameter = item.has("paramItem") ? parameter(item.object("paramItem")) : null;
        item.ignore("paramItem");
        Map<String, Integer> exceptions = exceptions(item);
        if (parameter == null && !exceptions.isEmpty()) {
            item.error("paramFlowItemList", "has items, but paramItem is missing", "paramItem");
        }
        return mode < 0
                ? null
                : new Rule.GatewayFlow(threads, count, interval, behavior, burst, wait, parameter, exceptions);
    }

    private static Behavior behavior(JsonReader item) {
        return List.of(Behavior.REJECT, Behavior.WARM_UP, Behavior.QUEUE, Behavior.WARM_UP_QUEUE)
                .get(Fields.code(item, "controlBehavior", 0, BEHAVIORS));
    }

    private Map<String, Integer> exceptions(JsonReader rule) {
        Map<String, Integer> exceptions = new HashMap<>();
        for (JsonReader item : rule.objects("paramFlowItemList")) {
            String value = item.any("object") instanceof Json.Num number ? number.literal() : item.requiredText("object");
            int count = (int) item.requiredInteger("count", 0, MOST_COUNT);
            item.ignore("classType");
            finish(item, COST);
            if (exceptions.put(value, count) != null) {
                item.error("object", "occurs twice: \"" + value + "\"", "each value once");
            }
        }
        return exceptions;
    }

    private @Nullable Parameter parameter(JsonReader item) {
        Parameter.Source source = List.of(Parameter.Source.CLIENT_IP, Parameter.Source.HOST, Parameter.Source.HEADER,
                Parameter.Source.QUERY, Parameter.Source.COOKIE).get(Fields.code(item, "parseStrategy", 0, SOURCES));
        boolean named = source != Parameter.Source.CLIENT_IP && source != Parameter.Source.HOST;
        String field = item.text("fieldName", "");
        if (named && field.isEmpty()) {
            item.error("fieldName", "is missing", "the name of a header, query parameter or cookie");
        } else if (source == Parameter.Source.HEADER && !HeaderName.isToken(field)) {
            item.error("fieldName", "is \"" + field + "\"", "the name of a header");
        }
        String pattern = item.text("pattern");
        Parameter.Filter filter = pattern == null || pattern.isEmpty() ? null : filter(item, pattern);
        item.ignore("pattern", "matchStrategy", "index");
        finish(item, COST);
        return new Parameter(source, field,
                source == Parameter.Source.HEADER && HeaderName.isToken(field) ? HeaderName.of(field) : HeaderName.COOKIE,
                filter);
    }

    private static Parameter.@Nullable Filter filter(JsonReader item, String pattern) {
        return switch (Fields.code(item, "matchStrategy", 0, MATCHES)) {
            case 0 -> new Parameter.Exact(pattern);
            case 1 -> new Parameter.Starts(pattern);
            case 2 -> {
                Pattern expression = Fields.expression(item, pattern);
                yield expression == null ? null : new Parameter.Expression(expression);
            }
            default -> new Parameter.Contains(pattern);
        };
    }

    private Rule.@Nullable Degrade degrade(JsonReader item) {
        Grade grade = List.of(Grade.SLOW_RATIO, Grade.ERROR_RATIO, Grade.ERROR_COUNT).get(Fields.code(item, "grade", 0, GRADES));
        double count = Fields.count(item);
        if (grade == Grade.ERROR_RATIO && count > 1) {
            item.error("count", "is " + count, "a ratio from 0 to 1");
        }
        int window = (int) item.requiredInteger("timeWindow", 1, MOST_SECONDS);
        int requests = (int) item.integer("minRequestAmount", 5, 1, MOST_COUNT);
        double ratio = Fields.number(item, "slowRatioThreshold", 1, 0, 1);
        int interval = (int) item.integer("statIntervalMs", 1_000, 1, 120_000);
        item.ignore("limitApp", "rtSlowRequestAmount");
        regex(item);
        return new Rule.Degrade(grade, count, window, requests, ratio, interval);
    }

    private Rule.@Nullable Authority authority(JsonReader item) {
        boolean allow = Fields.code(item, "strategy", 0, LISTS) == 0;
        Set<String> callers = new LinkedHashSet<>();
        for (String caller : item.requiredText("limitApp").split(",", -1)) {
            if (!caller.isBlank()) {
                callers.add(caller.strip());
            }
        }
        regex(item);
        return new Rule.Authority(callers, allow);
    }

    private Rule.@Nullable SystemLimits system(JsonReader item) {
        double load = Fields.number(item, "highestSystemLoad", -1, -1, 1_000_000);
        double cpu = Fields.number(item, "highestCpuUsage", -1, -1, 1, "a share from 0 to 1, such as 0.8");
        double qps = Fields.number(item, "qps", -1, -1, MOST_COUNT);
        long time = item.integer("avgRt", -1, -1, 3_600_000);
        long threads = item.integer("maxThread", -1, -1, MOST_COUNT);
        item.ignore("resource", "limitApp", "regex", "avgLoad");
        boolean given = Stream.of("highestSystemLoad", "highestCpuUsage", "qps", "avgRt", "maxThread").anyMatch(item::has);
        if (load < 0 && cpu < 0 && qps < 0 && time < 0 && threads < 0 && (!given || !item.failed())) {
            item.error("", "has no limit", "one of highestSystemLoad, highestCpuUsage, qps, avgRt, maxThread");
        }
        return new Rule.SystemLimits(load, cpu, qps, time, threads);
    }

    private @Nullable ClusterLimit cluster(JsonReader item, @Nullable Rule rule) {
        return switch (rule) {
            case Rule.Flow flow -> ClusterReader.read(item, flow.threads(), SECOND_MILLIS, strict);
            case Rule.GatewayFlow flow ->
                ClusterReader.read(item, flow.threads(), flow.intervalSeconds() * SECOND_MILLIS, strict);
            case null, default -> null;
        };
    }

    private static void regex(JsonReader item) {
        if (item.bool("regex", false)) {
            item.error("regex", "is true, and expressions for resources are not supported", "the name of one resource");
        }
    }

}
