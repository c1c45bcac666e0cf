package io.jigress.plugins.lua;

import io.jigress.api.Exchange;
import io.jigress.api.Json;
import io.jigress.api.TlsFacts;
import io.jigress.plugins.lua.lib.Library;
import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.JavaFunction;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.LuaUserdata;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The objects of Envoy's Lua filter that tell about the stream: metadata, stream info, connection, TLS.
final class EnvoyInfo {
    private final World world;
    private final LuaTable metadata;
    private final LuaTable streams;
    private final LuaTable dynamicMetadata;
    private final LuaTable filterStates;
    private final LuaTable connections;
    private final LuaTable tls;
    private final LuaTable subjects;
    private final LuaTable withMetadata;

    private record Metadata(Json.Obj object) {}

    private record Stream(LuaExchange exchange) {}

    private record Dynamic(LuaExchange exchange) {}

    private record FilterState() {}

    private record Connection(LuaExchange exchange) {}

    private record Tls(TlsFacts facts) {}

    private record Subject(String name) {}

    private record WithMetadata() {}

    EnvoyInfo(World world) {
        this.world = world;
        metadata = object(functions().put("get", this::metadataGet), this::metadataPairs);
        streams = object(streamFunctions(), null);
        dynamicMetadata = object(functions().put("get", this::dynamicGet).put("set", this::dynamicSet), this::dynamicPairs);
        filterStates = object(functions().put("get", call -> call.ret(Nil.NIL)), null);
        connections = object(
                functions().put("ssl", call -> call.ret(tls(call.userdata(1, Connection.class, "connection").exchange))),
                null);
        tls = object(tlsFunctions(), null);
        subjects = object(
                functions().put("commonName", call -> call.text(part(call, "CN"))).put("organizationName", call -> {
                    LuaTable names = world.state.table();
                    String name = part(call, "O");
                    if (!name.isEmpty()) {
                        names.put(1, name);
                    }
                    call.ret(names);
                }), null);
        withMetadata = object(functions().put("metadata", call -> call.ret(metadata(world.plugin.config.config()))), null);
    }

    Map<String, LuaTable> tables() {
        return Map.of("`handle:metadata()`", EnvoyApi.methods(metadata), "`handle:streamInfo()`, `handle:connectionStreamInfo()`",
                EnvoyApi.methods(streams), "`streamInfo:dynamicMetadata()`", EnvoyApi.methods(dynamicMetadata),
                "`handle:connection()`", EnvoyApi.methods(connections), "`connection:ssl()`", EnvoyApi.methods(tls),
                "`ssl:parsedSubjectPeerCertificate()`", EnvoyApi.methods(subjects), "`handle:route()`, `handle:virtualHost()`",
                EnvoyApi.methods(withMetadata), "`streamInfo:filterState()`", EnvoyApi.methods(filterStates));
    }

    private Library functions() {
        return Library.of(world.state);
    }

    private LuaTable object(Library methods, JavaFunction.@Nullable Body pairs) {
        Library object = functions().put("__index", methods.table()).put("__metatable", (Object) false);
        if (pairs != null) {
            object.put("__pairs", pairs);
        }
        return object.table();
    }

    LuaUserdata metadata(Json config) {
        return new LuaUserdata(new Metadata(config instanceof Json.Obj object ? object : Json.Obj.EMPTY), metadata);
    }

    LuaUserdata stream(LuaExchange exchange) {
        return new LuaUserdata(new Stream(exchange), streams);
    }

    LuaUserdata connection(LuaExchange exchange) {
        return new LuaUserdata(new Connection(exchange), connections);
    }

    LuaUserdata withMetadata() {
        return new LuaUserdata(new WithMetadata(), withMetadata);
    }

    // ---- metadata

    private void metadataGet(Call call) {
        Json value = call.userdata(1, Metadata.class, "metadata").object.members().get(Values.text(call.string(2)));
        call.ret(value == null ? Nil.NIL : LuaJson.value(world.state, value));
    }

