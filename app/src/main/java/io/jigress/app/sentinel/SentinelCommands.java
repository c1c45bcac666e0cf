package io.jigress.app.sentinel;

import io.jigress.api.Json;
import io.jigress.app.settings.ProgramVersion;
import io.jigress.app.sources.RuleTexts;
import io.jigress.control.JsonParser;
import io.jigress.sentinel.engine.SentinelEngine;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The commands of Sentinel's clients that a dashboard uses, by name. Rules that a command sets are in memory.
final class SentinelCommands {
    private static final int MOST_LINES = 12_000;
    private static final int DEFAULT_LINES = 6_000;
    /// The rules of each type that `getRules` and `setRules` know.
    private static final Map<String, String> TYPES = Map.of("flow", "flowRules", "degrade", "degradeRules", "system",
            "systemRules",
            "authority", "authorityRules");

    private final SentinelCluster cluster;
    private final SentinelEngine engine;
    private final RuleTexts rules;
    private final String app;

    record Answer(int status, String text) {
        static Answer ok(String text) {
            return new Answer(200, text);
        }

        static Answer bad(String why) {
            return new Answer(400, why);
        }
    }

    SentinelCommands(SentinelCluster cluster, RuleTexts rules, String app) {
        this.cluster = cluster;
        engine = cluster.engine();
        this.rules = rules;
        this.app = app;
    }

    Answer answer(String command, Map<String, String> parameters) {
        return switch (command) {
            case "version" -> Answer.ok(SentinelEngine.LIBRARY_VERSION);
            case "basicInfo" -> Answer.ok(Json.object().put("appName", app).put("appType", 1)
                    .put("jigress", ProgramVersion.text()).build().toString());
            case "metric" -> metric(parameters);
            case "clusterNode", "jsonTree" -> Answer.ok(Json.array(engine.nodes()).toString());
            case "systemStatus" -> Answer.ok(engine.inbound().toString());
            case "getClusterMode" -> Answer.ok(cluster.mode().toString());
            case "cluster/client/fetchConfig" -> Answer.ok(cluster.clientState().toString());
            case "getRules" -> rules(TYPES.get(parameters.getOrDefault("type", "")), parameters);
            case "setRules" -> set(TYPES.get(parameters.getOrDefault("type", "")), parameters);
            case "gateway/getRules" -> Answer.ok(rules.local("gatewayFlowRules").toString());
            case "gateway/getApiDefinitions" -> Answer.ok(rules.local("apiDefinitions").toString());
            case "gateway/updateRules" -> set("gatewayFlowRules", parameters);
            case "gateway/updateApiDefinitions" -> set("apiDefinitions", parameters);
            default -> new Answer(404, "Unknown command `" + command + '`');
        };
    }

    private Answer rules(@Nullable String field, Map<String, String> parameters) {
        return field == null ? unknownType(parameters) : Answer.ok(rules.local(field).toString());
    }

    private static Answer unknownType(Map<String, String> parameters) {
        return Answer.bad("invalid type: " + parameters.getOrDefault("type", "") + " (expected: one of " + TYPES.keySet() + ")");
    }

    private Answer set(@Nullable String field, Map<String, String> parameters) {
        if (field == null) {
            return unknownType(parameters);
        }
        String data = parameters.getOrDefault("data", "");
        return switch (JsonParser.parse(data.getBytes(StandardCharsets.UTF_8))) {
            case JsonParser.Result.Broken broken -> Answer.bad("data is not JSON: " + broken.what());
            case JsonParser.Result.Parsed(Json json) -> {
                List<String> faults = rules.setLocal(field, json);
                yield faults.isEmpty() ? Answer.ok("success") : Answer.bad(String.join("\n", faults));
            }
        };
    }

    private Answer metric(Map<String, String> parameters) {
        try {
            long from = Long.parseLong(parameters.getOrDefault("startTime", "-1"));
            long to = Long.parseLong(parameters.getOrDefault("endTime", Long.toString(Long.MAX_VALUE)));
            int lines = Math.clamp(Long.parseLong(parameters.getOrDefault("maxLines", Integer.toString(DEFAULT_LINES))), 0,
                    MOST_LINES);
            return from < 0
                    ? Answer.ok("")
                    : Answer.ok(engine.metrics(from, to, parameters.getOrDefault("identity", ""), lines));
        } catch (NumberFormatException e) {
            return Answer.bad("not a number: " + e.getMessage());
        }
    }
}
