package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.control.GatewayService;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.ListenerProtocol;
import io.jigress.control.kinds.Service;
import io.jigress.control.translate.GatewayPlan.ServiceView;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The Services of Gateways (decision 18): what each should be, and the ports in the pods that its ports lead to. A Service that is there
/// keeps its numbers, so that all pods have the same.
final class GatewayServices {
    private static final int MAX_PORTS = 10_000;
    /// Of a label, of a port's name, and of a Service's name, by the API server.
    private static final int MAX_NAME = 63;
    private static final int HASH_BYTES = 4;

    private final TranslationIndex index;
    private final String type;
    private final int firstPort;
    private final int lastPort;
    private final Set<Integer> reserved = new HashSet<>();

    /// A Gateway and what it needs.
    ///
    /// @param ports of its listeners
    /// @param addresses of its own, where it listens on these ports; empty where it listens on the shared one
    record Wanted(Table.Entry<Gateway> gateway, SortedMap<Integer, Protocols> ports, List<String> addresses) {
        ResourceKey key() {
            return gateway.key();
        }
    }

    /// What the listeners of a port carry. A TCP and a UDP port of one number lead to one number in the pods.
    ///
    /// @param tcp the `appProtocol` of the TCP port, empty for none; null when there is no TCP port
    record Protocols(@Nullable String tcp, boolean udp) {
        static Protocols of(ListenerProtocol protocol) {
            return switch (protocol) {
                case HTTP -> new Protocols("http", false);
                case HTTPS -> new Protocols("https", false);
                case TLS, TCP -> new Protocols("", false);
                case UDP -> new Protocols(null, true);
            };
        }

        /// The first listener decides the `appProtocol`.
        Protocols and(Protocols later) {
            return new Protocols(tcp == null ? later.tcp : tcp, udp || later.udp);
        }
    }

    GatewayServices(TranslationIndex index, TranslationSettings settings) {
        this.index = index;
        type = settings.serviceType();
        firstPort = settings.firstTargetPort();
        lastPort = firstPort + MAX_PORTS - 1;
        settings.reserved().forEach(each -> reserved.add(each.port()));
        reserved.add(settings.httpPort());
        reserved.add(settings.httpsPort());
    }

    boolean on() {
        return !type.isEmpty();
    }

    /// The Service of a Gateway: `GATEWAY-CLASS`.
    static ResourceKey key(ResourceKey gateway, String className) {
        return gateway.beside(Kinds.CORE, "Service", gateway.namespace(), name(gateway.name() + "-" + className));
    }

