package io.jigress.plugins.process.authz;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.BufferSettings;
import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.CallResult;
import io.jigress.api.Exchange;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.Services;
import io.jigress.plugins.process.ForwardRules;
import io.jigress.plugins.process.MessageFields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Sends the head of the request, and maybe its body, to an HTTP server: 200 allows the request, 5xx is an error, all else is what the client
/// is answered with.
final class HttpClient implements AuthzClient {
    private static final int MAX_BODY = 1 << 20;
    private static final int OK = 200;
    private static final int ERRORS = 500;
    private static final HeaderName REMOVE = HeaderName.of("x-envoy-auth-headers-to-remove");
    private static final HeaderName AUTHORIZATION = HeaderName.of("authorization");
    private static final HeaderName PARTIAL = HeaderName.of("x-envoy-auth-partial-body");
    /// Fields of a denial that the client gets whatever the list says.
    private static final Set<String> CLIENT = Set.of("www-authenticate", "location");

    private final AuthzConfig config;
    private final AuthzRules.HttpRules rules;
    private final Services services;

    HttpClient(AuthzConfig config, AuthzRules.HttpRules rules, Services services) {
        this.config = config;
        this.rules = rules;
        this.services = services;
    }

    @Override
    public Services.Cancellable check(Exchange exchange, @Nullable ByteBuf body, Consumer<Verdict> verdict) {
        ByteBuf sent = body(body);
        CallRequest request = request(exchange, body, sent);
        return services.callers().unary(config.plugin().cluster(), request, sent, CallLimits.within(rules.timeout()), MAX_BODY,
                result -> verdict.accept(verdict(result)));
    }

    private ByteBuf body(@Nullable ByteBuf body) {
        BufferSettings settings = config.body();
        return body == null || settings == null
                ? Unpooled.EMPTY_BUFFER
                : Unpooled.wrappedBuffer(ByteBufUtil.getBytes(body, body.readerIndex(),
                        Math.min(body.readableBytes(), settings.getMaxRequestBytes())));
    }

    private CallRequest request(Exchange exchange, @Nullable ByteBuf body, ByteBuf sent) {
        RequestHead head = exchange.request();
        CallRequest request = CallRequest.of(head.method(), head.authority(), rules.prefix() + head.target());
        ForwardRules forward = config.rules().forward();
        MessageFields.of(head).forEach((name, value) -> {
            boolean usual = name.equals(AUTHORIZATION.text());
            boolean listed = !forward.allowed().isEmpty() && forward.forwards(name);
            if ((usual && !forward.disallowed().matches(name) || listed) && !name.startsWith(":")
                    && !HeaderName.RESERVED.contains(name)) {
                request.with(HeaderName.of(name), value);
            }
        });
        if (config.body() != null) {
            request.headers().set(PARTIAL, Boolean.toString(body != null && sent.readableBytes() < body.readableBytes()));
        }
        rules.add().forEach(field -> request.headers().set(field.getKey(), field.getValue()));
        return request;
    }

    private Verdict verdict(CallResult result) {
        return switch (result) {
            case CallResult.Failed(ProxyFailure failure) -> new Verdict.Failed(failure.detail());
            case CallResult.Response(ResponseHead head, ByteBuf body, _) -> {
                if (head.status() >= ERRORS) {
                    yield new Verdict.Failed("HTTP status " + head.status());
                }
                yield head.status() == OK
                        ? allowed(head.headers())
                        : new Verdict.Denied(head.status(), denied(head.headers()), ByteBufUtil.getBytes(body),
                                metadata(head.headers()));
            }
        };
    }

    private Verdict allowed(Headers fields) {
        List<HeaderValueOption> upstream = new ArrayList<>();
        List<HeaderValueOption> appended = new ArrayList<>();
        List<HeaderValueOption> client = new ArrayList<>();
        List<String> remove = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            String name = fields.nameAt(i).toLowerCase(Locale.ROOT);
            String value = fields.valueAt(i);
            if (fields.isAt(i, REMOVE)) {
                for (String item : value.split(",", -1)) {
                    if (!item.isBlank()) {
                        remove.add(item.strip());
                    }
                }
                continue;
            }
            if (rules.upstream().matches(name)) {
                upstream.add(option(name, value, HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD));
            }
            if (rules.upstreamAppend().matches(name)) {
                appended.add(option(name, value, HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD));
            }
            if (rules.clientOnSuccess().matches(name) && fields.endToEnd(i)) {
                client.add(option(name, value, HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD));
            }
        }
        upstream.addAll(appended);
        return new Verdict.Allowed(upstream, remove, client, List.of(), List.of(), metadata(fields));
    }

    private List<HeaderValueOption> denied(Headers fields) {
        List<HeaderValueOption> client = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            String name = fields.nameAt(i).toLowerCase(Locale.ROOT);
            boolean listed = rules.client().isEmpty() || rules.client().matches(name) || CLIENT.contains(name);
            if (listed && fields.endToEnd(i) && !fields.isAt(i, REMOVE)) {
                client.add(option(name, fields.valueAt(i), HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD));
            }
        }
        return client;
    }

    private Struct metadata(Headers fields) {
        Struct.Builder metadata = Struct.newBuilder();
        for (int i = 0; i < fields.size(); i++) {
            String name = fields.nameAt(i).toLowerCase(Locale.ROOT);
            if (rules.metadata().matches(name)) {
                metadata.putFields(name, Value.newBuilder().setStringValue(Utf8.clean(fields.valueAt(i))).build());
            }
        }
        return metadata.build();
    }

    private static HeaderValueOption option(String name, String value, HeaderAppendAction action) {
        return HeaderValueOption.newBuilder().setAppendAction(action).setHeader(HeaderValue.newBuilder().setKey(name)
                .setRawValue(ByteString.copyFrom(value, StandardCharsets.ISO_8859_1))).build();
    }
}
