package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.control.JsonParser;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.kinds.Plugin;
import io.jigress.control.kinds.Plugin.ScriptRef;
import io.jigress.control.kinds.PluginHost;
import io.jigress.control.kinds.TrafficSettings;
import io.jigress.control.translate.ClusterResolver.Resolution;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a hosted plugin needs of other objects: the clusters that it calls, and its script.
///
/// @param config of its filter, complete
/// @param complete false when a reference cannot be resolved, which is reported
record PluginNeeds(Json config, List<Cluster> clusters, boolean complete) {

    static PluginNeeds resolve(TranslationIndex index, ClusterResolver resolver, RouteBuild build, Plugin plugin,
            Plugin.Hosted hosted) {
        List<Cluster> clusters = new ArrayList<>();
        Map<String, String> names = new LinkedHashMap<>();
        boolean complete = true;
        for (var named : hosted.backends().entrySet().stream().sorted(Map.Entry.comparingByKey()).toList()) {
            var ref = named.getValue();
            if (!ref.valid()) {
                complete = false;
                continue;
            }
            Resolution found = resolver.resolve(build, ref.key(), "", ref.port(), TrafficSettings.NONE, TrafficSettings.NONE);
            switch (hosted.grpc() ? resolver.grpc(found) : found) {
                case Resolution.Broken broken -> {
                    complete = false;
                    build.findings().add(ref.path() + (broken.field().isEmpty() ? "" : "." + broken.field()), broken.what(),
                            broken.expected(), Severity.ERROR, broken.missing());
                }
                case Resolution.Found(Cluster cluster) -> {
                    clusters.add(cluster);
                    names.put(named.getKey(), cluster.name());
                }
            }
        }
        ScriptRef ref = hosted.script();
        String script = ref == null ? null : script(index, build, ref);
        return new PluginNeeds(PluginHost.complete(plugin.config(), names, script), List.copyOf(clusters),
                complete && (ref == null || script != null));
    }

    private static @Nullable String script(TranslationIndex index, RouteBuild build, ScriptRef ref) {
        build.use(ref.configMap());
        Resource found = index.resources.get(ref.configMap());
        if (found == null) {
            build.findings().add(ref.path() + ".name",
                    "is \"" + ref.configMap().name() + "\", and there is no " + ref.configMap(), "the name of a ConfigMap",
                    Severity.ERROR, ref.configMap());
            return null;
        }
        if (JsonParser.parse(found.json()) instanceof JsonParser.Result.Parsed(Json.Obj(var members))
                && members.get("data") instanceof Json.Obj(var data)
                && data.get(ref.key()) instanceof Json.Str(String text)) {
            return text;
        }
        build.findings().error(ref.path() + ".key",
                "is \"" + ref.key() + "\", and " + ref.configMap() + " has no such key in its data", "a key of the ConfigMap");
        return null;
    }
}
