package io.jigress.control;

import io.jigress.api.Json;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.DubboService;
import io.jigress.control.kinds.Http2Rpc;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.RpcSyntax;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Passes on the mappings from HTTP to Dubbo. Each cluster of a DubboService or Http2Rpc names its mapping by the object ([#name]), so that an
/// edit of a mapping changes neither a cluster nor a connection.
public final class DubboFeed implements ResourceFollower {
    /// @param spec in the form of a DubboService's `spec`
    /// @param registered the name of its providers in the directory `dubbo`; empty when they are not found in a registry
    /// @param source where the object came from, for problems
    public record Mapping(Json spec, String registered, String source) {
    }

    private final RpcSyntax syntax;
    private final BiConsumer<ResourceKey, @Nullable Mapping> listener;
    private final Map<ResourceKey, Mapping> told = new HashMap<>();

    /// @param listener is called for each mapping that is new or differs, and with null for one that was removed or is invalid
    public DubboFeed(RpcSyntax syntax, BiConsumer<ResourceKey, @Nullable Mapping> listener) {
        this.syntax = syntax;
        this.listener = listener;
    }

    /// The name of an object's mapping in the configuration of clusters.
    public static String name(ResourceKey key) {
        return key.toString();
    }

    @Override
    public boolean concerns(ResourceKey key) {
        return Kinds.is(key, Kinds.JIGRESS, "DubboService") || Kinds.is(key, Kinds.HIGRESS, "Http2Rpc");
    }

    @Override
    public void changed(Map<ResourceKey, ? extends @Nullable Resource> changes) {
        changes.forEach((key, resource) -> {
            Mapping now = resource == null ? null : mapping(key, resource);
            Mapping before = now == null ? told.remove(key) : told.put(key, now);
            if (!Objects.equals(before, now)) {
                listener.accept(key, now);
            }
        });
    }

    private @Nullable Mapping mapping(ResourceKey key, Resource resource) {
        Document document = Document.open(resource);
        if (key.kind().equals("Http2Rpc")) {
            Http2Rpc rpc = Http2Rpc.read(document, syntax);
            return rpc.valid() ? new Mapping(rpc.mapping(), "", resource.source()) : null;
        }
        DubboService service = DubboService.read(document, syntax);
        Json spec = document.root().json().members().get("spec");
        if (!service.valid() || spec == null) {
            return null;
        }
        String registered = service.origin() instanceof DubboService.Registered(_, RegistryService of) ? of.text() : "";
        return new Mapping(spec, registered, resource.source());
    }
}
