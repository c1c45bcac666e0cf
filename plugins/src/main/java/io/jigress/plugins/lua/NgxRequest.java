package io.jigress.plugins.lua;

import io.jigress.api.RequestHead;
import io.jigress.plugins.lua.LuaScript.Phase;
import io.jigress.plugins.lua.lib.Library;
import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;
import io.netty.buffer.Unpooled;

/// `ngx.req`.
final class NgxRequest {
    private final World world;
    private final NgxHeaders headers;

    NgxRequest(World world, NgxHeaders headers) {
        this.world = world;
        this.headers = headers;
    }

    LuaTable table() {
        return Library.of(world.state).put("get_method", call -> call.text(head().method()))
                .put("set_method", call -> writable(call).method(call.string(1)))
                .put("get_headers", call -> call.ret(headers.all(head().headers(), call.integer(1, 100))))
                .put("set_header", this::setHeader).put("clear_header", call -> {
                    String name = NgxHeaders.fieldName(call.string(1));
                    if (!HeaderNames.isFraming(name) && !name.equals("host")) {
                        writable(call).headers().remove(headers.name(name));
                    }
                })
                .put("get_uri_args",
                        call -> call.ret(Arguments.decode(call, Encodings.latin(head().query()), call.integer(1, 100))))
                .put("set_uri_args", this::setArguments).put("set_uri", this::setUri).put("get_post_args", call -> {
                    String body = world.exchange().requestBody;
                    call.ret(Arguments.decode(call, body == null ? "" : body, call.integer(1, 100)));
                }).put("read_body", this::readBody).put("get_body_data", call -> {
                    String body = world.exchange().requestBody;
                    call.ret(body == null ? Nil.NIL : body);
                }).put("get_body_file", call -> call.ret(Nil.NIL)).put("discard_body", call -> world.exchange())
                .put("set_body_data", this::setBody).put("http_version", call -> {
                    String protocol = world.exchange().exchange.protocol();
                    Double version = Values.parse(protocol.substring(protocol.indexOf('/') + 1));
                    call.ret(version == null ? Nil.NIL : version);
                }).put("start_time", call -> call.ret(world.exchange().exchange.startTime().toEpochMilli() / 1000.0))
                .put("is_internal", call -> call.ret(false)).put("raw_header", this::rawHeader).table();
    }

    private RequestHead head() {
        return world.exchange().exchange.request();
    }

    private RequestHead writable(Call call) {
        LuaExchange exchange = world.exchange();
        if (exchange.phase.compareTo(Phase.CONTENT) > 0) {
            throw call.error("API disabled in the context of " + exchange.phase.block());
        }
        return exchange.exchange.request();
    }

    private void setHeader(Call call) {
        String name = NgxHeaders.fieldName(call.string(1));
        RequestHead head = writable(call);
        if (name.equals("host")) {
            head.authority(call.string(2));
        } else if (!HeaderNames.isFraming(name)) {
            headers.store(call, head.headers(), name, call.arg(2));
        }
    }

    private void setArguments(Call call) {
        RequestHead head = writable(call);
        String query = call.arg(1) instanceof LuaTable table ? Arguments.encode(call, table) : call.string(1);
        head.target(head.path() + (query.isEmpty() ? "" : "?" + query));
    }

    /// A path that is set is sent in its escaped form.
    private void setUri(Call call) {
        RequestHead head = writable(call);
        String path = call.string(1);
        if (path.isEmpty() || path.charAt(0) != '/') {
            throw call.bad(1, "a path that starts with / expected");
        }
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            boolean kept = c > ' ' && c < 0x7f && "?#\"<>\\^`{|}".indexOf(c) < 0;
            escaped.append(kept ? String.valueOf(c) : Encodings.escape(String.valueOf(c)));
        }
        head.target(escaped + (head.query().isEmpty() ? "" : "?" + head.query()));
        if (call.bool(2)) {
            world.exchange().exchange.rematch();
        }
    }

    private void readBody(Call call) {
        world.ngx.mayWait(call);
        LuaExchange exchange = world.exchange();
        if (exchange.requestBody == null) {
            call.suspend();
            world.current().wait = Activity.Wait.BODY;
        }
    }

    private void setBody(Call call) {
        LuaExchange exchange = world.exchange();
        String data = call.string(1);
        if (exchange.request.body == null) {
            throw call.error(exchange.requestBody == null
                    ? "the request body has not been read (expected: ngx.req.read_body() before, and a request with a body)"
                    : "the request body cannot be changed any more");
        }
        exchange.request.body.replace(Unpooled.wrappedBuffer(Encodings.raw(data)));
        exchange.requestBody = data;
    }

    private void rawHeader(Call call) {
        RequestHead head = head();
        StringBuilder text = new StringBuilder();
        if (!call.bool(1)) {
            text.append(head.method()).append(' ').append(head.rawTarget()).append(' ')
                    .append(world.exchange().exchange.protocol()).append("\r\n");
        }
        for (int i = 0; i < head.headers().size(); i++) {
            text.append(head.headers().nameAt(i)).append(": ").append(head.headers().valueAt(i)).append("\r\n");
        }
        call.text(Encodings.latin(text.append("\r\n").toString()));
    }
}
