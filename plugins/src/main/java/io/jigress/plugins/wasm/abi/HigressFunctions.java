package io.jigress.plugins.wasm.abi;

import io.jigress.api.EndpointFacts;
import io.jigress.api.Exchange;
import io.jigress.api.IpLiteral;
import io.jigress.api.Json;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Host functions that Higress adds to the ABI (0.2.100).
final class HigressFunctions {
    private HigressFunctions() {}

    static long redisInit(Vm vm, long[] a) {
        String name = vm.text((int) a[0], (int) a[1]);
        String user = vm.text((int) a[2], (int) a[3]);
        String password = vm.text((int) a[4], (int) a[5]);
        String cluster = redisCluster(vm, name);
        if (cluster == null) {
            return Status.BAD_ARGUMENT;
        }
        vm.calls().redis(name, cluster, user, password, Integer.toUnsignedLong((int) a[6]));
        return Status.OK;
    }

    private static @Nullable String redisCluster(Vm vm, String name) {
        int options = name.indexOf('?');
        return CallFunctions.cluster(vm, options < 0 ? name : name.substring(0, options), CallFunctions.REDIS);
    }

    static long redisCall(Vm vm, long[] a) {
        String name = vm.text((int) a[0], (int) a[1]);
        byte[] query = vm.guest().read((int) a[2], (int) a[3]);
        if (!vm.calls().hasRedis(name) || query.length == 0) {
            return Status.BAD_ARGUMENT;
        }
        int token = vm.calls().redisCall(name, query);
        if (token == 0) {
            return Status.INTERNAL_FAILURE;
        }
        vm.guest().writeInt((int) a[4], token);
        return Status.OK;
    }

    /// Pairs of an address and a JSON object: `health_status` as in Envoy, and what is known besides.
    static long upstreamHosts(Vm vm, long[] a) {
        HttpContext context = vm.current();
        Exchange exchange = context == null ? null : context.exchange();
        if (exchange == null || exchange.clusterName() == null) {
            return Status.NOT_FOUND;
        }
        List<Map.Entry<String, String>> hosts = new ArrayList<>();
        for (EndpointFacts endpoint : exchange.endpoints()) {
            Json.Builder labels = Json.object();
            endpoint.labels().forEach(labels::put);
            String about = Json.object().put("health_status", endpoint.healthy() ? "Healthy" : "Unhealthy")
                    .put("weight", endpoint.weight()).put("metadata", labels.build()).build().toString();
            // The bytes of UTF-8, as Latin-1.
            hosts.add(Map.entry(Attributes.print(endpoint.address()),
                    new String(about.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)));
        }
        vm.give(Pairs.write(hosts), (int) a[0], (int) a[1]);
        return Status.OK;
    }

    static long overrideHost(Vm vm, long[] a) {
        HttpContext context = vm.current();
        Exchange exchange = context == null ? null : context.exchange();
        InetSocketAddress address = IpLiteral.withPort(vm.text((int) a[0], (int) a[1]));
        if (exchange == null || address == null) {
            return Status.BAD_ARGUMENT;
        }
        return exchange.overrideEndpoint(address, false) ? Status.OK : Status.INTERNAL_FAILURE;
    }

    static long inject(Vm vm, long[] a) {
        HttpContext context = vm.current();
        if (context == null || context.exchange() == null) {
            return Status.BAD_ARGUMENT;
        }
        return context.response().inject(context.exchange(), vm.guest().read((int) a[0], (int) a[1]), a[2] != 0);
    }
}
