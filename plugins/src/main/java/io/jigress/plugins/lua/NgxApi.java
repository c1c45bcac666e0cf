package io.jigress.plugins.lua;

import io.jigress.api.Body;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.LocalReply;
import io.jigress.api.ResponseHead;
import io.jigress.plugins.lua.LuaScript.Phase;
import io.jigress.plugins.lua.lib.JsonLibrary;
import io.jigress.plugins.lua.lib.Library;
import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.JavaFunction;
import io.jigress.plugins.lua.vm.LuaError;
import io.jigress.plugins.lua.vm.LuaFunction;
import io.jigress.plugins.lua.vm.LuaState;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.LuaUserdata;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.event.Level;

/// The table `ngx` of OpenResty, `require`, and the blocks of a script.
final class NgxApi {
    private static final Map<String, Integer> LOG_LEVELS = Map.of("STDERR", 0, "EMERG", 1, "ALERT", 2, "CRIT", 3, "ERR", 4,
            "WARN", 5,
            "NOTICE", 6, "INFO", 7, "DEBUG", 8);
    private static final Map<String, Integer> CONSTANTS = Map.ofEntries(Map.entry("OK", 0), Map.entry("ERROR", -1),
            Map.entry("AGAIN", -2), Map.entry("DONE", -4), Map.entry("DECLINED", -5), Map.entry("HTTP_OK", 200),
            Map.entry("HTTP_CREATED", 201), Map.entry("HTTP_ACCEPTED", 202), Map.entry("HTTP_NO_CONTENT", 204),
            Map.entry("HTTP_PARTIAL_CONTENT", 206), Map.entry("HTTP_SPECIAL_RESPONSE", 300),
            Map.entry("HTTP_MOVED_PERMANENTLY", 301), Map.entry("HTTP_MOVED_TEMPORARILY", 302), Map.entry("HTTP_SEE_OTHER", 303),
            Map.entry("HTTP_NOT_MODIFIED", 304), Map.entry("HTTP_TEMPORARY_REDIRECT", 307),
            Map.entry("HTTP_PERMANENT_REDIRECT", 308),
            Map.entry("HTTP_BAD_REQUEST", 400), Map.entry("HTTP_UNAUTHORIZED", 401), Map.entry("HTTP_PAYMENT_REQUIRED", 402),
            Map.entry("HTTP_FORBIDDEN", 403), Map.entry("HTTP_NOT_FOUND", 404), Map.entry("HTTP_NOT_ALLOWED", 405),
            Map.entry("HTTP_NOT_ACCEPTABLE", 406), Map.entry("HTTP_REQUEST_TIMEOUT", 408), Map.entry("HTTP_CONFLICT", 409),
            Map.entry("HTTP_GONE", 410), Map.entry("HTTP_UPGRADE_REQUIRED", 426), Map.entry("HTTP_TOO_MANY_REQUESTS", 429),
            Map.entry("HTTP_CLOSE", 444), Map.entry("HTTP_ILLEGAL", 451), Map.entry("HTTP_INTERNAL_SERVER_ERROR", 500),
            Map.entry("HTTP_METHOD_NOT_IMPLEMENTED", 501), Map.entry("HTTP_BAD_GATEWAY", 502),
            Map.entry("HTTP_SERVICE_UNAVAILABLE", 503), Map.entry("HTTP_GATEWAY_TIMEOUT", 504),
            Map.entry("HTTP_VERSION_NOT_SUPPORTED", 505), Map.entry("HTTP_INSUFFICIENT_STORAGE", 507));

    private final World world;
    private final LuaState state;
    private final HttpCalls calls;
    private final NgxTimers timers;
    private final NgxHeaders headers;
    private final LuaTable caseless;
    private final LuaTable ngx;
    private final LuaTable arguments;
    private final JsonLibrary json;
    private Phase outside = Phase.INIT;

    NgxApi(World world, HttpCalls calls) {
        this.world = world;
        this.calls = calls;
        state = world.state;
        timers = new NgxTimers(world);
        headers = new NgxHeaders(world);
        ngx = state.table();
        arguments = state.table();
        json = new JsonLibrary(state);
        caseless = Library.of(state).put("__index", call -> {
            String name = Values.toText(call.arg(2));
            call.ret(name == null ? Nil.NIL : call.table(1).get(NgxHeaders.fieldName(name)));
        }).put("__metatable", (Object) false).table();
    }

