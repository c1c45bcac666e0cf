package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.FilterSpec.OnFailure;
import io.jigress.control.JsonParser;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Plugin;
import io.jigress.control.kinds.Plugin.KeyRef;
import io.jigress.control.kinds.PluginHost;
import io.jigress.control.kinds.Service;
import io.jigress.control.kinds.ServiceHost;
import io.jigress.control.kinds.TrafficSettings;
import io.jigress.control.translate.ClusterResolver.Resolution;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What a plugin needs of other objects: the clusters that it calls, and members of its configuration that ConfigMaps have.
///
/// @param config of its filter, complete
/// @param complete false when a reference cannot be resolved, which is reported
record PluginNeeds(Json config, List<Cluster> clusters, boolean complete) {

    private static final List<String> FIELDS = List.of("data", "binaryData");
    private static final String NO_CALL = "cannot be called: it ";
    private static final Plugin.Hosted NOTHING = new Plugin.Hosted(Map.of(), List.of(), false, null, OnFailure.BY_KIND);

    static PluginNeeds resolve(TranslationIndex index, ClusterResolver resolver, RouteBuild build, Plugin plugin) {
        if (plugin.hosted() == null && plugin.texts().isEmpty()) {
            return new PluginNeeds(plugin.config(), List.of(), true);
        }
        Plugin.Hosted hosted = plugin.hosted() == null ? NOTHING : plugin.hosted();
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
        for (ServiceHost host : hosted.hosts()) {
            named(index, resolver, build, host).forEach((name, cluster) -> {
                clusters.add(cluster);
                names.put(name, cluster.name());
            });
        }
        Map<String, String> texts = new LinkedHashMap<>();
        for (Map.Entry<String, KeyRef> ref : plugin.texts().entrySet()) {
            String text = text(index, build, ref.getValue());
            if (text == null) {
                complete = false;
            } else {
                texts.put(ref.getKey(), text);
            }
        }
        return new PluginNeeds(PluginHost.complete(plugin.config(), names, texts), List.copyOf(clusters), complete);
    }

    /// The clusters of a service that a configuration names, by the names that calls of a plugin have: its host, and for a Service its host and each port; the
    /// schemes `grpc` and `redis` before the name are for calls of these protocols. A service that does not exist is reported, and the plugin runs without it.
    private static Map<String, Cluster> named(TranslationIndex index, ClusterResolver resolver, RouteBuild build,
            ServiceHost host) {
        ServiceHost.Local local = host.local();
        Map<String, Cluster> found = new LinkedHashMap<>();
        if (local == null) {
            put(resolver, build, host, host.host(), found, speech -> resolver.host(build, host.host(), speech));
            return found;
        }
        ResourceKey key = build.key().beside(Kinds.CORE, "Service", local.namespace(), local.name());
        build.use(key);
        Service service = index.services.get(key);
        if (service == null) {
            build.findings().add(host.path(), NO_CALL + "names \"" + host.host() + "\", and there is no " + key,
                    "the host of a Service", Severity.WARNING, key);
            return found;
        }
        service.ports(false).forEach(port -> put(resolver, build, host, host.host() + ":" + port.port(), found,
                speech -> resolver.service(key, port.port(), speech)));
        return found;
    }

    private static void put(ClusterResolver resolver, RouteBuild build, ServiceHost host, String name, Map<String, Cluster> to,
            Function<Speech, Resolution> found) {
        Resolution http = found.apply(Speech.HTTP1);
        if (http instanceof Resolution.Broken broken) {
            String part = broken.field().isEmpty() ? "" : "names \"" + name + "\", whose " + broken.field() + " ";
            build.findings().add(host.path(), NO_CALL + part + broken.what(), broken.expected(), Severity.WARNING,
                    broken.missing());
            return;
        }
        putFound(name, http, to);
        putFound("grpc://" + name, resolver.grpc(http), to);
        putFound("redis://" + name, found.apply(Speech.TCP), to);
    }

    private static void putFound(String name, Resolution found, Map<String, Cluster> to) {
        if (found instanceof Resolution.Found(Cluster cluster)) {
            to.put(name, cluster);
        }
    }

    /// The value of a key: text of `data`, or base64 of `binaryData`; null when there is none, which is reported.
    private static @Nullable String text(TranslationIndex index, RouteBuild build, KeyRef ref) {
        build.use(ref.configMap());
        Resource found = index.resources.get(ref.configMap());
        if (found == null) {
            build.findings().add(ref.path() + ".name",
                    "is \"" + ref.configMap().name() + "\", and there is no " + ref.configMap(), "the name of a ConfigMap",
                    Severity.ERROR, ref.configMap());
            return null;
        }
        if (JsonParser.parse(found.json()) instanceof JsonParser.Result.Parsed(Json.Obj(var members))) {
            for (String field : FIELDS) {
                if (members.get(field) instanceof Json.Obj(var data) && data.get(ref.key()) instanceof Json.Str(String text)) {
                    return text;
                }
            }
        }
        build.findings().error(ref.path() + ".key",
                "is \"" + ref.key() + "\", and " + ref.configMap() + " has no such key in its data", "a key of the ConfigMap");
        return null;
    }
}