    private void metadataPairs(Call call) {
        tablePairs(call, (LuaTable) LuaJson.value(world.state, call.userdata(1, Metadata.class, "metadata").object));
    }

    private static void tablePairs(Call call, LuaTable table) {
        Object[] last = {Nil.NIL};
        call.ret(new JavaFunction("pairs", step -> {
            int position = table.after(last[0]);
            if (position < 0) {
                step.ret(Nil.NIL);
                return;
            }
            last[0] = table.keyAt(position);
            step.ret(last[0], table.valueAt(position));
        }));
    }

    private LuaTable dynamic(Call call) {
        LuaExchange exchange = call.userdata(1, Dynamic.class, "dynamic metadata").exchange;
        exchange.use();
        LuaTable all = exchange.metadata;
        if (all == null) {
            all = world.state.table();
            exchange.metadata = all;
        }
        return all;
    }

    private void dynamicGet(Call call) {
        call.ret(dynamic(call).get(call.string(2)));
    }

    private void dynamicSet(Call call) {
        LuaTable all = dynamic(call);
        String filter = call.string(2);
        String key = call.string(3);
        if (!(all.get(filter) instanceof LuaTable fields)) {
            LuaTable fields = world.state.table();
            fields.put(key, call.arg(4));
            all.put(filter, fields);
            return;
        }
        fields.put(key, call.arg(4));
    }

    private void dynamicPairs(Call call) {
        tablePairs(call, dynamic(call));
    }

    // ---- stream

    private Exchange exchange(Call call) {
        return call.userdata(1, Stream.class, "stream info").exchange.use();
    }

    private void text(Library functions, String name, Function<Exchange, @Nullable String> value) {
        functions.put(name, call -> {
            String text = value.apply(exchange(call));
            call.text(text == null ? "" : Encodings.lua(text));
        });
    }

    private Library streamFunctions() {
        Library functions = functions();
        text(functions, "protocol", Exchange::protocol);
        text(functions, "routeName", exchange -> exchange.routeName().equals("-") ? "" : exchange.routeName());
        text(functions, "virtualClusterName", _ -> "");
        text(functions, "downstreamDirectLocalAddress", exchange -> address(exchange.connection().local()));
        text(functions, "downstreamLocalAddress", exchange -> address(exchange.connection().local()));
        text(functions, "downstreamDirectRemoteAddress", exchange -> address(exchange.connection().peer()));
        text(functions, "downstreamRemoteAddress", exchange -> exchange.clientAddress().equals(exchange.peerAddress())
                ? address(exchange.connection().peer())
                : address(new InetSocketAddress(exchange.clientAddress(), 0)));
        text(functions, "requestedServerName", exchange -> {
            TlsFacts facts = exchange.connection().tls();
            return facts == null ? "" : facts.serverName();
        });
        return functions
                .put("dynamicMetadata",
                        call -> call.ret(new LuaUserdata(new Dynamic(call.userdata(1, Stream.class, "stream info").exchange),
                                dynamicMetadata)))
                .put("dynamicTypedMetadata", call -> call.ret(Nil.NIL))
                .put("filterState", call -> call.ret(new LuaUserdata(new FilterState(), filterStates)))
                .put("downstreamSslConnection",
                        call -> call.ret(tls(call.userdata(1, Stream.class, "stream info").exchange)));
    }

