package io.jigress.app.run;

import io.jigress.api.Json;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.api.IpLiteral;
import io.jigress.control.kinds.Kinds;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// The source of `--to URL`: delivers the three objects that a user would write, so that all later stages work as usual.
public final class SingleUpstream implements ResourceSource {
    private static final String NAME = "to";
    private static final String NAMESPACE = "default";

    private final String url;
    private final int port;

    /// @param url an `http` URL without path, as in the setting `config.to`
    /// @param port to listen on
    public SingleUpstream(String url, int port) {
        this.url = url;
        this.port = port;
    }

    @Override
    public void start(Sink sink) {
        sink.changed(List.of(
                resource(Kinds.JIGRESS, "v1", "Backend", backend(url)),
                resource(Kinds.GATEWAY_API, "v1", "Gateway", Json.object()
                        .put("gatewayClassName", Kinds.CLASS)
                        .put("listeners",
                                list(Json.object().put("name", "http").put("port", port).put("protocol", "HTTP").build()))
                        .build()),
                resource(Kinds.GATEWAY_API, "v1", "HTTPRoute", Json.object()
                        .put("parentRefs", list(Json.object().put("name", NAME).build()))
                        .put("rules", list(Json.object()
                                .put("backendRefs",
                                        list(Json.object().put("group", Kinds.JIGRESS).put("kind", "Backend").put("name", NAME)
                                                .build()))
                                .build()))
                        .build())),
                List.of(), Map.of());
    }

    /// The spec of a Backend.
    ///
    /// @param url as in the constructor
    public static Json backend(String url) {
        URI uri = URI.create(url);
        String host = uri.getHost().replaceAll("^\\[|]$", "");
        int upstreamPort = uri.getPort() < 0 ? 80 : uri.getPort();
        return IpLiteral.parse(host) != null
                ? Json.object().put("endpoints", list(Json.object().put("address", host).put("port", upstreamPort).build()))
                        .build()
                : Json.object().put("dns", Json.object().put("host", host).put("port", upstreamPort).build()).build();
    }

    private Resource resource(String group, String version, String kind, Json spec) {
        Json object = Json.object()
                .put("apiVersion", group + "/" + version)
                .put("kind", kind)
                .put("metadata", Json.object().put("name", NAME).put("namespace", NAMESPACE).build())
                .put("spec", spec)
                .build();
        return new Resource(new ResourceKey(group, kind, NAMESPACE, NAME), version, 0, "--to " + url,
                object.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static Json list(Json item) {
        return Json.array(List.of(item));
    }

    @Override
    public void close() {}
}
