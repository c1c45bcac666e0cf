package io.jigress.control.translate;

import io.jigress.config.FilterCatalog;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Backend;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.DubboService;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.GatewayClass;
import io.jigress.control.kinds.GrpcRoute;
import io.jigress.control.kinds.Http2Rpc;
import io.jigress.control.kinds.HttpRoute;
import io.jigress.control.kinds.Ingress;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.ListenerSet;
import io.jigress.control.kinds.Plugin;
import io.jigress.control.kinds.ReferenceGrant;
import io.jigress.control.kinds.RegexSyntax;
import io.jigress.control.kinds.Registry;
import io.jigress.control.kinds.RouteKind;
import io.jigress.control.kinds.RpcSyntax;
import io.jigress.control.kinds.StreamRouteSpec;
import io.jigress.control.kinds.TrafficPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Finds the problems of a single object: those that the translation would report, except for references to other objects. For several threads.
public final class ObjectCheck {
    private final FilterCatalog catalog;
    private final Map<String, Consumer<Document>> readers = new HashMap<>();

    public ObjectCheck(FilterCatalog catalog, RegexSyntax regex, RpcSyntax rpc) {
        this.catalog = catalog;
        put(Kinds.NETWORKING, "Ingress", Ingress::read);
        put(Kinds.GATEWAY_API, "GatewayClass", GatewayClass::read);
        put(Kinds.GATEWAY_API, "Gateway", Gateway::read);
        put(Kinds.GATEWAY_API, "ListenerSet", ListenerSet::read);
        put(Kinds.GATEWAY_API, "HTTPRoute", document -> HttpRoute.read(document, regex));
        put(Kinds.GATEWAY_API, "GRPCRoute", document -> GrpcRoute.read(document, regex));
        for (RouteKind kind : List.of(RouteKind.TLS, RouteKind.TCP, RouteKind.UDP)) {
            put(Kinds.GATEWAY_API, kind.text(), document -> StreamRouteSpec.read(document, kind));
        }
        put(Kinds.GATEWAY_API, "ReferenceGrant", ReferenceGrant::read);
        put(Kinds.JIGRESS, "Backend", Backend::read);
        put(Kinds.JIGRESS, "DubboService", document -> DubboService.read(document, rpc));
        put(Kinds.HIGRESS, "Http2Rpc", document -> Http2Rpc.read(document, rpc));
        put(Kinds.JIGRESS, "Registry", Registry::read);
        Plugin.KINDS.forEach(kind -> put(Kinds.JIGRESS, kind, Plugin::read));
        put(Kinds.JIGRESS, "TrafficPolicy", TrafficPolicy::read);
    }

    private void put(String group, String kind, Consumer<Document> reader) {
        readers.put(kind + "." + group, reader);
    }

    /// Whether objects of a kind are checked.
    ///
    /// @param key of the kind; namespace and name are ignored
    public boolean checks(ResourceKey key) {
        return readers.containsKey(key.kind() + "." + key.group());
    }

    /// Empty for a kind that is not checked.
    public List<Problem> problems(Resource resource) {
        @Nullable Consumer<Document> reader = readers.get(resource.key().kind() + "." + resource.key().group());
        if (reader == null) {
            return List.of();
        }
        Document document = Document.open(resource);
        reader.accept(document);
        List<Problem> problems = new ArrayList<>(document.problems());
        if (Plugin.KINDS.contains(resource.key().kind())) {
            Plugin plugin = Plugin.read(Document.open(resource));
            // What other objects have is not known here.
            if (!plugin.filter().isEmpty() && plugin.references().isEmpty()) {
                problems.addAll(Document.problems(resource, PluginProcessor.issues(catalog, plugin, plugin.checked(),
                        PluginProcessor.configPath(resource.key(), plugin))));
            }
        }
        return List.copyOf(problems);
    }
}
