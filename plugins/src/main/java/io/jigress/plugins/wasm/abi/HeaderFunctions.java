package io.jigress.plugins.wasm.abi;

import io.jigress.api.Exchange;
import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Host functions for header maps.
final class HeaderFunctions {
    static final int REQUEST = 0;
    static final int REQUEST_TRAILERS = 1;
    static final int RESPONSE = 2;
    static final int RESPONSE_TRAILERS = 3;
    private static final int GRPC_INITIAL = 4;
    private static final int GRPC_TRAILING = 5;
    private static final int CALL_HEADERS = 6;
    private static final int CALL_TRAILERS = 7;

    private HeaderFunctions() {}

    static @Nullable HeaderMap map(Vm vm, int type) {
        return map(vm, vm.current(), type);
    }

    /// The map of a type; null when there is none now.
    static @Nullable HeaderMap map(Vm vm, @Nullable HttpContext context, int type) {
        return switch (type) {
            case GRPC_INITIAL -> vm.calls().initialMetadata();
            case GRPC_TRAILING -> vm.calls().trailingMetadata();
            case CALL_HEADERS -> vm.calls().headers();
            case CALL_TRAILERS -> vm.calls().trailers();
            default -> context == null || context.exchange() == null ? null : ofExchange(context, context.exchange(), type);
        };
    }

    private static @Nullable HeaderMap ofExchange(HttpContext context, Exchange exchange, int type) {
        return switch (type) {
            case REQUEST ->
                new HeaderMap(exchange.request().headers(), exchange.request(), null, !context.request().isHeadPassed());
            case RESPONSE -> {
                ResponseHead head = exchange.response();
                yield head == null ? null : new HeaderMap(head.headers(), null, head, !context.response().isHeadPassed());
            }
            case REQUEST_TRAILERS -> trailers(context.request().trailers());
            case RESPONSE_TRAILERS -> trailers(context.response().trailers());
            default -> null;
        };
    }

    private static @Nullable HeaderMap trailers(@Nullable Headers trailers) {
        return trailers == null ? null : HeaderMap.of(trailers, true);
    }

    private static boolean isMap(int type) {
        return type >= REQUEST && type <= CALL_TRAILERS;
    }

    static long getValue(Vm vm, long[] a) {
        HeaderMap map = map(vm, (int) a[0]);
        if (map == null) {
            return isMap((int) a[0]) ? Status.NOT_FOUND : Status.BAD_ARGUMENT;
        }
        String value = map.get(name(vm, a[1], a[2]));
        if (value == null) {
            if (vm.abi() != Abi.V0_1_0) {
                return Status.NOT_FOUND;
            }
            value = ""; // The first version of the ABI does not tell a missing field from an empty one.
        }
        vm.give(Pairs.bytes(value), (int) a[3], (int) a[4]);
        return Status.OK;
    }

    private static String name(Vm vm, long address, long length) {
        return vm.text((int) address, (int) length).toLowerCase(Locale.ROOT);
    }

    static long add(Vm vm, long[] a) {
        return edit(vm, (int) a[0], map -> map.set(name(vm, a[1], a[2]), vm.text((int) a[3], (int) a[4]), true));
    }

    static long replace(Vm vm, long[] a) {
        return edit(vm, (int) a[0], map -> map.set(name(vm, a[1], a[2]), vm.text((int) a[3], (int) a[4]), false));
    }

    static long remove(Vm vm, long[] a) {
        return edit(vm, (int) a[0], map -> map.remove(name(vm, a[1], a[2])));
    }

    static long setPairs(Vm vm, long[] a) {
        List<Map.Entry<String, String>> pairs = Pairs.read(vm.guest().read((int) a[1], (int) a[2]));
        return pairs == null ? Status.PARSE_FAILURE : edit(vm, (int) a[0], map -> map.replace(pairs));
    }

    private interface Edit {
        long apply(HeaderMap map);
    }

    private static long edit(Vm vm, int type, Edit edit) {
        HeaderMap map = map(vm, type);
        if (map == null) {
            return Status.BAD_ARGUMENT;
        }
        long status = edit.apply(map);
        HttpContext context = vm.current();
        if (status == Status.OK && type == REQUEST && context != null) {
            context.edited();
        }
        return status;
    }

    static long getPairs(Vm vm, long[] a) {
        HeaderMap map = map(vm, (int) a[0]);
        if (map == null) {
            if (!isMap((int) a[0])) {
                return Status.BAD_ARGUMENT;
            }
            vm.give(new byte[0], (int) a[1], (int) a[2]);
            return Status.OK;
        }
        List<Map.Entry<String, String>> pairs = map.pairs();
        vm.give(pairs.isEmpty() ? new byte[0] : Pairs.write(pairs), (int) a[1], (int) a[2]);
        return Status.OK;
    }

    static long getSize(Vm vm, long[] a) {
        HeaderMap map = map(vm, (int) a[0]);
        if (map == null && !isMap((int) a[0])) {
            return Status.BAD_ARGUMENT;
        }
        int size = 0;
        if (map != null) {
            List<Map.Entry<String, String>> pairs = new ArrayList<>(map.pairs());
            size = pairs.isEmpty() ? 0 : Pairs.write(pairs).length;
        }
        vm.guest().writeInt((int) a[1], size);
        return Status.OK;
    }
}