    /// A metatable that finds header fields by names of any case.
    LuaTable caseless() {
        return caseless;
    }

    void phase(Phase phase) {
        outside = phase;
    }

    void close() {
        timers.close();
    }

    // ---- globals

    void install() {
        LuaTable cjson = json.module(false);
        LuaTable safe = json.module(true);
        LuaTable resty = new RestyHttp(world, calls).module();
        new Library(state.globals()).put("cjson", cjson).put("ngx", ngx).put("require", call -> {
            String name = call.string(1);
            call.ret(switch (name) {
                case "cjson" -> cjson;
                case "cjson.safe" -> safe;
                case "resty.http" -> resty;
                case "bit", "string", "table", "math", "os", "coroutine", "ngx" -> state.globals().get(name);
                default -> throw call.error("module '" + name + "' not found (there are cjson, cjson.safe, resty.http and bit)");
            });
        });
        Library functions = new Library(ngx);
        CONSTANTS.forEach((name, value) -> functions.put(name, (Object) (double) value));
        LOG_LEVELS.forEach((name, value) -> functions.put(name, (Object) (double) value));
        for (String method : List.of("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE")) {
            functions.put("HTTP_" + method, (Object) method);
        }
        functions.put("null", (Object) json.nothing()).put("arg", (Object) arguments).put("header", (Object) headers.response())
                .put("req", (Object) new NgxRequest(world, headers).table()).put("resp", (Object) headers.functions())
                .put("var", (Object) new NgxVariables(world).table()).put("shared", (Object) new NgxShared(world).table())
                .put("re", (Object) new NgxRegex(world).table()).put("timer", (Object) timers.table())
                .put("worker", (Object) Library.of(state).put("id", call -> call.ret(0.0)).put("count", call -> call.ret(1.0))
                        .put("pid", call -> call.ret(1.0)).put("exiting", call -> call.ret(false)).table())
                .put("config", (Object) Library.of(state).put("subsystem", (Object) "http").put("debug", (Object) false)
                        .put("ngx_lua_version", (Object) 10026.0).table())
                .put("say", call -> write(call, true)).put("print", call -> write(call, false))
                .put("flush", call -> call.ret(1.0))
                .put("eof", call -> call.ret(1.0)).put("exit", this::exit).put("redirect", this::redirect)
                .put("log", this::log).put("sleep", this::sleep).put("get_phase", call -> call.ret(phaseTitle()))
                .put("exec", unsupported("ngx.exec"))
                .put("location", (Object) Library.of(state).put("capture", unsupported("ngx.location.capture"))
                        .put("capture_multi", unsupported("ngx.location.capture_multi")).table())
                .put("on_abort", unsupported("ngx.on_abort"));
        NgxFunctions.install(functions, world.services);
        ngx.metatable(Library.of(state).put("__index", this::property).put("__newindex", this::setProperty)
                .put("__metatable", (Object) false).table());
    }

    private static JavaFunction.Body unsupported(String what) {
        return call -> {
            throw call.error(what + " is not supported (expected: resty.http for calls)");
        };
    }

    private String phaseTitle() {
        Activity activity = world.currentOrNull();
        LuaExchange exchange = activity == null ? null : activity.exchange();
        return activity == null ? outside.title() : exchange == null ? "timer" : exchange.phase.title();
    }

    private void property(Call call) {
        switch (call.string(2)) {
            case "ctx" -> {
                LuaExchange exchange = world.exchange();
                LuaTable context = exchange.context;
                if (context == null) {
                    context = state.table();
                    exchange.context = context;
                }
                call.ret(context);
            }
            case "status" -> {
                LuaExchange exchange = world.exchange();
                ResponseHead response = exchange.exchange.response();
                call.ret((double) (response == null ? exchange.status : response.status()));
            }
            case "headers_sent" -> call.ret(world.exchange().phase.compareTo(Phase.HEADER_FILTER) > 0);
            case "is_subrequest" -> call.ret(false);
            default -> call.ret(Nil.NIL);
        }
    }

