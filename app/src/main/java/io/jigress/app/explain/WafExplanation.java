package io.jigress.app.explain;

import io.jigress.api.Json;
import io.jigress.control.JsonParser;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import io.jigress.control.kinds.Kinds;
import io.jigress.waf.filter.CoreRuleSet;
import io.jigress.waf.filter.WafTrial;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Adds to an explanation the decisions of the `waf` filters on the request's route.
public final class WafExplanation {
    private static final Pattern PLUGIN = Pattern.compile("Plugin ([^/ ]+/[^ ]+).*");

    private WafExplanation() {}

    /// The explanation with a member `waf`: a list of decisions, each with the `origin` of its filter.
    public static Json add(Json explanation, ResourceSet resources, Question question, String body,
            Optional<CoreRuleSet> coreRuleSet,
            int heldBytes) {
        if (!(explanation instanceof Json.Obj object)) {
            return explanation;
        }
        Set<String> origins = new LinkedHashSet<>();
        collect(explanation, origins);
        List<Json> verdicts = new ArrayList<>();
        for (String origin : origins) {
            Json.Builder out = Json.object().put("origin", origin);
            Json config = config(origin, resources);
            switch (WafTrial.of(config, coreRuleSet, heldBytes)) {
                case WafTrial.Result.Faulty(var faults) -> out.put("faults", Json.array(faults.stream().map(Json::of).toList()));
                case WafTrial.Result.Ready(var trial) -> WafVerdict.of(trial, question, body).members().forEach(out::put);
            }
            verdicts.add(out.build());
        }
        Json.Builder all = Json.object();
        object.members().forEach(all::put);
        return all.put("waf", Json.array(verdicts)).build();
    }

    private static void collect(Json json, Set<String> origins) {
        switch (json) {
            case Json.Obj(var members) -> {
                if (members.containsKey("phase") && members.get("name") instanceof Json.Str(String name) && name.equals("waf")
                        && members.get("origin") instanceof Json.Str(String origin)) {
                    origins.add(origin);
                }
                members.values().forEach(member -> collect(member, origins));
            }
            case Json.Arr(var items) -> items.forEach(item -> collect(item, origins));
            case Json.Str _,Json.Num _,Json.Bool _,Json.Null _ -> {}
        }
    }

    private static Json config(String origin, ResourceSet resources) {
        Matcher plugin = PLUGIN.matcher(origin);
        Resource resource = plugin.matches()
                ? resources.resources().get(ResourceKey.ofPath(Kinds.JIGRESS, "Plugin", plugin.group(1)))
                : null;
        if (resource != null && JsonParser.parse(resource.json()) instanceof JsonParser.Result.Parsed(Json.Obj object)
                && object.members().get("spec") instanceof Json.Obj spec
                && spec.members().get("config") instanceof Json.Obj config) {
            return config;
        }
        return Json.Obj.EMPTY;
    }

    /// The decisions as text; empty without `waf`.
    public static String text(Json explanation) {
        StringBuilder out = new StringBuilder();
        if (explanation instanceof Json.Obj object && object.members().get("waf") instanceof Json.Arr verdicts) {
            if (verdicts.items().isEmpty()) {
                out.append("\nno filter waf is on its way\n");
            }
            for (Json item : verdicts.items()) {
                if (item instanceof Json.Obj verdict) {
                    String origin = verdict.members().get("origin") instanceof Json.Str(String text) ? text : "";
                    out.append("\nwaf of ").append(origin).append(": ");
                    if (verdict.members().get("faults") instanceof Json.Arr faults) {
                        out.append("cannot be loaded: ").append(faults).append('\n');
                    } else {
                        out.append(WafVerdict.text(verdict));
                    }
                }
            }
        }
        return out.toString();
    }
}
