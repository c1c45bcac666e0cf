package io.jigress.plugins.lua;

import io.jigress.api.Body;
import io.jigress.api.IpLiteral;
import io.jigress.api.LocalReply;
import io.jigress.plugins.lua.lib.Library;
import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.JavaFunction;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.LuaUserdata;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.event.Level;

/// The stream handle of Envoy's Lua filter.
final class EnvoyApi {
    private static final Map<String, Level> LEVELS = Map.of("logTrace", Level.TRACE, "logDebug", Level.DEBUG, "logInfo",
            Level.INFO,
            "logWarn", Level.WARN, "logErr", Level.ERROR, "logCritical", Level.ERROR);

    private final World world;
    private final LuaTable handles;
    private final LuaTable buffers;
    private final LuaTable keys;
    private final EnvoyHeaders headers;
    private final EnvoyInfo info;
    private final boolean readsBodies;
    private final boolean readsTrailers;

    /// A part of a body, valid while the run sees it.
    private record Buffer(MessageRun run, int part) {}

    EnvoyApi(World world, HttpCalls calls) {
        this.world = world;
        readsTrailers = world.plugin.script.mentions("trailers");
        readsBodies = readsTrailers || world.plugin.script.mentions("body") || world.plugin.script.mentions("bodyChunks");
        headers = new EnvoyHeaders(world);
        info = new EnvoyInfo(world);
        Library handle = Library.of(world.state).put("headers", call -> call.ret(headers(self(call), false)))
                .put("body", this::body)
                .put("bodyChunks", this::bodyChunks).put("trailers", this::trailers)
                .put("httpCall", call -> {
                    self(call);
                    calls.envoy(call);
                }).put("respond", this::respond)
                .put("metadata", call -> call.ret(info.metadata(world.plugin.config.config())))
                .put("filterContext", call -> call.ret(LuaJson.value(world.state, world.plugin.config.config())))
                .put("streamInfo", call -> call.ret(info.stream(exchange(call))))
                .put("connectionStreamInfo", call -> call.ret(info.stream(exchange(call))))
                .put("connection", call -> call.ret(info.connection(exchange(call))))
                .put("route", call -> call.ret(info.withMetadata())).put("virtualHost", call -> call.ret(info.withMetadata()))
                .put("clearRouteCache", call -> exchange(call).use().rematch())
                .put("setUpstreamOverrideHost", this::overrideHost)
                .put("base64Escape", call -> call.text(Encodings.base64(call.string(2)))).put("timestamp", this::timestamp)
                .put("timestampString", call -> {
                    boolean micros = call.has(2) && call.number(2) == 1;
                    call.text(Long.toString(micros ? micros() : world.services.now().toEpochMilli()));
                }).put("importPublicKey", this::importPublicKey).put("verifySignature", this::verifySignature);
        LEVELS.forEach((name, level) -> handle.put(name, call -> world.log.write(level, call.string(2))));
        handle.put("log", call -> world.log.write(level(call.integer(2)), call.string(3)));
        handles = object(handle);
        buffers = object(
                Library.of(world.state).put("length", call -> call.ret((double) buffer(call).body().data().readableBytes()))
                        .put("getBytes", this::getBytes).put("setBytes", this::setBytes));
        keys = object(Library.of(world.state).put("get", call -> call.ret(call.arg(1))));
        world.state.globals().put("EnvoyTimestampResolution",
                Library.of(world.state).put("MILLISECOND", (Object) 0.0).put("MICROSECOND", (Object) 1.0).table());
    }

    /// A metatable whose methods are these functions. Scripts cannot reach it.
    private LuaTable object(Library methods) {
        return Library.of(world.state).put("__index", methods.table()).put("__metatable", (Object) false).table();
    }

    /// The functions of each object, for the manual.
    Map<String, LuaTable> tables() {
        Map<String, LuaTable> tables = new TreeMap<>(info.tables());
        tables.put("the handle", methods(handles));
        tables.put("`handle:body()`, a chunk", methods(buffers));
        tables.put("`handle:headers()`, `handle:trailers()`", headers.methods());
        return tables;
    }

    static LuaTable methods(LuaTable metatable) {
        return (LuaTable) metatable.get("__index");
    }

    private static Level level(int number) {
        return switch (number) {
            case 0 -> Level.TRACE;
            case 1 -> Level.DEBUG;
            case 2 -> Level.INFO;
            case 3 -> Level.WARN;
            default -> Level.ERROR;
        };
    }

    LuaUserdata handle(MessageRun run) {
        return new LuaUserdata(run, handles);
    }

    LuaUserdata headers(MessageRun run, boolean trailers) {
        return headers.object(run, trailers);
    }

    LuaUserdata buffer(MessageRun run) {
        return new LuaUserdata(new Buffer(run, run.part), buffers);
    }

    private MessageRun self(Call call) {
        MessageRun run = call.userdata(1, MessageRun.class, "stream handle");
        if (world.current() != run) {
            throw call.error("object used outside of proper scope");
        }
        return run;
    }

    private LuaExchange exchange(Call call) {
        return self(call).exchange();
    }

    private void overrideHost(Call call) {
        LuaExchange on = exchange(call);
        InetSocketAddress address = IpLiteral.withPort(call.string(2));
        if (address == null) {
            throw call.error("host is not an IP address with a port");
        }
        on.use().overrideEndpoint(address, call.bool(3));
    }

