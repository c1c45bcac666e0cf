package io.jigress.plugins.lua;

import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.CallResult;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.Services;
import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// HTTP calls of scripts to the plugin's backends.
final class HttpCalls {
    private static final int MOST_RESPONSE = 4 << 20;
    private static final Set<String> NOT_SENT = Set.of("connection", "content-length", "host", "keep-alive", "proxy-connection",
            "te",
            "trailer", "transfer-encoding", "upgrade");

    private final World world;

    HttpCalls(World world) {
        this.world = world;
    }

    /// The response of a call, copied.
    record Response(int status, List<Map.Entry<String, String>> fields, byte[] body) {}

    /// Receives the response, or why there is none.
    interface Result {
        void response(@Nullable Response response, String failure, boolean timeout);
    }

    Services.Cancellable send(String cluster, CallRequest request, String body, double timeoutMillis, Result result) {
        Duration most = world.plugin.config.limits().deadline();
        Duration wanted = timeoutMillis > 0 ? Duration.ofMillis((long) Math.min(timeoutMillis, 1e12)) : most;
        ByteBuf data = body.isEmpty() ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(Encodings.raw(body));
        int limit = (int) Math.min(MOST_RESPONSE, world.plugin.config.limits().memory() / 4);
        Consumer<CallResult> done = outcome -> {
            switch (outcome) {
                case CallResult.Response(var head, ByteBuf bytes, Headers _) -> result.response(new Response(head.status(),
                        fields(head.headers()), ByteBufUtil.getBytes(bytes)), "", false);
                case CallResult.Failed(var failure) -> result.response(null,
                        failure.kind().name().toLowerCase(Locale.ROOT) + " (" + failure.detail() + ")",
                        failure.kind().status() == 504);
            }
        };
        return world.services.callers().unary(cluster, request, data,
                CallLimits.within(wanted.compareTo(most) < 0 ? wanted : most),
                limit, done);
    }

    private static List<Map.Entry<String, String>> fields(Headers headers) {
        ArrayList<Map.Entry<String, String>> fields = new ArrayList<>();
        for (int i = 0; i < headers.size(); i++) {
            fields.add(Map.entry(headers.nameAt(i).toLowerCase(Locale.ROOT), headers.valueAt(i)));
        }
        return fields;
    }

    /// Suspends the run until a call is over.
    void await(Call call, String cluster, CallRequest request, String body, double timeoutMillis, Answer answer) {
        Activity activity = world.current();
        call.suspend();
        activity.wait = Activity.Wait.RESULT;
        activity.pending = send(cluster, request, body, timeoutMillis,
                (response, failure, timeout) -> activity.answer(() -> answer.values(response, failure, timeout)));
    }

    /// Makes the results of a function from a response.
    interface Answer {
        Object[] values(@Nullable Response response, String failure, boolean timeout);
    }

    static CallRequest request(Call call, String method, String authority, String target, @Nullable LuaTable headers) {
        CallRequest request = CallRequest.of(method, authority, target);
        if (headers != null) {
            for (Map.Entry<HeaderName, String> field : Fields.ofTable(call, headers, NOT_SENT)) {
                request.with(field.getKey(), field.getValue());
            }
        }
        return request;
    }

    // ---- Envoy's httpCall

    void envoy(Call call) {
        String cluster = world.cluster(call.string(2));
        LuaTable headers = call.table(3);
        String body = call.string(4, "");
        boolean asynchronous;
        boolean duplicates = false;
        double timeout;
        if (call.arg(5) instanceof LuaTable options) {
            asynchronous = Values.truthy(options.get("asynchronous"));
            duplicates = Values.truthy(options.get("return_duplicate_headers"));
            Double millis = Values.toNumber(options.get("timeout_ms"));
            timeout = millis == null ? 0 : millis;
        } else {
            timeout = call.number(5, 0);
            asynchronous = call.bool(6);
        }
        if (timeout < 0) {
            throw call.error("http call timeout must be >= 0");
        }
        if (!(headers.get(":method") instanceof String method && headers.get(":path") instanceof String path
                && headers.get(":authority") instanceof String authority)) {
            throw call.error("http call headers must include ':path', ':method', and ':authority'");
        }
        CallRequest request = request(call, method, authority, path, headers);
        if (asynchronous) {
            send(cluster, request, body, timeout, (_, _, _) -> {});
            return;
        }
        boolean lists = duplicates;
        String backend = call.string(2);
        await(call, cluster, request, body, timeout, (response, failure, late) -> {
            if (response == null) {
                world.log.info("httpCall to " + backend + " failed: " + failure);
                LuaTable made = world.state.table();
                made.put(":status", late ? "504" : "503");
                return new Object[] {made, late ? "upstream request timeout" : "upstream failure"};
            }
            return new Object[] {envoyHeaders(response, lists), body(response)};
        });
    }

    private Object body(Response response) {
        world.state.meter().string(response.body.length);
        return response.body.length == 0 ? Nil.NIL : Encodings.string(response.body);
    }

    private LuaTable envoyHeaders(Response response, boolean lists) {
        LuaTable table = world.state.table();
        table.put(":status", Integer.toString(response.status));
        for (Map.Entry<String, String> field : response.fields) {
            add(table, field, lists);
        }
        return table;
    }

    private void add(LuaTable table, Map.Entry<String, String> field, boolean lists) {
        world.state.meter().string(field.getValue().length());
        Object before = table.get(field.getKey());
        if (!lists || before == Nil.NIL) {
            table.put(field.getKey(), field.getValue());
        } else if (before instanceof LuaTable list) {
            list.put(list.length() + 1, field.getValue());
        } else {
            LuaTable list = world.state.table();
            list.put(1, before);
            list.put(2, field.getValue());
            table.put(field.getKey(), list);
        }
    }

    // ---- resty.http

    /// The response as lua-resty-http gives it.
    LuaTable resty(Response response) {
        LuaTable headers = world.state.table();
        for (Map.Entry<String, String> field : response.fields) {
            add(headers, field, true);
        }
        headers.metatable(world.ngx.caseless());
        LuaTable table = world.state.table();
        table.put("status", (double) response.status);
        table.put("headers", headers);
        Object body = body(response);
        table.put("body", body == Nil.NIL ? "" : body);
        table.put("has_body", response.body.length > 0);
        return table;
    }
}
