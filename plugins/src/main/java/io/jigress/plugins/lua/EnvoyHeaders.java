package io.jigress.plugins.lua;

import io.jigress.api.Exchange;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.plugins.lua.lib.Library;
import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.JavaFunction;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.LuaUserdata;
import io.jigress.plugins.lua.vm.Nil;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The header object of Envoy's Lua filter: the fields of a head, with pseudo-header fields, or trailers.
final class EnvoyHeaders {
    private final World world;
    private final HeaderNames names = new HeaderNames();
    private final LuaTable metatable;

    /// @param part identifies the trailers; not used for heads
    private record Of(MessageRun run, boolean trailers, int part) {}

    EnvoyHeaders(World world) {
        this.world = world;
        Library methods = Library.of(world.state).put("get", this::get).put("getAtIndex", this::getAtIndex)
                .put("getNumValues", this::getNumValues).put("add", call -> edit(call, false))
                .put("replace", call -> edit(call, true))
                .put("remove", this::remove).put("setHttp1ReasonPhrase", call -> readable(call));
        metatable = Library.of(world.state).put("__index", methods.table()).put("__pairs", this::pairs)
                .put("__metatable", (Object) false).table();
    }

    LuaUserdata object(MessageRun run, boolean trailers) {
        return new LuaUserdata(new Of(run, trailers, run.part), metatable);
    }

    LuaTable methods() {
        return EnvoyApi.methods(metatable);
    }

    private Of readable(Call call) {
        Of self = call.userdata(1, Of.class, "header object");
        if (world.current() != self.run || self.trailers && (self.run.trailers == null || self.part != self.run.part)) {
            throw call.error("object used outside of proper scope");
        }
        return self;
    }

    private Of writable(Call call) {
        Of self = readable(call);
        if (!self.trailers && self.run.isHeadSent()) {
            throw call.error("header map can no longer be modified");
        }
        return self;
    }

    private static Headers fields(Call call, Of self) {
        Exchange exchange = self.run.exchange().exchange;
        if (self.trailers) {
            Headers trailers = self.run.trailers;
            if (trailers == null) {
                throw call.error("object used outside of proper scope");
            }
            return trailers;
        }
        if (self.run.isRequest()) {
            return exchange.request().headers();
        }
        ResponseHead head = exchange.response();
        if (head == null) {
            throw call.error("there is no response yet");
        }
        return head.headers();
    }

    /// A pseudo-header field; null when the message does not have it.
    private static @Nullable String pseudo(Of self, String name) {
        Exchange exchange = self.run.exchange().exchange;
        if (self.trailers) {
            return null;
        }
        if (!self.run.isRequest()) {
            ResponseHead head = exchange.response();
            return head != null && name.equals(":status") ? Integer.toString(head.status()) : null;
        }
        RequestHead head = exchange.request();
        return switch (name) {
            case ":method" -> head.method();
            case ":path" -> head.target();
            case ":authority", "host" -> head.authority();
            case ":scheme" -> head.scheme();
            default -> null;
        };
    }

    private void setPseudo(Call call, Of self, String name, String value) {
        Exchange exchange = self.run.exchange().exchange;
        ResponseHead response = exchange.response();
        switch (name) {
            case ":method" -> exchange.request().method(value);
            case ":path" -> exchange.request().target(value);
            case ":authority", "host" -> exchange.request().authority(value);
            case ":scheme" -> {
                // Of the client's connection.
            }
            case ":status" -> {
                if (!self.run.isRequest() && response != null) {
                    response.status(Integer.parseInt(value));
                }
            }
            default -> throw call.error("unknown pseudo-header field " + name);
        }
    }

    private static boolean isPseudo(Of self, String name) {
        return name.startsWith(":") || self.run.isRequest() && !self.trailers && name.equalsIgnoreCase("host");
    }

    private List<String> values(Call call, Of self, String key) {
        List<String> values = new ArrayList<>(1);
        if (isPseudo(self, key)) {
            String value = pseudo(self, key.toLowerCase(Locale.ROOT));
            if (value != null) {
                values.add(value);
            }
            return values;
        }
        Headers fields = fields(call, self);
        HeaderName name = names.of(key);
        for (int i = fields.indexOf(name, 0); i >= 0; i = fields.indexOf(name, i + 1)) {
            values.add(fields.valueAt(i));
        }
        return values;
    }

    private void get(Call call) {
        Of self = readable(call);
        List<String> values = values(call, self, call.string(2));
        switch (values.size()) {
            case 0 -> call.ret(Nil.NIL);
            case 1 -> call.text(values.getFirst());
            default -> call.text(String.join(",", values));
        }
    }

    private void getAtIndex(Call call) {
        List<String> values = values(call, readable(call), call.string(2));
        int i = call.integer(3);
        if (i >= 0 && i < values.size()) {
            call.text(values.get(i));
        } else {
            call.ret(Nil.NIL);
        }
    }

    private void getNumValues(Call call) {
        call.ret((double) values(call, readable(call), call.string(2)).size());
    }

    private void edit(Call call, boolean replaces) {
        Of self = writable(call);
        String key = call.string(2);
        String value = call.string(3);
        if (isPseudo(self, key)) {
            setPseudo(call, self, key.toLowerCase(Locale.ROOT), value);
        } else if (!HeaderNames.isFraming(key)) {
            Headers fields = fields(call, self);
            if (replaces) {
                fields.set(names.of(key), value);
            } else {
                fields.add(names.of(key), value);
            }
        }
    }

    private void remove(Call call) {
        Of self = writable(call);
        String key = call.string(2);
        if (!isPseudo(self, key) && !HeaderNames.isFraming(key)) {
            fields(call, self).remove(names.of(key));
        }
    }

    /// Iterates over a copy, so that fields may be changed meanwhile.
    private void pairs(Call call) {
        Of self = readable(call);
        List<Map.Entry<String, String>> all = new ArrayList<>();
        for (String name : List.of(":method", ":path", ":authority", ":scheme", ":status")) {
            String value = pseudo(self, name);
            if (value != null) {
                all.add(Map.entry(name, value));
            }
        }
        Headers fields = fields(call, self);
        for (int i = 0; i < fields.size(); i++) {
            String name = fields.nameAt(i).toLowerCase(Locale.ROOT);
            if (!isPseudo(self, name)) {
                all.add(Map.entry(name, fields.valueAt(i)));
            }
        }
        int[] next = {0};
        call.ret(new JavaFunction("pairs", step -> {
            if (next[0] < all.size()) {
                Map.Entry<String, String> field = all.get(next[0]++);
                step.text(field.getKey());
                step.text(field.getValue());
            } else {
                step.ret(Nil.NIL);
            }
        }));
    }
}
