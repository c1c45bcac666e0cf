package io.jigress.plugins.wasm.abi;

import org.jspecify.annotations.Nullable;

/// Host functions for buffers: bodies, the results of calls, the configuration.
final class BufferFunctions {
    private static final int REQUEST_BODY = 0;
    private static final int RESPONSE_BODY = 1;
    private static final int CALL_BODY = 4;
    private static final int GRPC_MESSAGE = 5;
    private static final int VM_CONFIGURATION = 6;
    private static final int CONFIGURATION = 7;
    private static final int CALL_DATA = 8;
    private static final int REDIS_REPLY = 9;

    private BufferFunctions() {}

    private static @Nullable BodyBytes body(Vm vm, int type) {
        HttpContext context = vm.current();
        if (context == null || type != REQUEST_BODY && type != RESPONSE_BODY) {
            return null;
        }
        BodyBytes body = type == REQUEST_BODY ? context.request().body() : context.response().body();
        return body.isPresent() ? body : null;
    }

    /// The bytes of a buffer other than a body; null when there is none now.
    private static byte @Nullable [] fixed(Vm vm, int type) {
        return switch (type) {
            case CALL_BODY -> vm.calls().body();
            case GRPC_MESSAGE -> vm.calls().message();
            case VM_CONFIGURATION -> new byte[0];
            case CONFIGURATION -> vm.configuration();
            case REDIS_REPLY -> vm.calls().redisReply();
            default -> null;
        };
    }

    static long getBytes(Vm vm, long[] a) {
        int type = (int) a[0];
        int start = (int) a[1];
        int length = (int) a[2];
        if (type < REQUEST_BODY || type > REDIS_REPLY) {
            return Status.BAD_ARGUMENT;
        }
        if (start < 0) {
            return Status.BAD_ARGUMENT;
        }
        int most = length < 0 ? Integer.MAX_VALUE : length;
        BodyBytes body = body(vm, type);
        byte[] bytes;
        if (body != null) {
            bytes = body.copy(start, most);
        } else {
            byte[] all = fixed(vm, type);
            bytes = all == null ? null : slice(all, start, most);
        }
        if (bytes == null) {
            return Status.NOT_FOUND;
        }
        vm.give(bytes, (int) a[3], (int) a[4]);
        return Status.OK;
    }

    private static byte[] slice(byte[] all, int start, int length) {
        int from = Math.min(start, all.length);
        int to = (int) Math.min(all.length, (long) from + length);
        return from == 0 && to == all.length ? all : java.util.Arrays.copyOfRange(all, from, to);
    }

    static long status(Vm vm, long[] a) {
        int type = (int) a[0];
        BodyBytes body = body(vm, type);
        int length;
        if (body != null) {
            length = body.size();
        } else {
            byte[] fixed = fixed(vm, type);
            if (fixed == null) {
                return type < REQUEST_BODY || type > REDIS_REPLY ? Status.BAD_ARGUMENT : Status.NOT_FOUND;
            }
            length = fixed.length;
        }
        vm.guest().writeInt((int) a[1], length);
        vm.guest().writeInt((int) a[2], 0);
        return Status.OK;
    }

    /// As Envoy: bytes can be put before the body, after it, or in its place.
    static long setBytes(Vm vm, long[] a) {
        int type = (int) a[0];
        int start = (int) a[1];
        int length = (int) a[2];
        byte[] bytes = vm.guest().read((int) a[3], (int) a[4]);
        if (type == CALL_DATA || type < REQUEST_BODY || type > REDIS_REPLY) {
            return Status.BAD_ARGUMENT;
        }
        BodyBytes body = body(vm, type);
        if (body == null) {
            return Status.NOT_FOUND;
        }
        if (start == 0) {
            if (length == 0) {
                body.prepend(bytes);
                return Status.OK;
            }
            if (length < 0 || length >= body.size()) {
                body.replace(bytes);
                return Status.OK;
            }
            return Status.BAD_ARGUMENT;
        }
        if (start < 0 || start >= body.size()) {
            body.append(bytes);
            return Status.OK;
        }
        return Status.BAD_ARGUMENT;
    }
}
