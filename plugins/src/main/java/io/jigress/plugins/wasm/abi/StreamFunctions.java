package io.jigress.plugins.wasm.abi;

import io.jigress.api.HeaderName;
import io.jigress.api.LocalReply;
import io.jigress.api.ReplyBody;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Host functions that control an exchange.
final class StreamFunctions {
    private static final int REQUEST = 0;
    private static final int RESPONSE = 1;
    private static final int MAX_REASON = 64;
    private static final HeaderName GRPC_STATUS = HeaderName.of("grpc-status");
    private static final HeaderName GRPC_MESSAGE = HeaderName.of("grpc-message");

    private StreamFunctions() {}

    static long continueStream(Vm vm, long[] a) {
        return continueStream(vm, (int) a[0]);
    }

    static long continueRequest(Vm vm, long[] a) {
        return continueStream(vm, REQUEST);
    }

    static long continueResponse(Vm vm, long[] a) {
        return continueStream(vm, RESPONSE);
    }

    private static long continueStream(Vm vm, int type) {
        HttpContext context = vm.current();
        if (type != REQUEST && type != RESPONSE) {
            return Status.BAD_ARGUMENT;
        }
        if (context == null || context.exchange() == null) {
            return Status.BAD_ARGUMENT;
        }
        (type == REQUEST ? context.request() : context.response()).resume();
        return Status.OK;
    }

    static long closeStream(Vm vm, long[] a) {
        HttpContext context = vm.current();
        if (a[0] != REQUEST && a[0] != RESPONSE || context == null || context.exchange() == null) {
            return Status.BAD_ARGUMENT;
        }
        context.reply(LocalReply.of(503, "wasm_closed"));
        return Status.OK;
    }

    static long clearRouteCache(Vm vm, long[] a) {
        HttpContext context = vm.current();
        if (context == null || context.exchange() == null) {
            return Status.BAD_ARGUMENT;
        }
        context.keepRoute(false);
        context.edited();
        return Status.OK;
    }

    static long sendLocalResponse(Vm vm, long[] a) {
        HttpContext context = vm.current();
        int status = (int) a[0];
        String details = vm.text((int) a[1], (int) a[2]);
        byte[] body = vm.guest().read((int) a[3], (int) a[4]);
        List<Map.Entry<String, String>> pairs = Pairs.read(vm.guest().read((int) a[5], (int) a[6]));
        int grpcStatus = (int) a[7];
        if (pairs == null) {
            return Status.PARSE_FAILURE;
        }
        if (context == null || context.exchange() == null || status < 200 || status > 599) {
            return Status.BAD_ARGUMENT;
        }
        try {
            context.reply(reply(context, status, reason(details), body, pairs, grpcStatus));
        } catch (IllegalArgumentException _) {
            return Status.BAD_ARGUMENT;
        }
        return Status.OK;
    }

    private static LocalReply reply(HttpContext context, int status, String reason, byte[] body,
            List<Map.Entry<String, String>> pairs, int grpcStatus) {
        List<Map.Entry<HeaderName, String>> headers = new ArrayList<>();
        boolean typed = false;
        for (Map.Entry<String, String> pair : pairs) {
            if (pair.getKey().isEmpty() || pair.getKey().charAt(0) == ':') {
                continue;
            }
            HeaderName name = HeaderName.of(pair.getKey());
            if (!HeaderName.RESERVED.contains(name.text())) {
                typed |= name.equals(HeaderName.CONTENT_TYPE);
                headers.add(Map.entry(name, pair.getValue()));
            }
        }
        if (grpcStatus >= 0 && isGrpc(context)) {
            headers.removeIf(header -> header.getKey().equals(HeaderName.CONTENT_TYPE));
            headers.add(Map.entry(HeaderName.CONTENT_TYPE, "application/grpc"));
            headers.add(Map.entry(GRPC_STATUS, String.valueOf(grpcStatus)));
            if (body.length > 0) {
                headers.add(Map.entry(GRPC_MESSAGE,
                        io.jigress.api.GrpcStatus.encode(new String(body, java.nio.charset.StandardCharsets.UTF_8))));
            }
            return new LocalReply(200, headers, ReplyBody.EMPTY, List.of(), reason);
        }
        if (!typed && body.length > 0) {
            headers.add(Map.entry(HeaderName.CONTENT_TYPE, "text/plain"));
        }
        return new LocalReply(status, headers, body, reason);
    }

    private static boolean isGrpc(HttpContext context) {
        var exchange = context.exchange();
        String type = exchange == null ? null : exchange.request().headers().first(HeaderName.CONTENT_TYPE);
        return type != null && type.startsWith("application/grpc");
    }

    /// The details that a plugin gives, as a word of the access log.
    private static String reason(String details) {
        String word = details.toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9_]+", "_");
        if (word.isEmpty() || word.equals("_")) {
            return "wasm_local_response";
        }
        return word.substring(0, Math.min(MAX_REASON, word.length()));
    }
}
