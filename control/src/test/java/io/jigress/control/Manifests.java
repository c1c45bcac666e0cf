package io.jigress.control;

import static java.nio.charset.StandardCharsets.UTF_8;

/// Resources for tests, from JSON in single quotes.
final class Manifests {
    private Manifests() {}

    static Resource resource(String group, String kind, String name, String source, String json) {
        return new Resource(new ResourceKey(group, kind, "default", name), "v1", 0, source,
                json.replace('\'', '"').getBytes(UTF_8));
    }

    static Resource route(String name, String source, String json) {
        return resource("gateway.networking.k8s.io", "HTTPRoute", name, source, json);
    }

    static Resource service(String name, String spec) {
        return resource("", "Service", name, "a.yaml", "{'metadata':{'name':'" + name + "'},'spec':" + spec + "}");
    }

    /// @param rest the members after metadata
    static Resource slice(String name, String service, String rest) {
        return resource("discovery.k8s.io", "EndpointSlice", name, "a.yaml",
                "{'metadata':{'name':'" + name + "','labels':{'kubernetes.io/service-name':'" + service + "'}}," + rest + "}");
    }
}
