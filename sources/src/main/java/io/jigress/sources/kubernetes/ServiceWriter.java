package io.jigress.sources.kubernetes;

import io.jigress.api.IpLiteral;
import io.jigress.api.Json;
import io.jigress.control.GatewayService;
import io.jigress.control.JsonParser;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Service;
import io.jigress.sources.kubernetes.ClusterApi.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes the Services of one cluster's Gateways and their EndpointSlices (decision 18), and writes each again when another client has changed
/// it. The Gateway owns them, so that the cluster removes them with it; those of a Gateway that went to another class are removed here. For the thread of the statuses, except [#changed] and [#listed].
final class ServiceWriter {
    private static final Logger log = LoggerFactory.getLogger(ServiceWriter.class);
    private static final String APPLY = "application/apply-patch+yaml";
    private static final String SERVICE_NAME = "kubernetes.io/service-name";
    private static final String SLICE_MANAGER = "endpointslice.kubernetes.io/managed-by";
    private static final String SLICE_MANAGED = Kinds.GATEWAY_CONTROLLER.replace('/', '.');
    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;
    private static final int FORBIDDEN = 403;
    /// The API server's limit for one EndpointSlice.
    private static final int MAX_ENDPOINTS = 1000;

    enum Outcome {
        DONE, LATER, FORBIDDEN
    }

    private enum Family {
        IPV4("IPv4"), IPV6("IPv6");

        private final String type;

        Family(String type) {
            this.type = type;
        }
    }

    /// The Service that was written for a Gateway.
    ///
    /// @param pods whether its endpoints are the pods
    private record Applied(ResourceKey service, boolean pods, String text) {}

    private final ClusterApi api;
    private final List<KindWatch> watches;
    /// The Service whose endpoints are the pods of the gateway; its name is empty when none is known.
    private final ResourceKey pods;
    private final Map<ResourceKey, Applied> applied = new ConcurrentHashMap<>();
    private int writes;

    /// @param pods `namespace/name` of the Service of the gateway's pods; empty when none is known
    ServiceWriter(ClusterApi api, List<KindWatch> watches, String pods) {
        this.api = api;
        this.watches = watches;
        this.pods = ResourceKey.ofPath(Kinds.CORE, "Service", pods);
    }

    /// The number of requests that were sent so far, to compare.
    int writes() {
        return writes;
    }

    /// Clears what was applied: another process writes now.
    void forget() {
        applied.clear();
    }

    /// An object was changed or removed.
    ///
    /// @return the Gateways that are to be written again
    List<ResourceKey> changed(ResourceKey key) {
        boolean service = Kinds.is(key, Kinds.CORE, "Service");
        if (applied.isEmpty() || !service && !Kinds.is(key, Kinds.DISCOVERY, "EndpointSlice")) {
            return List.of();
        }
        boolean ofPods = !service && !pods.name().isEmpty() && isSliceOf(key, pods);
        List<ResourceKey> gateways = new ArrayList<>();
        applied.forEach((gateway, known) -> {
            boolean own = service ? key.equals(known.service) : isSliceOf(key, known.service);
            if (own) {
                applied.remove(gateway, known);
            }
            if (own || ofPods && known.pods) {
                gateways.add(gateway);
            }
        });
        return gateways;
    }

    /// All objects of a kind were read again: some may have been changed meanwhile.
    List<ResourceKey> listed(WatchedKind kind) {
        if (!kind.kind().equals("Service") && !kind.kind().equals("EndpointSlice")) {
            return List.of();
        }
        List<ResourceKey> gateways = List.copyOf(applied.keySet());
        applied.clear();
        return gateways;
    }

    private static boolean isSliceOf(ResourceKey slice, ResourceKey service) {
        return slice.namespace().equals(service.namespace()) && slice.name().startsWith(service.name() + "-");
    }

    /// Writes and removes the Services of a Gateway.
    ///
    /// @param services null for none
    Outcome write(Resource gateway, @Nullable GatewayService services, Tokens tokens) throws IOException, InterruptedException {
        GatewayService.Wanted wanted = services == null ? null : services.wanted();
        if (wanted == null) {
            applied.remove(gateway.key());
        } else {
            Outcome outcome = write(gateway, wanted, tokens);
            if (outcome != Outcome.DONE) {
                return outcome;
            }
        }
        for (ResourceKey surplus : services == null ? List.<ResourceKey>of() : services.surplus()) {
            Outcome outcome = remove(surplus, tokens);
            if (outcome != Outcome.DONE) {
                return outcome;
            }
        }
        return Outcome.DONE;
    }

