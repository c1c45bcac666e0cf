package io.jigress.plugins.wasm.abi;

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

    private static @org.jspecify.annotations.Nullable String redisCluster(Vm vm, String name) {
        int options = name.indexOf('?');
        return CallFunctions.cluster(vm, options < 0 ? name : name.substring(0, options));
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

    /// Filters do not see the endpoints of clusters.
    static long upstreamHosts(Vm vm, long[] a) {
        return Status.UNIMPLEMENTED;
    }

    /// Filters do not choose endpoints.
    static long overrideHost(Vm vm, long[] a) {
        return Status.UNIMPLEMENTED;
    }

    static long inject(Vm vm, long[] a) {
        HttpContext context = vm.current();
        if (context == null || context.exchange() == null) {
            return Status.BAD_ARGUMENT;
        }
        return context.response().inject(context.exchange(), vm.guest().read((int) a[0], (int) a[1]), a[2] != 0);
    }
}