    private static String address(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    // ---- TLS

    private Object tls(LuaExchange exchange) {
        TlsFacts facts = exchange.use().connection().tls();
        return facts == null ? Nil.NIL : new LuaUserdata(new Tls(facts), tls);
    }

    private static TlsFacts facts(Call call) {
        return call.userdata(1, Tls.class, "TLS connection").facts;
    }

    private void certificate(Library functions, String name, Function<X509Certificate, String> value) {
        functions.put(name, call -> {
            List<X509Certificate> chain = facts(call).clientCertificates();
            call.text(chain.isEmpty() ? "" : Encodings.lua(value.apply(chain.getFirst())));
        });
    }

    private Library tlsFunctions() {
        Library functions = functions()
                .put("peerCertificatePresented", call -> call.ret(!facts(call).clientCertificates().isEmpty()))
                .put("peerCertificateValidated", call -> call.ret(facts(call).clientVerified()))
                .put("uriSanPeerCertificate", call -> call.ret(names(facts(call), 6)))
                .put("dnsSansPeerCertificate", call -> call.ret(names(facts(call), 2)))
                .put("uriSanLocalCertificate", call -> call.ret(world.state.table()))
                .put("dnsSansLocalCertificate", call -> call.ret(world.state.table()))
                .put("oidsPeerCertificate", call -> call.ret(world.state.table()))
                .put("oidsLocalCertificate", call -> call.ret(world.state.table()))
                .put("subjectLocalCertificate", call -> call.text("")).put("sessionId", call -> call.text(""))
                .put("ciphersuiteId", call -> call.text(""))
                .put("ciphersuiteString", call -> call.text(facts(call).cipher()))
                .put("tlsVersion", call -> call.text(facts(call).version()))
                .put("parsedSubjectPeerCertificate", call -> {
                    List<X509Certificate> chain = facts(call).clientCertificates();
                    call.ret(chain.isEmpty()
                            ? Nil.NIL
                            : new LuaUserdata(new Subject(chain.getFirst().getSubjectX500Principal().getName()), subjects));
                })
                .put("validFromPeerCertificate", call -> call.ret(time(call, X509Certificate::getNotBefore)))
                .put("expirationPeerCertificate", call -> call.ret(time(call, X509Certificate::getNotAfter)))
                .put("urlEncodedPemEncodedPeerCertificateChain", call -> {
                    StringBuilder all = new StringBuilder();
                    facts(call).clientCertificates().forEach(each -> all.append(pem(each)));
                    call.text(Encodings.escape(all.toString()));
                });
        certificate(functions, "subjectPeerCertificate", each -> each.getSubjectX500Principal().getName());
        certificate(functions, "issuerPeerCertificate", each -> each.getIssuerX500Principal().getName());
        certificate(functions, "serialNumberPeerCertificate",
                each -> each.getSerialNumber().toString(16).toLowerCase(Locale.ROOT));
        certificate(functions, "sha256PeerCertificateDigest", each -> Encodings.hex(Encodings.digest("SHA-256", der(each))));
        certificate(functions, "urlEncodedPemEncodedPeerCertificate", each -> Encodings.escape(pem(each)));
        return functions;
    }

    private static Object time(Call call, Function<X509Certificate, java.util.Date> which) {
        List<X509Certificate> chain = facts(call).clientCertificates();
        return chain.isEmpty() ? Nil.NIL : (Object) (double) (which.apply(chain.getFirst()).toInstant().getEpochSecond());
    }

    private static String der(X509Certificate certificate) {
        try {
            return Encodings.string(certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the client's certificate has no encoded form", e);
        }
    }

    private static String pem(X509Certificate certificate) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(Encodings.raw(der(certificate)));
        return "-----BEGIN CERTIFICATE-----\n" + lines + "\n-----END CERTIFICATE-----\n";
    }

    private LuaTable names(TlsFacts facts, int type) {
        LuaTable table = world.state.table();
        if (facts.clientCertificates().isEmpty()) {
            return table;
        }
        try {
            var all = facts.clientCertificates().getFirst().getSubjectAlternativeNames();
            if (all != null) {
                for (List<?> name : all) {
                    if (name.size() > 1 && Integer.valueOf(type).equals(name.get(0))) {
                        table.put(table.length() + 1, Encodings.lua(String.valueOf(name.get(1))));
                    }
                }
            }
        } catch (CertificateParsingException _) {
            // A certificate without readable names has none.
        }
        return table;
    }

    private static String part(Call call, String type) {
        String name = call.userdata(1, Subject.class, "subject").name;
        for (String each : name.split("(?<!\\\\),", -1)) {
            if (each.strip().startsWith(type + "=")) {
                return Encodings.lua(each.strip().substring(type.length() + 1));
            }
        }
        return "";
    }
}
