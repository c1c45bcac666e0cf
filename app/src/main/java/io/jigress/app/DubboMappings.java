package io.jigress.app;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.UpstreamProtocol;
import io.jigress.control.DubboFeed;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import io.jigress.control.kinds.RpcSyntax;
import io.jigress.dubbo.DubboProtocol;
import io.jigress.dubbo.DubboServices;
import io.jigress.dubbo.mapping.CompiledService;
import io.jigress.dubbo.mapping.MappingReader;
import io.jigress.dubbo.type.JavaType;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The mappings from HTTP to Dubbo of one gateway: from what the objects say to what connections look up.
final class DubboMappings {
    /// What the room `dubbo` can carry out.
    static final RpcSyntax SYNTAX = new RpcSyntax() {
        @Override
        public void mapping(JsonReader spec, boolean published) {
            MappingReader.check(spec, published);
        }

        @Override
        public void connection(JsonReader connection) {
            DubboProtocol.check(connection);
        }

        @Override
        public boolean isJavaType(String text) {
            return JavaType.parse(text) != null;
        }
    };

    private final DubboServices services = new DubboServices();

    /// Those of objects that are read once, without a gateway.
    static DubboMappings of(ResourceSet resources) {
        DubboMappings mappings = new DubboMappings();
        DubboFeed feed = mappings.feed();
        Map<ResourceKey, Resource> concerned = new HashMap<>();
        resources.resources().forEach((key, resource) -> {
            if (feed.concerns(key)) {
                concerned.put(key, resource);
            }
        });
        feed.changed(concerned);
        return mappings;
    }

    /// Keeps the mappings as the objects are.
    DubboFeed feed() {
        return new DubboFeed(SYNTAX, this::changed);
    }

    private void changed(ResourceKey key, @Nullable Json mapping) {
        if (mapping == null) {
            services.remove(DubboFeed.name(key));
        } else {
            // What is wrong with it has been said as problems of the object.
            services.put(DubboFeed.name(key),
                    CompiledService.compile(MappingReader.read(JsonReader.of("spec", mapping)), null));
        }
    }

    UpstreamProtocol protocol() {
        return DubboProtocol.of(services);
    }

    /// What a request to a cluster would call; null when the mapping is not known.
    @Nullable Json explain(String name, String method, String path) {
        CompiledService service = services.find(name);
        return service == null ? null : service.explain(method, path);
    }
}