    private Outcome write(Resource gateway, GatewayService.Wanted wanted, Tokens tokens)
            throws IOException, InterruptedException {
        ResourceKey key = gateway.key();
        List<Json.Obj> objects = new ArrayList<>();
        objects.add(owned(wanted.object(), gateway));
        for (Family family : Family.values()) {
            List<Json> endpoints = endpoints(wanted, family);
            ResourceKey slice = slice(wanted.key(), family);
            if (!endpoints.isEmpty() || seen(slice)) {
                objects.add(owned(slice(slice, wanted, family, endpoints), gateway));
            }
        }
        Applied now = new Applied(wanted.key(), wanted.addresses().isEmpty(), objects.toString());
        if (now.equals(applied.get(key))) {
            return Outcome.DONE;
        }
        // Stored before the objects are written: a change of them that is seen meanwhile removes the entry.
        applied.put(key, now);
        for (Json.Obj object : objects) {
            tokens.take();
            Outcome outcome = apply(object, seen(wanted.key()));
            if (outcome != Outcome.DONE) {
                applied.remove(key);
                return outcome;
            }
        }
        return Outcome.DONE;
    }

    /// Removes a Service and its EndpointSlices, unless another client has changed them since they were seen.
    private Outcome remove(ResourceKey service, Tokens tokens) throws IOException, InterruptedException {
        List<ResourceKey> objects = new ArrayList<>();
        for (Family family : Family.values()) {
            objects.add(slice(service, family));
        }
        objects.add(service);
        for (ResourceKey key : objects) {
            for (KindWatch watch : watches) {
                KindWatch.Seen seen = watch.kind().is(key) ? watch.seen(key) : null;
                if (seen != null && isMade(seen.resource())) {
                    tokens.take();
                    Outcome outcome = delete(watch.kind().path(watch.version(), key), key, seen.resourceVersion());
                    if (outcome != Outcome.DONE) {
                        return outcome;
                    }
                }
            }
        }
        return Outcome.DONE;
    }

    private static boolean isMade(Resource resource) {
        Json.Obj labels = object(object(parse(resource.json()), "metadata"), "labels");
        return text(labels, Service.MANAGED_BY).equals(Kinds.CLASS) || text(labels, SLICE_MANAGER).equals(SLICE_MANAGED);
    }

    private Outcome delete(String path, ResourceKey key, String resourceVersion) throws IOException, InterruptedException {
        writes++;
        Json options = Json.object().put("apiVersion", "v1").put("kind", "DeleteOptions")
                .put("preconditions", Json.object().put("resourceVersion", resourceVersion).build()).build();
        Reply reply = api.send("DELETE", path, "application/json", options.toString());
        return reply.code() == NOT_FOUND ? Outcome.DONE : outcome(reply, key.kind(), key.namespace(), key.name());
    }

    /// @param known whether the Service exists already and is ours: conflicting changes are then overwritten (`force`)
    private Outcome apply(Json.Obj object, boolean known) throws IOException, InterruptedException {
        writes++;
        Json.Obj metadata = object(object, "metadata");
        boolean service = text(object, "kind").equals("Service");
        String path = (service ? "/api/v1" : "/apis/discovery.k8s.io/v1") + "/namespaces/" + text(metadata, "namespace")
                + (service ? "/services/" : "/endpointslices/") + text(metadata, "name");
        Reply reply = api.send("PATCH", path + "?fieldManager=" + Kinds.CLASS + "&force=" + (known || !service), APPLY,
                object.toString());
        return outcome(reply, text(object, "kind"), text(metadata, "namespace"), text(metadata, "name"));
    }

    private static Outcome outcome(Reply reply, String kind, String namespace, String name) {
        if (reply.isSuccess()) {
            return Outcome.DONE;
        }
        if (reply.code() != FORBIDDEN && reply.code() != CONFLICT) {
            log.warn("{} {}/{} was refused: {}", kind, namespace, name, StatusText.message(reply.body()));
        }
        return reply.code() == FORBIDDEN ? Outcome.FORBIDDEN : Outcome.LATER;
    }

    private boolean seen(ResourceKey key) {
        return watches.stream().anyMatch(watch -> watch.kind().is(key) && watch.seen(key) != null);
    }

    // ---- EndpointSlices

    private static ResourceKey slice(ResourceKey service, Family family) {
        return service.beside(Kinds.DISCOVERY, "EndpointSlice", service.namespace(),
                service.name() + (family == Family.IPV4 ? "-ipv4" : "-ipv6"));
    }

