package io.jigress.plugins.lua;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import io.jigress.plugins.lua.LuaScript.Phase;
import io.jigress.plugins.lua.lib.Library;
import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `ngx.header` and `ngx.resp`: the fields of the response, and those of a reply that the script makes. Fields that are set before there is
/// a response are set in the one that arrives.
final class NgxHeaders {
    private final World world;
    private final HeaderNames names = new HeaderNames();
    private final LuaTable response;

    NgxHeaders(World world) {
        this.world = world;
        response = world.state.table();
        response.metatable(Library.of(world.state).put("__index", this::get).put("__newindex", this::set)
                .put("__metatable", (Object) false).table());
    }

    LuaTable response() {
        return response;
    }

    LuaTable functions() {
        return Library.of(world.state).put("get_headers", call -> {
            ResponseHead head = world.exchange().exchange.response();
            call.ret(head == null ? all(null, 100) : all(head.headers(), call.integer(1, 100)));
        }).put("add_header", this::add).table();
    }

    HeaderName name(String text) {
        return names.of(text);
    }

    /// The name of a field as scripts write it: `content_type`.
    static String fieldName(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// All fields as a table, whose names are in lower case.
    LuaTable all(@Nullable Headers fields, int most) {
        LuaTable table = world.state.table();
        int limit = most <= 0 ? 1000 : most;
        for (int i = 0; fields != null && i < fields.size() && i < limit; i++) {
            String name = fields.nameAt(i).toLowerCase(Locale.ROOT);
            String value = fields.valueAt(i);
            world.state.meter().string(name.length() + value.length());
            Object before = table.get(name);
            if (before == Nil.NIL) {
                table.put(name, value);
            } else if (before instanceof LuaTable list) {
                list.put(list.length() + 1, value);
            } else {
                LuaTable list = world.state.table();
                list.put(1, before);
                list.put(2, value);
                table.put(name, list);
            }
        }
        table.metatable(world.ngx.caseless());
        return table;
    }

    /// The head of the response while it may be read; null before that.
    private @Nullable ResponseHead head() {
        LuaExchange exchange = world.exchange();
        return exchange.phase.compareTo(Phase.CONTENT) > 0 ? exchange.exchange.response() : null;
    }

    private void get(Call call) {
        String name = fieldName(call.string(2));
        ResponseHead head = head();
        if (head == null) {
            LuaTable fields = world.exchange().replyHeaders;
            Object value = fields == null ? Nil.NIL : fields.get(name);
            call.ret(value == Boolean.FALSE ? Nil.NIL : value);
            return;
        }
        List<String> values = new ArrayList<>();
        HeaderName field = names.of(name);
        Headers fields = head.headers();
        for (int i = fields.indexOf(field, 0); i >= 0; i = fields.indexOf(field, i + 1)) {
            values.add(fields.valueAt(i));
        }
        if (values.size() > 1) {
            LuaTable list = world.state.table();
            values.forEach(value -> list.put(list.length() + 1, value));
            call.ret(list);
        } else if (values.isEmpty()) {
            call.ret(Nil.NIL);
        } else {
            call.text(values.getFirst());
        }
    }

    private void add(Call call) {
        String name = fieldName(call.string(1));
        if (HeaderNames.isFraming(name)) {
            return;
        }
        ResponseHead head = head();
        HeaderName field = names.of(name);
        String value = value(call, name, call.arg(2));
        if (head != null) {
            head.headers().add(field, value);
            return;
        }
        LuaExchange exchange = world.exchange();
        LuaTable added = exchange.addedHeaders;
        if (added == null) {
            added = world.state.table();
            exchange.addedHeaders = added;
        }
        added.put(added.length() + 1, name);
        added.put(added.length() + 1, value);
    }

    private void set(Call call) {
        String name = fieldName(call.string(2));
        Object value = call.arg(3);
        if (HeaderNames.isFraming(name)) {
            return;
        }
        ResponseHead head = head();
        if (head == null) {
            replyField(call, world.exchange(), name, value);
        } else if (world.exchange().phase == Phase.HEADER_FILTER) {
            store(call, head.headers(), name, value);
        } else {
            throw call.error("the header has been sent");
        }
    }

    /// Sets a field of the response that will come, or of the script's reply. It is checked here, where an error is one of the script.
    void replyField(Call call, LuaExchange exchange, String name, Object value) {
        names.of(name);
        LuaTable fields = exchange.replyHeaders;
        if (fields == null) {
            fields = world.state.table();
            exchange.replyHeaders = fields;
        }
        // nginx removes fields that are set to nil.
        if (value == Nil.NIL) {
            fields.put(name, (Object) false);
        } else if (value instanceof LuaTable list) {
            LuaTable copy = world.state.table();
            for (int i = 1; i <= list.length(); i++) {
                copy.put(i, value(call, name, list.get(i)));
            }
            fields.put(name, copy);
        } else {
            fields.put(name, value(call, name, value));
        }
    }

    /// A value as nginx's module for Lua sends it: control characters are escaped, so that none can split a message.
    private static String value(Call call, String name, Object value) {
        String text = value instanceof Boolean ? value.toString() : Fields.text(call, name, value);
        StringBuilder escaped = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7f) {
                if (escaped == null) {
                    escaped = new StringBuilder(text.length() + 16).append(text, 0, i);
                }
                escaped.append(Encodings.escape(String.valueOf(c)));
            } else if (escaped != null) {
                escaped.append(c);
            }
        }
        return escaped == null ? text : escaped.toString();
    }

    void store(Call call, Headers headers, String name, Object value) {
        HeaderName field = names.of(name);
        if (value == Nil.NIL) {
            headers.remove(field);
        } else if (value instanceof LuaTable list) {
            headers.remove(field);
            for (int i = 1; i <= list.length(); i++) {
                headers.add(field, value(call, name, list.get(i)));
            }
        } else {
            headers.set(field, value(call, name, value));
        }
    }

    /// The fields of a reply.
    List<Map.Entry<HeaderName, String>> replyFields(LuaExchange exchange) {
        List<Map.Entry<HeaderName, String>> fields = new ArrayList<>();
        each(exchange, (name, value) -> fields.add(Map.entry(names.of(name), value)), _ -> {});
        return fields;
    }

    /// Sets the fields that were set before the response.
    void apply(LuaExchange exchange) {
        ResponseHead head = exchange.exchange.response();
        if (head != null && exchange.request.reply == null) {
            each(exchange, (name, value) -> head.headers().add(names.of(name), value),
                    name -> head.headers().remove(names.of(name)));
        }
    }

    private interface Visitor {
        void field(String name, String value);
    }

    private static void each(LuaExchange exchange, Visitor visitor, java.util.function.Consumer<String> remover) {
        LuaTable fields = exchange.replyHeaders;
        int position = fields == null ? -1 : fields.after(Nil.NIL);
        while (fields != null && position >= 0) {
            String name = (String) fields.keyAt(position);
            Object value = fields.valueAt(position);
            remover.accept(name);
            if (value instanceof LuaTable list) {
                for (int i = 1; i <= list.length(); i++) {
                    visitor.field(name, String.valueOf(Values.toText(list.get(i))));
                }
            } else if (value != Boolean.FALSE) {
                visitor.field(name, String.valueOf(Values.toText(value)));
            }
            position = fields.after(name);
        }
        LuaTable added = exchange.addedHeaders;
        for (int i = 1; added != null && i < added.length(); i += 2) {
            visitor.field((String) added.get(i), (String) added.get(i + 1));
        }
    }
}