    private void setProperty(Call call) {
        switch (call.string(2)) {
            case "ctx" -> world.exchange().context = call.table(3);
            case "status" -> {
                LuaExchange exchange = world.exchange();
                ResponseHead response = exchange.exchange.response();
                int status = call.integer(3);
                if (exchange.phase == Phase.HEADER_FILTER && response != null) {
                    response.status(status);
                } else {
                    exchange.status = status;
                }
            }
            default -> call.table(1).put(call.arg(2), call.arg(3));
        }
    }

    // ---- replies

    private LuaExchange replying(Call call) {
        LuaExchange exchange = world.exchange();
        if (exchange.phase.compareTo(Phase.CONTENT) > 0) {
            throw call.error("API disabled in the context of " + exchange.phase.block());
        }
        return exchange;
    }

    private void write(Call call, boolean line) {
        LuaExchange exchange = replying(call);
        StringBuilder output = exchange.output();
        int before = output.length();
        for (int i = 1; i <= call.count(); i++) {
            append(call, output, call.arg(i), 0);
        }
        if (line) {
            output.append('\n');
        }
        call.meter().allocate(output.length() - before);
        call.meter().work((output.length() - before) / 16);
        call.ret(1.0);
    }

    private void append(Call call, StringBuilder out, Object value, int depth) {
        call.meter().work(1);
        if (out.length() > call.meter().memoryLimit()) {
            call.meter().string(out.length());
        }
        switch (value) {
            case Nil _ -> out.append("nil");
            case Boolean b -> out.append(b);
            case LuaUserdata data when data == json.nothing() -> out.append("null");
            case LuaTable list -> {
                if (depth > 50) {
                    throw call.error("the list is nested too deeply");
                }
                for (int i = 1; i <= list.length(); i++) {
                    append(call, out, list.get(i), depth + 1);
                }
            }
            default -> {
                String text = Values.toText(value);
                if (text == null) {
                    throw call.error(
                            "bad argument (string, number, boolean, nil or list expected, got " + Values.typeName(value) + ")");
                }
                out.append(text);
            }
        }
    }

    private void exit(Call call) {
        LuaExchange exchange = world.exchange();
        int status = call.integer(1);
        if (exchange.phase.compareTo(Phase.CONTENT) <= 0) {
            if (status >= 200 || status == -1 || exchange.hasOutput()) {
                // OpenResty sends the head with the first output: a status that was set then stays, whatever exit says.
                boolean sent = exchange.hasOutput() && exchange.status != 0;
                exchange.request.reply = reply(call, exchange,
                        sent ? exchange.status : status >= 200 ? status : status == -1 ? 500 : 200);
            }
        } else if (exchange.phase == Phase.HEADER_FILTER && status >= 200 && exchange.exchange.response() != null) {
            exchange.exchange.response().status(status);
        }
        call.suspend();
        world.current().wait = Activity.Wait.END;
    }

