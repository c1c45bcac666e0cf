package io.jigress.control.translate;

import io.jigress.api.Durations;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.PathRules;
import io.jigress.config.ProxyProtocolInput;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// Parses resources from YAML, for tests. `metadata.cluster` is the cluster of an object.
final class Yaml {
    private static final YAMLMapper MAPPER = new YAMLMapper();
    private static final Set<String> CLUSTER_SCOPED = Set.of("Namespace", "GatewayClass", "IngressClass");

    private Yaml() {}

    static List<JsonNode> documents(String text) {
        List<JsonNode> documents = new ArrayList<>();
        try (var values = MAPPER.readerFor(JsonNode.class).<JsonNode>readValues(text)) {
            values.forEachRemaining(node -> {
                if (!node.isMissingNode() && !node.isNull()) {
                    documents.add(node);
                }
            });
        }
        return documents;
    }

    static List<Resource> resources(String text) {
        return documents(text).stream().filter(node -> node.has("kind")).map(Yaml::resource).toList();
    }

    static TranslationSettings settings(String text) {
        for (JsonNode node : documents(text)) {
            if (!node.has("kind")) {
                List<String> addresses = new ArrayList<>();
                node.path("gatewayAddresses").forEach(a -> addresses.add(a.asString()));
                return new TranslationSettings(node.path("httpPort").asInt(8080), node.path("sharedAddress").asString(""),
                        addresses, connections(node.path("connections")), PathRules.DEFAULT)
                        .of(node.path("higressNamespace").asString("higress-system"), node.path("zone").asString(""))
                        .joining(new JoinedServices(texts(node.path("joined")), node.path("ownFirst").asBoolean(true)))
                        .serving(node.path("services").asString(""), 20_000)
                        .accepting(ProxyProtocolInput.valueOf(node.path("proxyProtocol").asString("OFF")));
            }
        }
        return TranslationSettings.DEFAULT;
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(text -> texts.add(text.asString()));
        return texts;
    }

    private static ConnectionLimits connections(JsonNode node) {
        ConnectionLimits usual = ConnectionLimits.DEFAULT;
        return new ConnectionLimits(duration(node.path("connect"), usual.connectTimeout()),
                duration(node.path("idle"), usual.idleTimeout()),
                node.path("max").asInt(usual.maxConnections()), node.path("pending").asInt(usual.maxPending()));
    }

    private static Duration duration(JsonNode node, Duration usual) {
        return node.isMissingNode() ? usual : Objects.requireNonNull(Durations.parse(node.asString()), node::toString);
    }

    static Resource resource(JsonNode node) {
        String apiVersion = node.path("apiVersion").asString("v1");
        int slash = apiVersion.indexOf('/');
        String kind = node.path("kind").asString();
        JsonNode metadata = node.path("metadata");
        String namespace = CLUSTER_SCOPED.contains(kind) ? "" : metadata.path("namespace").asString("default");
        ResourceKey key = new ResourceKey(slash < 0 ? "" : apiVersion.substring(0, slash), kind, namespace,
                metadata.path("name").asString("")).in(metadata.path("cluster").asString(""));
        String timestamp = metadata.path("creationTimestamp").asString("");
        long created = timestamp.isEmpty() ? 0 : Instant.parse(timestamp).toEpochMilli();
        return new Resource(key, apiVersion.substring(slash + 1), created, "in.yaml",
                node.toString().getBytes(StandardCharsets.UTF_8));
    }

    static ResourceSet set(List<Resource> resources) {
        ResourceSet set = ResourceSet.EMPTY;
        for (Resource resource : resources) {
            set = new ResourceSet(set.revision() + 1, set.resources().with(resource.key(), resource));
        }
        return set;
    }
}