    /// A name as the API server takes it for a Service: unchanged where it can be, else with a hash that tells it from others.
    private static String name(String wanted) {
        if (wanted.length() <= MAX_NAME && wanted.matches("[a-z]([-a-z0-9]*[a-z0-9])?")) {
            return wanted;
        }
        String plain = wanted.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "-");
        String led = plain.matches("[a-z].*") ? plain : "gateway-" + plain;
        return led.substring(0, Math.min(led.length(), MAX_NAME - 1 - 2 * HASH_BYTES)) + "-" + hash(wanted);
    }

    /// The value of a label for a name: names may be longer.
    private static String label(String name) {
        return name.length() <= MAX_NAME
                ? name
                : name.substring(0, MAX_NAME - 1 - 2 * HASH_BYTES).replaceAll("[-.]+$", "") + "-" + hash(name);
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("a JDK without SHA-256", e);
        }
    }

    /// The ports in the pods, by Gateway and its ports. Where there is no number left, a port is left out.
    ///
    /// @param gateways the older first
    Map<ResourceKey, Map<Integer, Integer>> targets(List<Wanted> gateways) {
        Map<ResourceKey, Map<Integer, Integer>> targets = new HashMap<>();
        Set<Integer> taken = new HashSet<>(reserved);
        List<Wanted> sharing = gateways.stream().filter(each -> each.addresses.isEmpty()).toList();
        for (Wanted wanted : sharing) {
            Map<Integer, Integer> own = targets.computeIfAbsent(wanted.key(), _ -> new HashMap<>());
            Service service = made(wanted);
            for (int port : wanted.ports.keySet()) {
                Service.Port kept = service == null ? null : kept(service, port);
                if (kept != null && kept.target() >= firstPort && kept.target() <= lastPort && taken.add(kept.target())) {
                    own.put(port, kept.target());
                }
            }
        }
        int next = firstPort;
        for (Wanted wanted : sharing) {
            Map<Integer, Integer> own = targets.getOrDefault(wanted.key(), Map.of());
            for (int port : wanted.ports.keySet()) {
                if (!own.containsKey(port)) {
                    while (next <= lastPort && !taken.add(next)) {
                        next++;
                    }
                    if (next <= lastPort) {
                        own.put(port, next);
                    }
                }
            }
        }
        return targets;
    }

    private static Service.@Nullable Port kept(Service service, int port) {
        Service.Port tcp = service.port(port, false);
        return tcp == null ? service.port(port, true) : tcp;
    }

    /// The Service that was made for a Gateway before; null when there is none.
    private @Nullable Service made(Wanted wanted) {
        Service service = index.services.get(key(wanted.key(), wanted.gateway.value().className()));
        return service != null && service.gateway().equals(label(wanted.key().name())) ? service : null;
    }

    /// @param targets of this Gateway
    ServiceView view(Wanted wanted, Map<Integer, Integer> targets) {
        ResourceKey key = key(wanted.key(), wanted.gateway.value().className());
        Service made = made(wanted);
        List<String> addresses = !wanted.addresses.isEmpty() ? wanted.addresses : made == null ? List.of() : made.addresses();
        boolean foreign = made == null && index.services.get(key) != null;
        List<Json> ports = new ArrayList<>();
        wanted.ports.forEach((port, protocols) -> {
            Integer target = wanted.addresses.isEmpty() ? targets.get(port) : port;
            if (target != null && protocols.tcp != null) {
                Json.Builder tcp = Json.object().put("name", "port-" + port).put("port", port).put("targetPort", target)
                        .put("protocol", "TCP");
                ports.add((protocols.tcp.isEmpty() ? tcp : tcp.put("appProtocol", protocols.tcp)).build());
            }
            if (target != null && protocols.udp) {
                ports.add(Json.object().put("name", "port-" + port + "-udp").put("port", port).put("targetPort", target)
                        .put("protocol", "UDP").build());
            }
        });
        // A Service has at least one port.
        return foreign || ports.isEmpty()
                ? new ServiceView(null, addresses, foreign ? key : null)
                : new ServiceView(new GatewayService(key, object(wanted, key, ports), wanted.addresses), addresses, null);
    }

    private Json.Obj object(Wanted wanted, ResourceKey key, List<Json> ports) {
        Gateway gateway = wanted.gateway.value();
        Map<String, String> labels = new TreeMap<>(gateway.infrastructure().labels());
        labels.put(Service.GATEWAY_NAME, label(wanted.key().name()));
        labels.put(Service.GATEWAY_CLASS, label(gateway.className()));
        labels.put(Service.MANAGED_BY, Kinds.CLASS);
        Json.Builder metadata = Json.object().put("name", key.name()).put("namespace", key.namespace()).put("labels",
                texts(labels));
        if (!gateway.infrastructure().annotations().isEmpty()) {
            metadata.put("annotations", texts(new TreeMap<>(gateway.infrastructure().annotations())));
        }
        return Json.object().put("apiVersion", "v1").put("kind", "Service").put("metadata", metadata.build())
                .put("spec", Json.object().put("type", type).put("ports", Json.array(ports)).build()).build();
    }

    private static Json texts(Map<String, String> texts) {
        Json.Builder object = Json.object();
        texts.forEach(object::put);
        return object.build();
    }
}