    private void redirect(Call call) {
        LuaExchange exchange = replying(call);
        String target = call.string(1);
        int status = call.integer(2, 302);
        if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
            throw call.bad(2, "only ngx.HTTP_MOVED_TEMPORARILY, ngx.HTTP_MOVED_PERMANENTLY, 303, 307 and 308 are allowed");
        }
        headers.replyField(call, exchange, "location", target);
        exchange.request.reply = new LocalReply(status, headers.replyFields(exchange), new byte[0], "lua_redirect");
        call.suspend();
        world.current().wait = Activity.Wait.END;
    }

    private LocalReply reply(Call call, LuaExchange exchange, int status) {
        if (status > 599) {
            throw call.bad(1, "a status of 200 to 599 expected");
        }
        List<Map.Entry<HeaderName, String>> fields = headers.replyFields(exchange);
        if (!exchange.hasOutput() && status >= 400) {
            return LocalReply.error(status, fields, "", "lua_exit");
        }
        return new LocalReply(status, fields, Encodings.raw(exchange.output().toString()), "lua_exit");
    }

    // ---- log and sleep

    private void log(Call call) {
        int number = call.integer(1);
        Level level = number <= 4 ? Level.ERROR : number == 5 ? Level.WARN : number <= 7 ? Level.INFO : Level.DEBUG;
        if (!world.log.isEnabled(level)) {
            return;
        }
        StringBuilder line = new StringBuilder(state.where(1));
        for (int i = 2; i <= call.count() && line.length() < 4096; i++) {
            line.append(call.arg(i) == json.nothing() ? "null" : call.state().toText(call.arg(i)));
        }
        world.log.write(level, line.toString());
    }

    private void sleep(Call call) {
        mayWait(call);
        double seconds = call.number(1);
        if (!(seconds >= 0)) {
            throw call.bad(1, "a duration of 0 or more expected");
        }
        long millis = (long) Math.min(seconds * 1000, (double) world.plugin.config.limits().deadline().toMillis());
        Activity activity = world.current();
        call.suspend();
        activity.wait = Activity.Wait.RESULT;
        activity.pending = world.services.schedule(Duration.ofMillis(millis), () -> activity.answer(() -> new Object[0]));
    }

    /// @throws io.jigress.plugins.lua.vm.LuaError in a block that cannot wait
    void mayWait(Call call) {
        LuaExchange exchange = world.current().exchange();
        if (exchange != null && exchange.phase.compareTo(Phase.CONTENT) > 0) {
            throw call.error("API disabled in the context of " + exchange.phase.block() + ", which cannot wait");
        }
    }

    // ---- blocks

    FilterDecision request(LuaExchange exchange) {
        for (Phase phase : new Phase[] {Phase.REWRITE, Phase.ACCESS, Phase.CONTENT}) {
            if (world.plugin.script.blocks().containsKey(phase)) {
                exchange.request.add(() -> {
                    exchange.phase = phase;
                    return world.block(phase);
                });
            }
        }
        exchange.request.add(() -> {
            boolean content = world.plugin.script.blocks().containsKey(Phase.CONTENT);
            if (content || exchange.hasOutput()) {
                int status = exchange.status == 0 ? 200 : exchange.status;
                exchange.request.reply = new LocalReply(status, headers.replyFields(exchange),
                        Encodings.raw(exchange.output().toString()), "lua_content");
            }
            return null;
        });
        return exchange.request.begin();
    }

    FilterDecision response(LuaExchange exchange) {
        headers.apply(exchange);
        LuaFunction block = world.block(Phase.HEADER_FILTER);
        if (block != null) {
            exchange.phase = Phase.HEADER_FILTER;
            run(exchange.response(), block);
        }
        return world.plugin.script.blocks().containsKey(Phase.BODY_FILTER) ? FilterDecision.CONTINUE : FilterDecision.SKIP_BODY;
    }

    private void run(MessageRun run, LuaFunction block) {
        if (!world.start(run, block)) {
            world.drop(run);
            throw new LuaError("the block waits, which is not possible there");
        }
    }

    FilterDecision responseBody(LuaExchange exchange, Body body) {
        if (exchange.hasFailed) {
            return FilterDecision.SKIP_BODY;
        }
        LuaFunction block = world.block(Phase.BODY_FILTER);
        if (block == null) {
            return FilterDecision.SKIP_BODY;
        }
        exchange.phase = Phase.BODY_FILTER;
        String data = body.data().toString(StandardCharsets.ISO_8859_1);
        arguments.put(1, data);
        arguments.put(2, (Object) body.last());
        run(exchange.response(), block);
        Object left = arguments.get(1);
        arguments.put(2, Nil.NIL);
        arguments.put(1, Nil.NIL);
        if (!data.equals(left)) {
            StringBuilder text = new StringBuilder();
            if (left instanceof LuaTable list) {
                for (int i = 1; i <= list.length(); i++) {
                    text.append(Values.toText(list.get(i)));
                }
            } else if (left != Nil.NIL) {
                text.append(Values.toText(left));
            }
            body.replace(Unpooled.wrappedBuffer(Encodings.raw(text.toString())));
        }
        return FilterDecision.CONTINUE;
    }

    void log(LuaExchange exchange) {
        if (!world.plugin.script.blocks().containsKey(Phase.LOG)) {
            return;
        }
        LuaFunction block = world.block(Phase.LOG);
        if (block != null) {
            exchange.phase = Phase.LOG;
            run(exchange.response(), block);
        }
    }
}