    private static Json.Obj slice(ResourceKey key, GatewayService.Wanted wanted, Family family, List<Json> endpoints) {
        List<Json> ports = new ArrayList<>();
        if (object(wanted.object(), "spec").members().get("ports") instanceof Json.Arr(List<Json> items)) {
            for (Json item : items) {
                if (item instanceof Json.Obj port) {
                    ports.add(Json.object().put("name", text(port, "name"))
                            .put("port", port.members().getOrDefault("targetPort", Json.Null.NULL))
                            .put("protocol", text(port, "protocol")).put("appProtocol", text(port, "appProtocol")).build());
                }
            }
        }
        Json labels = Json.object().put(SERVICE_NAME, wanted.key().name())
                .put(SLICE_MANAGER, SLICE_MANAGED).build();
        return Json.object().put("apiVersion", "discovery.k8s.io/v1").put("kind", "EndpointSlice")
                .put("metadata",
                        Json.object().put("name", key.name()).put("namespace", key.namespace()).put("labels", labels).build())
                .put("addressType", family.type)
                .put("endpoints", Json.array(endpoints.subList(0, Math.min(MAX_ENDPOINTS, endpoints.size()))))
                .put("ports", Json.array(ports)).build();
    }

    private List<Json> endpoints(GatewayService.Wanted wanted, Family family) {
        List<Json> endpoints = new ArrayList<>();
        if (wanted.addresses().isEmpty()) {
            pods(family, endpoints);
            return endpoints;
        }
        for (String address : wanted.addresses()) {
            if (isOf(family, address) && isReachable(address)) {
                endpoints.add(Json.object().put("addresses", Json.array(List.of(Json.of(address))))
                        .put("conditions", Json.object().put("ready", true).build()).build());
            }
        }
        return endpoints;
    }

    /// Adds the pods, as in the EndpointSlices of their own Service.
    private void pods(Family family, List<Json> endpoints) {
        if (pods.name().isEmpty()) {
            return;
        }
        watches.stream().filter(watch -> watch.kind().kind().equals("EndpointSlice")).flatMap(watch -> watch.resources().stream())
                .filter(resource -> isSliceOf(resource.key(), pods)).sorted((a, b) -> a.key().compareTo(b.key()))
                .forEach(resource -> {
                    Json.Obj slice = parse(resource.json());
                    if (text(object(object(slice, "metadata"), "labels"), SERVICE_NAME).equals(pods.name())
                            && text(slice, "addressType").equals(family.type)
                            && slice.members().get("endpoints") instanceof Json.Arr(List<Json> items)) {
                        items.forEach(item -> endpoints.add(pod(item)));
                    }
                });
    }

    /// Without the reference to the pod, which is in another namespace.
    private static Json pod(Json endpoint) {
        Json.Builder copy = Json.object();
        if (endpoint instanceof Json.Obj(Map<String, Json> members)) {
            for (String field : List.of("addresses", "conditions", "nodeName", "zone")) {
                Json value = members.get(field);
                if (value != null) {
                    copy.put(field, value);
                }
            }
        }
        return copy.build();
    }

    private static boolean isOf(Family family, String address) {
        return address.contains(":") == (family == Family.IPV6);
    }

    /// Whether the API server accepts it as the address of an endpoint.
    private static boolean isReachable(String address) {
        if (IpLiteral.parse(address) == null) {
            return false;
        }
        InetAddress parsed = InetAddress.ofLiteral(address);
        return !parsed.isAnyLocalAddress() && !parsed.isLoopbackAddress() && !parsed.isLinkLocalAddress()
                && !parsed.isMulticastAddress();
    }

    // ---- JSON

    private static Json.Obj owned(Json.Obj object, Resource gateway) {
        Json owner = Json.object().put("apiVersion", Kinds.apiVersion(Kinds.GATEWAY_API)).put("kind", gateway.key().kind())
                .put("name", gateway.key().name()).put("uid", EventWriter.uid(gateway)).put("controller", true).build();
        Json.Builder metadata = Json.object();
        object(object, "metadata").members().forEach(metadata::put);
        metadata.put("ownerReferences", Json.array(List.of(owner)));
        Json.Builder copy = Json.object();
        object.members().forEach(copy::put);
        return copy.put("metadata", metadata.build()).build();
    }

    private static Json.Obj parse(byte[] json) {
        return JsonParser.parse(json) instanceof JsonParser.Result.Parsed(Json.Obj object) ? object : Json.Obj.EMPTY;
    }

    private static Json.Obj object(Json.Obj holder, String name) {
        return holder.members().get(name) instanceof Json.Obj object ? object : Json.Obj.EMPTY;
    }

    private static String text(Json.Obj holder, String name) {
        return holder.members().get(name) instanceof Json.Str(String text) ? text : "";
    }
}
