package io.jigress.app.translate;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.UpstreamProtocol;
import io.jigress.control.DubboFeed;
import io.jigress.control.DubboFeed.Mapping;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import io.jigress.control.kinds.RpcSyntax;
import io.jigress.dubbo.DubboProtocol;
import io.jigress.dubbo.DubboServices;
import io.jigress.dubbo.TripleProtocol;
import io.jigress.dubbo.mapping.CompiledService;
import io.jigress.dubbo.mapping.DubboMapping;
import io.jigress.dubbo.mapping.MappingReader;
import io.jigress.dubbo.type.JavaType;
import io.jigress.dubbo.type.ServiceDefinition;
import io.jigress.proxy.Gateway;
import io.jigress.proxy.ProxySettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The mappings from HTTP to Dubbo of one gateway, from objects to the compiled mappings that connections look up.
public final class DubboMappings {
    /// Checks mappings by the readers of the room `dubbo`.
    public static final RpcSyntax SYNTAX = new RpcSyntax() {
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
    /// Guarded by this.
    private final Map<ResourceKey, Known> mappings = new TreeMap<>();
    /// The published types of providers, by the name in the directory. Guarded by this.
    private final Map<String, Json> definitions = new HashMap<>();

    private static final class Known {
        final Mapping mapping;
        @Nullable CompiledService service;

        Known(Mapping mapping, @Nullable CompiledService service) {
            this.mapping = mapping;
            this.service = service;
        }
    }

    /// The mappings of objects that are read once, without a gateway.
    public static DubboMappings of(ResourceSet resources) {
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

    /// Updates the mappings when objects change.
    public DubboFeed feed() {
        return new DubboFeed(SYNTAX, this::changed);
    }

    private synchronized void changed(ResourceKey key, @Nullable Mapping mapping) {
        if (mapping == null) {
            mappings.remove(key);
            services.remove(DubboFeed.name(key));
        } else {
            Known known = new Known(mapping, null);
            mappings.put(key, known);
            compile(key, known);
        }
    }

    /// Updates the types that providers publish: an empty object when they publish none, null when the name is no longer watched.
    ///
    /// @param registered a name in the directory `dubbo`
    public synchronized void published(String registered, @Nullable Json definition) {
        if (definition == null) {
            definitions.remove(registered);
        } else {
            definitions.put(registered, definition);
        }
        mappings.forEach((key, known) -> {
            if (known.mapping.registered().equals(registered)) {
                compile(key, known);
            }
        });
    }

    private void compile(ResourceKey key, Known known) {
        // Errors of the mapping itself are already reported as problems of the object.
        DubboMapping mapping = MappingReader.read(JsonReader.of("spec", known.mapping.spec()));
        Json definition = definitions.get(known.mapping.registered());
        ServiceDefinition types = definition == null || definition.equals(Json.Obj.EMPTY)
                ? null
                : ServiceDefinition.read(JsonReader.of("", definition));
        known.service = CompiledService.compile(mapping, types);
        services.put(DubboFeed.name(key), known.service);
    }

    /// The problems of mappings that contradict the types which providers publish.
    public synchronized List<Problem> problems() {
        List<Problem> problems = new ArrayList<>();
        mappings.forEach((key, known) -> {
            CompiledService service = known.service;
            if (service != null && definitions.containsKey(known.mapping.registered())) {
                service.problems().forEach(problem -> problems.add(new Problem(key, known.mapping.source(),
                        "spec.methods[" + problem.method() + "]", problem.what() + ", so that its requests get 500",
                        problem.expected(), Problem.Severity.ERROR)));
            }
        });
        return problems;
    }

    /// All mappings with their methods.
    public synchronized Json json() {
        List<Json> all = new ArrayList<>();
        mappings.forEach((key, known) -> {
            CompiledService service = known.service;
            if (service != null) {
                Json.Builder out = Json.object().put("kind", key.kind()).put("namespace", key.namespace()).put("name", key.name())
                        .put("types", types(known));
                if (!key.cluster().isEmpty()) {
                    out.put("cluster", key.cluster());
                }
                if (service.json() instanceof Json.Obj(var members)) {
                    members.forEach(out::put);
                }
                all.add(out.build());
            }
        });
        return Json.object().put("services", Json.array(all)).build();
    }

    /// The source of a mapping's types.
    private String types(Known known) {
        Json definition = definitions.get(known.mapping.registered());
        return known.mapping.registered().isEmpty() ? "mapping"
                : definition == null ? "not asked for"
                : definition.equals(Json.Obj.EMPTY) ? "mapping, since nothing is published" : "published";
    }

    /// The OpenAPI document of one mapping; null for an unknown name.
    ///
    /// @param name `namespace/name` or `namespace/name@cluster` of a DubboService or Http2Rpc, or the name alone in the namespace `default`
    public synchronized @Nullable Json openApi(String name) {
        String full = name.contains("/") ? name : "default/" + name;
        for (Map.Entry<ResourceKey, Known> entry : mappings.entrySet()) {
            CompiledService service = entry.getValue().service;
            if (service != null && full.equals(entry.getKey().path())) {
                return service.openApi();
            }
        }
        return null;
    }

    /// The protocols of providers: Dubbo 2, and Triple over HTTP/2.
    public List<UpstreamProtocol> protocols(ProxySettings settings) {
        return List.of(DubboProtocol.of(services), TripleProtocol.of(Gateway.http2(settings), services));
    }

    /// The call of a request to a cluster; null when the mapping is not known.
    public @Nullable Json explain(String name, String method, String path) {
        CompiledService service = services.find(name);
        return service == null ? null : service.explain(method, path);
    }
}