    // ---- bodies

    private void body(Call call) {
        MessageRun run = self(call);
        if (run.isHeadSent()) {
            throw call.error("cannot call body() after the head was passed on: call it before bodyChunks() and trailers()");
        }
        if (!readsBodies) {
            throw call.error("body() must be called by its name, so that the gateway knows that the script reads bodies");
        }
        run.wrapsEmptyBody = call.bool(2);
        call.suspend();
        run.wait = Activity.Wait.BODY;
    }

    private void bodyChunks(Call call) {
        MessageRun run = self(call);
        if (!readsBodies) {
            throw call.error("bodyChunks() must be called by its name, so that the gateway knows that the script reads bodies");
        }
        call.ret(new JavaFunction("bodyChunks", step -> {
            if (world.current() != run) {
                throw step.error("object used outside of proper scope");
            }
            step.suspend();
            run.wait = Activity.Wait.CHUNK;
        }));
    }

    private void trailers(Call call) {
        MessageRun run = self(call);
        if (!readsTrailers) {
            throw call.error("trailers() must be called by its name, so that the gateway knows that the script reads trailers");
        }
        call.suspend();
        run.wait = Activity.Wait.TRAILERS;
    }

    private record Shown(MessageRun run, Body body) {}

    private Shown buffer(Call call) {
        Buffer buffer = call.userdata(1, Buffer.class, "buffer");
        MessageRun run = buffer.run;
        if (world.current() != run) {
            throw call.error("object used outside of proper scope");
        }
        Body body = run.body;
        if (body == null) {
            if (run.wrapsEmptyBody) {
                return new Shown(run, EmptyBody.INSTANCE);
            }
            throw call.error("the buffer is not valid any more");
        }
        return new Shown(run, body);
    }

    private void getBytes(Call call) {
        Body body = buffer(call).body();
        int from = call.integer(2);
        int length = call.integer(3);
        if (from < 0 || length < 0 || (long) from + length > body.data().readableBytes()) {
            throw call.error("index/length must be >= 0 and (index + length) must be <= buffer size");
        }
        call.meter().string(length);
        call.meter().work(length / 32);
        call.ret(body.data().toString(body.data().readerIndex() + from, length, StandardCharsets.ISO_8859_1));
    }

    private void setBytes(Call call) {
        String bytes = call.string(2);
        call.meter().work(bytes.length() / 32);
        buffer(call).body().replace(Unpooled.wrappedBuffer(bytes.getBytes(StandardCharsets.ISO_8859_1)));
        call.ret((double) bytes.length());
    }

    // ---- replies

    private void respond(Call call) {
        MessageRun run = self(call);
        if (!run.isRequest()) {
            throw call.error("respond not currently supported in the response path");
        }
        if (run.isHeadSent()) {
            throw call.error("respond() cannot be called if headers have been continued");
        }
        LuaTable fields = call.table(2);
        Double status = Values.toNumber(fields.get(":status"));
        if (status == null || status < 200 || status > 599) {
            throw call.error(":status must be between 200-599");
        }
        byte[] body = call.string(3, "").getBytes(StandardCharsets.ISO_8859_1);
        LocalReply reply = new LocalReply(status.intValue(), Fields.ofTable(call, fields, HeaderNames.FRAMING), body,
                "lua_respond");
        call.suspend();
        run.reply = reply;
        run.wait = Activity.Wait.END;
    }

    // ---- others

    private void timestamp(Call call) {
        boolean micros = call.has(2) && call.number(2) == 1;
        call.ret(micros ? (double) micros() : (double) world.services.now().toEpochMilli());
    }

    private long micros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, world.services.now());
    }

    private void importPublicKey(Call call) {
        byte[] der = call.string(2).getBytes(StandardCharsets.ISO_8859_1);
        call.meter().work(5000);
        for (String algorithm : new String[] {"RSA", "EC"}) {
            try {
                call.ret(new LuaUserdata(KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der)), keys));
                return;
            } catch (GeneralSecurityException _) {
                // Perhaps a key of another kind.
            }
        }
        call.ret(Nil.NIL);
    }

    private void verifySignature(Call call) {
        String hash = call.string(2).toUpperCase(Locale.ROOT).replace("-", "");
        PublicKey key = call.userdata(3, PublicKey.class, "public key");
        String signature = cut(call.string(4), call.integer(5));
        String data = cut(call.string(6), call.integer(7));
        call.meter().work(50_000 + data.length() / 8);
        if (!hash.matches("SHA(1|224|256|384|512)")) {
            call.ret(false);
            call.text(hash + " is not supported.");
            return;
        }
        try {
            Signature verifier = Signature.getInstance(hash + "with" + (key.getAlgorithm().equals("EC") ? "ECDSA" : "RSA"));
            verifier.initVerify(key);
            verifier.update(data.getBytes(StandardCharsets.ISO_8859_1));
            boolean valid = verifier.verify(signature.getBytes(StandardCharsets.ISO_8859_1));
            call.ret(valid);
            call.text(valid ? "" : "Failed to verify digest.");
        } catch (GeneralSecurityException e) {
            call.ret(false);
            call.text("Failed to verify digest: " + e.getMessage());
        }
    }

    private static String cut(String text, int length) {
        return text.substring(0, Math.clamp((long) length, 0, text.length()));
    }
}
