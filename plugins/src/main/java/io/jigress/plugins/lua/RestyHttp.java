package io.jigress.plugins.lua;

import io.jigress.api.CallRequest;
import io.jigress.plugins.lua.lib.Library;
import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.LuaUserdata;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The module `resty.http`: the host of a URI is the name of a backend of the plugin.
final class RestyHttp {
    private static final Pattern URI = Pattern.compile("https?://([^/?#:]+)(:\\d{1,5})?([^#]*)(#.*)?", Pattern.DOTALL);

    private final World world;
    private final HttpCalls calls;
    private final LuaTable clients;

    /// A client object.
    private static final class Client {
        double timeout;
        @Nullable String backend;
        @Nullable String authority;
    }

    RestyHttp(World world, HttpCalls calls) {
        this.world = world;
        this.calls = calls;
        Library methods = Library.of(world.state).put("set_timeout", call -> self(call).timeout = call.number(2))
                .put("set_timeouts", call -> self(call).timeout = call.number(2, 0) + call.number(3, 0) + call.number(4, 0))
                .put("request_uri", this::requestUri).put("connect", this::connect).put("request", this::request)
                .put("set_keepalive", call -> call.ret(1.0)).put("close", call -> call.ret(1.0))
                .put("get_reused_times", call -> call.ret(0.0));
        clients = Library.of(world.state).put("__index", methods.table()).put("__metatable", (Object) false).table();
    }

    LuaTable module() {
        return Library.of(world.state).put("new", call -> call.ret(new LuaUserdata(new Client(), clients))).table();
    }

    private static Client self(Call call) {
        return call.userdata(1, Client.class, "http client");
    }

    private void requestUri(Call call) {
        Client client = self(call);
        Matcher uri = URI.matcher(call.string(2));
        if (!uri.matches()) {
            call.fail("bad uri: " + call.string(2));
            return;
        }
        String port = uri.group(2) == null ? "" : uri.group(2);
        String target = uri.group(3).startsWith("/") ? uri.group(3) : "/" + uri.group(3);
        send(call, client, uri.group(1), uri.group(1) + port, target, call.arg(3) instanceof LuaTable options ? options : null);
    }

    private void connect(Call call) {
        Client client = self(call);
        Object host = call.arg(2) instanceof LuaTable options ? options.get("host") : call.arg(2);
        Object port = call.arg(2) instanceof LuaTable options ? options.get("port") : call.arg(3);
        String name = Values.toText(host);
        if (name == null) {
            throw call.bad(2, "host expected");
        }
        client.backend = name;
        client.authority = port instanceof Double number ? name + ":" + number.intValue() : name;
        call.ret(1.0);
    }

    private void request(Call call) {
        Client client = self(call);
        LuaTable options = call.table(2);
        String backend = client.backend;
        if (backend == null) {
            call.fail("not connected");
            return;
        }
        send(call, client, backend, client.authority == null ? backend : client.authority, "/", options);
    }

    private void send(Call call, Client client, String backend, String authority, String uriTarget, @Nullable LuaTable options) {
        String cluster = world.cluster(backend);
        String method = text(options, "method", "GET");
        String target = text(options, "path", uriTarget);
        Object query = options == null ? Nil.NIL : options.get("query");
        if (query != Nil.NIL) {
            String written = query instanceof LuaTable table
                    ? Arguments.encode(call, table)
                    : String.valueOf(Values.toText(query));
            target += (target.contains("?") ? "&" : "?") + (written.startsWith("?") ? written.substring(1) : written);
        }
        String body = text(options, "body", "");
        LuaTable headers = options != null && options.get("headers") instanceof LuaTable fields ? fields : null;
        String host = host(headers);
        CallRequest request = HttpCalls.request(call, method.toUpperCase(Locale.ROOT), host == null ? authority : host, target,
                headers);
        calls.await(call, cluster, request, body, client.timeout, (response, failure, late) -> response == null
                ? new Object[] {Nil.NIL, late ? "timeout" : failure}
                : new Object[] {withReader(calls.resty(response))});
    }

    private LuaTable withReader(LuaTable response) {
        return new Library(response).put("read_body", call -> call.ret(call.table(1).get("body"))).table();
    }

    private static @Nullable String host(@Nullable LuaTable headers) {
        if (headers == null) {
            return null;
        }
        Object host = headers.get("Host") == Nil.NIL ? headers.get("host") : headers.get("Host");
        return Values.toText(host);
    }

    private static String text(@Nullable LuaTable options, String name, String fallback) {
        String text = options == null ? null : Values.toText(options.get(name));
        return text == null ? fallback : text;
    }
}
