package io.jigress.plugins.process.authz;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.BufferSettings;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext.HttpRequest;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext.Peer;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext.TLSSession;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.jigress.api.Exchange;
import io.jigress.api.HeaderName;
import io.jigress.api.RequestHead;
import io.jigress.api.TlsFacts;
import io.jigress.plugins.process.Certificates;
import io.jigress.plugins.process.DynamicMetadata;
import io.jigress.plugins.process.MessageFields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Makes the request that asks a server about an exchange.
final class CheckAttributes {
    private static final HeaderName SERVICE = HeaderName.of("x-envoy-downstream-service-cluster");
    private static final String PARTIAL = "x-envoy-auth-partial-body";

    private final AuthzConfig config;

    CheckAttributes(AuthzConfig config) {
        this.config = config;
    }

    /// @param body the request's body as far as it was read; null when the server is not shown it
    CheckRequest of(Exchange exchange, @Nullable ByteBuf body) {
        AttributeContext.Builder attributes = AttributeContext.newBuilder()
                .setSource(source(exchange))
                .setDestination(Peer.newBuilder().setAddress(address(exchange.connection().local())))
                .setRequest(
                        AttributeContext.Request.newBuilder().setTime(time(exchange.startTime())).setHttp(http(exchange, body)))
                .putAllContextExtensions(config.extensions())
                .setMetadataContext(DynamicMetadata.of(exchange, config.envoy().getMetadataContextNamespacesList()));
        TlsFacts tls = exchange.connection().tls();
        if (config.envoy().getIncludeTlsSession() && tls != null && !tls.serverName().isEmpty()) {
            attributes.setTlsSession(TLSSession.newBuilder().setSni(tls.serverName()));
        }
        return CheckRequest.newBuilder().setAttributes(attributes).build();
    }

    private Peer source(Exchange exchange) {
        InetSocketAddress peer = exchange.connection().peer();
        boolean direct = exchange.clientAddress().equals(peer.getAddress());
        Peer.Builder source = Peer.newBuilder()
                .setAddress(address(new InetSocketAddress(exchange.clientAddress(), direct ? peer.getPort() : 0)));
        String service = exchange.request().headers().first(SERVICE);
        if (service != null) {
            source.setService(Utf8.clean(service));
        }
        TlsFacts tls = exchange.connection().tls();
        if (tls != null && !tls.clientCertificates().isEmpty()) {
            source.setPrincipal(Certificates.principal(tls.clientCertificates().getFirst()));
            if (config.envoy().getIncludePeerCertificate()) {
                source.setCertificate(Certificates.urlEncodedPem(tls.clientCertificates().getFirst()));
            }
        }
        return source.build();
    }

    private static Address address(InetSocketAddress address) {
        return Address.newBuilder().setSocketAddress(SocketAddress.newBuilder()
                .setAddress(address.getAddress().getHostAddress()).setPortValue(address.getPort())).build();
    }

    private static Timestamp time(Instant time) {
        return Timestamp.newBuilder().setSeconds(time.getEpochSecond()).setNanos(time.getNano()).build();
    }

    private HttpRequest http(Exchange exchange, @Nullable ByteBuf body) {
        RequestHead head = exchange.request();
        HttpRequest.Builder http = HttpRequest.newBuilder().setId(exchange.id()).setMethod(head.method())
                .setPath(Utf8.clean(head.target())).setHost(Utf8.clean(head.authority())).setScheme(head.scheme())
                .setSize(head.contentLength()).setProtocol(exchange.protocol());
        String partial = null;
        BufferSettings settings = config.body();
        if (settings != null) {
            int length = body == null ? 0 : Math.min(body.readableBytes(), settings.getMaxRequestBytes());
            ByteString bytes = body == null || length == 0
                    ? ByteString.EMPTY
                    : ByteString.copyFrom(ByteBufUtil.getBytes(body, body.readerIndex(), length));
            if (settings.getPackAsBytes()) {
                http.setRawBody(bytes);
            } else {
                http.setBody(bytes.toStringUtf8());
            }
            partial = Boolean.toString(body != null && length < body.readableBytes());
        }
        headers(head, http, partial);
        return http.build();
    }

    private void headers(RequestHead head, HttpRequest.Builder http, @Nullable String partial) {
        MessageFields fields = MessageFields.of(head);
        if (config.envoy().getEncodeRawHeaders()) {
            http.setHeaderMap(fields.toMap(config.rules().forward()));
            if (partial != null) {
                http.getHeaderMapBuilder().addHeadersBuilder().setKey(PARTIAL)
                        .setRawValue(ByteString.copyFrom(partial, StandardCharsets.US_ASCII));
            }
            return;
        }
        Map<String, String> all = new HashMap<>();
        fields.forEach((name, value) -> {
            if (config.rules().forward().forwards(name)) {
                all.merge(name, Utf8.clean(value), (first, next) -> first + "," + next);
            }
        });
        if (partial != null) {
            all.put(PARTIAL, partial);
        }
        http.putAllHeaders(all);
    }
}
