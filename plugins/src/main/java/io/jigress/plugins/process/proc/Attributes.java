package io.jigress.plugins.process.proc;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.jigress.api.Exchange;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import io.jigress.api.TlsFacts;
import io.jigress.plugins.process.Certificates;
import io.jigress.plugins.process.MessageFields;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Envoy's attributes: what a server can ask to be told about an exchange, by name. An attribute without a value is left out.
final class Attributes {
    private static final Map<String, Function<Exchange, @Nullable Value>> ALL = new TreeMap<>(Map.ofEntries(
            text("request.path", exchange -> exchange.request().target()),
            text("request.url_path", exchange -> exchange.request().path()),
            text("request.host", exchange -> exchange.request().authority()),
            text("request.scheme", exchange -> exchange.request().scheme()),
            text("request.method", exchange -> exchange.request().method()),
            text("request.query", exchange -> exchange.request().query()),
            text("request.protocol", Exchange::protocol),
            text("request.id", Exchange::id),
            field("request.referer", "referer"),
            field("request.useragent", "user-agent"),
            text("request.time", exchange -> exchange.startTime().toString()),
            number("request.size", exchange -> exchange.request().contentLength()),
            number("request.total_size", Exchange::bytesReceived),
            entry("request.headers", exchange -> headers(MessageFields.of(exchange.request()))),
            answer("response.code", (_, response) -> response.status()),
            text("response.code_details", Exchange::reason),
            answer("response.size", (_, response) -> response.contentLength()),
            answer("response.total_size", (exchange, _) -> exchange.bytesSent()),
            entry("response.headers", Attributes::responseHeaders),
            entry("response.grpc_status", exchange -> grpcStatus(exchange.response())),
            text("source.address", exchange -> address(source(exchange))),
            number("source.port", exchange -> source(exchange).getPort()),
            text("destination.address", exchange -> address(exchange.connection().local())),
            number("destination.port", exchange -> exchange.connection().local().getPort()),
            number("connection.id", exchange -> exchange.connection().id()),
            entry("connection.mtls", Attributes::mutualTls),
            tls("connection.requested_server_name", TlsFacts::serverName),
            tls("connection.tls_version", TlsFacts::version),
            tls("connection.subject_peer_certificate", tls -> tls.clientCertificates().isEmpty()
                    ? ""
                    : Certificates.subject(tls.clientCertificates().getFirst())),
            tls("connection.dns_san_peer_certificate", tls -> tls.clientCertificates().isEmpty()
                    ? ""
                    : Certificates.dnsName(tls.clientCertificates().getFirst())),
            tls("connection.uri_san_peer_certificate", tls -> tls.clientCertificates().isEmpty()
                    ? ""
                    : Certificates.uri(tls.clientCertificates().getFirst())),
            text("upstream.address", Attributes::upstreamAddress),
            number("upstream.port", Attributes::upstreamPort),
            number("upstream.request_attempt_count", Exchange::attempts),
            text("xds.cluster_name", Exchange::clusterName),
            text("xds.route_name", Exchange::routeName)));

    private Attributes() {}

    static boolean isKnown(String name) {
        return ALL.containsKey(name);
    }

    static List<String> known() {
        return List.copyOf(ALL.keySet());
    }

    /// The attributes of these names, as far as they have values.
    static Struct of(Exchange exchange, List<String> names) {
        Struct.Builder values = Struct.newBuilder();
        for (String name : names) {
            Function<Exchange, @Nullable Value> attribute = ALL.get(name);
            Value value = attribute == null ? null : attribute.apply(exchange);
            if (value != null) {
                values.putFields(name, value);
            }
        }
        return values.build();
    }

    // ---- kinds of attributes

    private static Map.Entry<String, Function<Exchange, @Nullable Value>> entry(String name,
            Function<Exchange, @Nullable Value> value) {
        return Map.entry(name, value);
    }

    private static Map.Entry<String, Function<Exchange, @Nullable Value>> text(String name,
            Function<Exchange, @Nullable String> text) {
        return entry(name, exchange -> text(text.apply(exchange)));
    }

    private static @Nullable Value text(@Nullable String text) {
        return text == null ? null : Value.newBuilder().setStringValue(text).build();
    }

    private static Map.Entry<String, Function<Exchange, @Nullable Value>> field(String name, String field) {
        HeaderName header = HeaderName.of(field);
        return text(name, exchange -> exchange.request().headers().first(header));
    }

    private interface Count {
        long of(Exchange exchange);
    }

    private interface ResponseCount {
        long of(Exchange exchange, ResponseHead response);
    }

    private static Map.Entry<String, Function<Exchange, @Nullable Value>> answer(String name, ResponseCount number) {
        return number(name, exchange -> {
            ResponseHead response = exchange.response();
            return response == null ? -1 : number.of(exchange, response);
        });
    }

    /// A negative number stands for none.
    private static Map.Entry<String, Function<Exchange, @Nullable Value>> number(String name, Count number) {
        return entry(name, exchange -> {
            long value = number.of(exchange);
            return value < 0 ? null : Value.newBuilder().setNumberValue((double) value).build();
        });
    }

    private static Map.Entry<String, Function<Exchange, @Nullable Value>> tls(String name, Function<TlsFacts, String> fact) {
        return text(name, exchange -> {
            TlsFacts tls = exchange.connection().tls();
            String value = tls == null ? "" : fact.apply(tls);
            return value.isEmpty() ? null : value;
        });
    }

    // ---- values

    private static InetSocketAddress source(Exchange exchange) {
        InetSocketAddress peer = exchange.connection().peer();
        boolean direct = exchange.clientAddress().equals(peer.getAddress());
        return new InetSocketAddress(exchange.clientAddress(), direct ? peer.getPort() : 0);
    }

    private static String address(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static @Nullable String upstreamAddress(Exchange exchange) {
        InetSocketAddress address = exchange.upstreamAddress();
        return address == null ? null : address(address);
    }

    private static long upstreamPort(Exchange exchange) {
        InetSocketAddress address = exchange.upstreamAddress();
        return address == null ? -1 : address.getPort();
    }

    private static Value mutualTls(Exchange exchange) {
        TlsFacts tls = exchange.connection().tls();
        return Value.newBuilder().setBoolValue(tls != null && tls.clientVerified()).build();
    }

    private static @Nullable Value responseHeaders(Exchange exchange) {
        ResponseHead response = exchange.response();
        return response == null ? null : headers(MessageFields.of(response));
    }

    private static Value headers(MessageFields fields) {
        Struct.Builder all = Struct.newBuilder();
        fields.forEach((name, value) -> {
            Value before = all.getFieldsMap().get(name);
            all.putFields(name.toLowerCase(Locale.ROOT), Value.newBuilder()
                    .setStringValue(before == null ? value : before.getStringValue() + "," + value).build());
        });
        return Value.newBuilder().setStructValue(all).build();
    }

    private static @Nullable Value grpcStatus(@Nullable ResponseHead response) {
        Headers headers = response == null ? null : response.headers();
        String status = headers == null ? null : headers.first(HeaderName.of("grpc-status"));
        return status == null || !status.matches("\\d{1,3}")
                ? null
                : Value.newBuilder().setNumberValue(Double.parseDouble(status)).build();
    }
}
