package io.jigress.plugins.wasm.abi;

import io.jigress.api.CallRequest;
import io.jigress.api.HeaderName;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Host functions that call services.
final class CallFunctions {
    private static final int ENVOY_GRPC = 1;
    private static final int CLUSTER_NAME = 1;
    private static final String HTTP = "";
    private static final String GRPC = "grpc://";
    static final String REDIS = "redis://";

    private CallFunctions() {}

    /// The cluster that a name stands for: a name of a backend, or of a cluster of Higress's; null when the plugin has no such backend, which is logged.
    ///
    /// @param scheme before the names of backends for the protocol of the call
    static @Nullable String cluster(Vm vm, String name, String scheme) {
        Map<String, String> backends = vm.facts().backends();
        String exact = backends.get(name);
        String cluster = exact == null ? IstioNames.called(name, scheme, backends) : exact;
        if (cluster == null) {
            Set<String> known = new TreeSet<>(backends.keySet());
            known.removeIf(each -> each.startsWith(GRPC) || each.startsWith(REDIS));
            vm.log().line(4, "calls the service \"" + name + "\", which is not among its backends (expected: "
                    + (known.isEmpty() ? "none are configured" : "one of " + known) + ")");
        }
        return cluster;
    }

    static long httpCall(Vm vm, long[] a) {
        String cluster = cluster(vm, vm.text((int) a[0], (int) a[1]), HTTP);
        List<Map.Entry<String, String>> headers = Pairs.read(vm.guest().read((int) a[2], (int) a[3]));
        byte[] body = vm.guest().read((int) a[4], (int) a[5]);
        if (headers == null || Pairs.read(vm.guest().read((int) a[6], (int) a[7])) == null) {
            return Status.PARSE_FAILURE;
        }
        if (cluster == null) {
            return Status.BAD_ARGUMENT;
        }
        CallRequest request = request(headers);
        if (request == null) {
            return Status.BAD_ARGUMENT;
        }
        int token = vm.calls().http(cluster, request, body, Integer.toUnsignedLong((int) a[8]));
        if (token == 0) {
            return Status.INTERNAL_FAILURE;
        }
        vm.guest().writeInt((int) a[9], token);
        return Status.OK;
    }

    /// @return null when a pseudo header field is missing, or a field cannot be sent
    private static @Nullable CallRequest request(List<Map.Entry<String, String>> headers) {
        String method = null;
        String path = null;
        String authority = null;
        for (Map.Entry<String, String> header : headers) {
            switch (header.getKey()) {
                case ":method" -> method = header.getValue();
                case ":path" -> path = header.getValue();
                case ":authority" -> authority = header.getValue();
                default -> {
                    // A field.
                }
            }
        }
        if (method == null || path == null || authority == null) {
            return null;
        }
        try {
            return with(CallRequest.of(method, authority, path), headers);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static CallRequest with(CallRequest request, List<Map.Entry<String, String>> headers) {
        for (Map.Entry<String, String> header : headers) {
            if (header.getKey().isEmpty() || header.getKey().charAt(0) != ':') {
                HeaderName name = HeaderName.of(header.getKey());
                if (!HeaderName.RESERVED.contains(name.text())) {
                    request.with(name, header.getValue());
                }
            }
        }
        return request;
    }

    static long grpcCall(Vm vm, long[] a) {
        byte[] message = vm.guest().read((int) a[8], (int) a[9]);
        return grpc(vm, a, message, Integer.toUnsignedLong((int) a[10]), (int) a[11]);
    }

    static long grpcStream(Vm vm, long[] a) {
        return grpc(vm, a, null, 0, (int) a[8]);
    }

    private static long grpc(Vm vm, long[] a, byte @Nullable [] message, long timeout, int tokenAt) {
        byte[] service = vm.guest().read((int) a[0], (int) a[1]);
        String path = "/" + vm.text((int) a[2], (int) a[3]) + "/" + vm.text((int) a[4], (int) a[5]);
        List<Map.Entry<String, String>> metadata = Pairs.read(vm.guest().read((int) a[6], (int) a[7]));
        if (metadata == null) {
            return Status.PARSE_FAILURE;
        }
        String name = serviceName(service);
        String cluster = cluster(vm, name, GRPC);
        if (cluster == null) {
            return Status.PARSE_FAILURE;
        }
        CallRequest request;
        try {
            request = with(CallRequest.of("POST", name, path), metadata);
        } catch (IllegalArgumentException _) {
            return Status.BAD_ARGUMENT;
        }
        int token = vm.calls().grpc(cluster, request, message, timeout);
        if (token == 0) {
            return Status.INTERNAL_FAILURE;
        }
        vm.guest().writeInt(tokenAt, token);
        return Status.OK;
    }

    /// The cluster's name in Envoy's GrpcService message (`envoy_grpc.cluster_name`), or the bytes as a name.
    private static String serviceName(byte[] service) {
        byte[] envoyGrpc = Protobuf.field(service, ENVOY_GRPC);
        byte[] name = envoyGrpc == null ? null : Protobuf.field(envoyGrpc, CLUSTER_NAME);
        return new String(name == null ? service : name, StandardCharsets.UTF_8);
    }

    static long grpcSend(Vm vm, long[] a) {
        byte[] message = vm.guest().read((int) a[1], (int) a[2]);
        return vm.calls().grpcSend((int) a[0], message, a[3] != 0) ? Status.OK : Status.BAD_ARGUMENT;
    }

    static long grpcClose(Vm vm, long[] a) {
        return vm.calls().grpcHalfClose((int) a[0]) ? Status.OK : Status.BAD_ARGUMENT;
    }

    static long grpcCancel(Vm vm, long[] a) {
        return vm.calls().grpcCancel((int) a[0]) ? Status.OK : Status.BAD_ARGUMENT;
    }

    static long status(Vm vm, long[] a) {
        vm.guest().writeInt((int) a[0], vm.calls().status());
        vm.give(vm.calls().statusMessage().getBytes(StandardCharsets.UTF_8), (int) a[1], (int) a[2]);
        return Status.OK;
    }

    /// Reads one field of a protobuf message.
    private static final class Protobuf {
        private static final int LENGTH_DELIMITED = 2;

        private Protobuf() {}

        /// @return null when the message has no such field first, or is none
        static byte @Nullable [] field(byte[] message, int number) {
            if (message.length < 2 || message[0] != (byte) (number << 3 | LENGTH_DELIMITED)) {
                return null;
            }
            int length = 0;
            int at = 1;
            for (int shift = 0; at < message.length && shift <= 14; shift += 7) {
                byte b = message[at++];
                length |= (b & 0x7f) << shift;
                if (b >= 0) {
                    return at + length > message.length ? null : java.util.Arrays.copyOfRange(message, at, at + length);
                }
            }
            return null;
        }
    }
}
