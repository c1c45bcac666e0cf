package io.jigress.plugins.lua;

import io.jigress.api.Exchange;
import io.jigress.api.HeaderName;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.plugins.lua.lib.Library;
import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.Nil;
import java.net.InetSocketAddress;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// `ngx.var`: nginx's variables of requests, and variables that the script sets.
final class NgxVariables {
    private static final HeaderName AUTHORIZATION = HeaderName.of("authorization");
    private static final DateTimeFormatter LOCAL = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH);
    private static final DateTimeFormatter ISO = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssxxx", Locale.ROOT);

    private final World world;
    private final HeaderNames names = new HeaderNames();

    NgxVariables(World world) {
        this.world = world;
    }

    LuaTable table() {
        LuaTable table = world.state.table();
        table.metatable(Library.of(world.state).put("__index", this::get).put("__newindex", this::set)
                .put("__metatable", (Object) false).table());
        return table;
    }

    private void get(Call call) {
        String name = call.string(2);
        LuaExchange exchange = world.exchange();
        Object own = exchange.variables == null ? Nil.NIL : exchange.variables.get(name);
        if (own != Nil.NIL) {
            call.ret(own);
            return;
        }
        String value = value(call, exchange.exchange, name);
        if (value == null) {
            call.ret(Nil.NIL);
        } else {
            call.text(value);
        }
    }

    private void set(Call call) {
        String name = call.string(2);
        LuaExchange exchange = world.exchange();
        if (name.equals("args")) {
            RequestHead head = exchange.exchange.request();
            String query = call.string(3, "");
            head.target(head.path() + (query.isEmpty() ? "" : "?" + query));
            return;
        }
        if (value(call, exchange.exchange, name) != null) {
            throw call.error("variable \"" + name + "\" not changeable");
        }
        LuaTable variables = exchange.variables;
        if (variables == null) {
            variables = world.state.table();
            exchange.variables = variables;
        }
        variables.put(name, call.has(3) ? call.string(3) : Nil.NIL);
    }

    /// As a string of Lua: a character is a byte, as in header fields.
    private @Nullable String value(Call call, Exchange exchange, String name) {
        RequestHead head = exchange.request();
        ResponseHead response = exchange.response();
        return switch (name) {
            case "uri", "document_uri" -> Encodings.unescape(Encodings.latin(head.path()), false);
            case "request_uri" -> Encodings.latin(head.rawTarget());
            case "args", "query_string" -> head.query().isEmpty() ? null : Encodings.latin(head.query());
            case "is_args" -> head.query().isEmpty() ? "" : "?";
            case "request_method" -> head.method();
            case "scheme" -> head.scheme();
            case "https" -> head.scheme().equals("https") ? "on" : "";
            case "host" -> host(head.authority()).toLowerCase(Locale.ROOT);
            case "http_host" -> head.authority();
            case "hostname" -> "jigress";
            case "remote_addr" -> exchange.clientAddress().getHostAddress();
            case "binary_remote_addr" -> Encodings.string(exchange.clientAddress().getAddress());
            case "remote_user" -> user(head.headers().first(AUTHORIZATION));
            case "realip_remote_addr" -> exchange.peerAddress().getHostAddress();
            case "remote_port" -> Integer.toString(exchange.connection().peer().getPort());
            case "server_addr" -> exchange.connection().local().getAddress().getHostAddress();
            case "server_port" -> Integer.toString(exchange.connection().local().getPort());
            case "server_name" -> host(head.authority());
            case "server_protocol" -> exchange.protocol();
            case "request" -> head.method() + " " + Encodings.latin(head.rawTarget()) + " " + exchange.protocol();
            case "request_id" -> exchange.id().replace("-", "");
            case "request_length" -> Long.toString(exchange.bytesReceived());
            case "bytes_sent" -> Long.toString(exchange.bytesSent());
            case "request_time" -> String.format(Locale.ROOT, "%.3f", exchange.elapsedNanos() / 1e9);
            case "status" -> response == null ? null : Integer.toString(response.status());
            case "content_type" -> head.headers().first(HeaderName.CONTENT_TYPE);
            case "content_length" -> head.headers().first(HeaderName.CONTENT_LENGTH);
            case "connection" -> Long.toString(exchange.connection().id());
            case "upstream_addr" -> address(exchange.upstreamAddress());
            case "upstream_status" ->
                exchange.upstreamAddress() == null || response == null ? null : Integer.toString(response.status());
            case "proxy_host" -> exchange.clusterName() == null ? null : Encodings.lua(exchange.clusterName());
            case "msec" -> String.format(Locale.ROOT, "%.3f", world.services.now().toEpochMilli() / 1000.0);
            case "time_local" -> LOCAL.format(world.services.now().atZone(ZoneOffset.UTC));
            case "time_iso8601" -> ISO.format(world.services.now().atZone(ZoneOffset.UTC));
            case "request_body" -> world.exchange().requestBody;
            case "ssl_protocol" -> exchange.connection().tls() == null ? "" : exchange.connection().tls().version();
            case "ssl_cipher" -> exchange.connection().tls() == null ? "" : exchange.connection().tls().cipher();
            case "ssl_server_name" -> exchange.connection().tls() == null ? "" : exchange.connection().tls().serverName();
            default -> prefixed(call, head, response, name);
        };
    }

    private @Nullable String prefixed(Call call, RequestHead head, @Nullable ResponseHead response, String name) {
        if (name.startsWith("http_")) {
            HeaderName field = field(name, 5);
            return field == null ? null : head.headers().first(field);
        }
        if (name.startsWith("sent_http_") && response != null) {
            HeaderName field = field(name, 10);
            return field == null ? null : response.headers().first(field);
        }
        if (name.startsWith("arg_")) {
            String query = "&" + Encodings.latin(head.query());
            call.meter().work(query.length() / 16);
            int at = query.toLowerCase(Locale.ROOT).indexOf("&" + name.substring(4).toLowerCase(Locale.ROOT) + "=");
            int from = at + name.length() - 4 + 2;
            int end = at < 0 ? -1 : query.indexOf('&', from);
            return at < 0 ? null : query.substring(from, end < 0 ? query.length() : end);
        }
        if (name.startsWith("cookie_")) {
            return cookie(head.headers().first(HeaderName.COOKIE), name.substring(7));
        }
        return null;
    }

    /// The field that a variable stands for; null when it cannot be one.
    private @Nullable HeaderName field(String variable, int prefix) {
        HeaderName known = names.known(variable);
        if (known != null || !HeaderName.isToken(variable)) {
            return known;
        }
        return names.made(variable, NgxHeaders.fieldName(variable.substring(prefix)));
    }

    /// The user of Basic authentication.
    private static @Nullable String user(@Nullable String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
            return null;
        }
        String pair = Encodings.fromBase64(authorization.substring(6).strip());
        int colon = pair == null ? -1 : pair.indexOf(':');
        return pair == null || colon < 0 ? null : pair.substring(0, colon);
    }

    private static @Nullable String cookie(@Nullable String field, String name) {
        if (field == null) {
            return null;
        }
        for (String each : field.split(";", -1)) {
            String pair = each.strip();
            int equals = pair.indexOf('=');
            if (equals > 0 && pair.substring(0, equals).equalsIgnoreCase(name)) {
                return pair.substring(equals + 1);
            }
        }
        return null;
    }

    private static String host(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
    }

    private static @Nullable String address(@Nullable InetSocketAddress address) {
        return address == null ? null : address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
