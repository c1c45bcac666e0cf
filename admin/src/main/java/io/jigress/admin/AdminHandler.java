package io.jigress.admin;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers the requests of one connection.
final class AdminHandler extends SimpleChannelInboundHandler<HttpObject> {
    private final EndpointTable endpoints;
    private final HostCheck hosts;
    /// After an answer that closes, what still arrives is not read.
    private boolean closing;

    AdminHandler(EndpointTable endpoints, HostCheck hosts) {
        this.endpoints = endpoints;
        this.hosts = hosts;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
        if (closing || !(message instanceof HttpRequest request)) {
            return;
        }
        AdminReply fault = fault(request);
        closing = fault != null || !HttpUtil.isKeepAlive(request);
        write(context, request, fault != null ? fault : answer(request));
    }

    /// Why a request is refused and its connection closed; null when it is in order.
    private @Nullable AdminReply fault(HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            Throwable cause = request.decoderResult().cause();
            if (cause instanceof TooLongHttpLineException) {
                return AdminReply.error(414, "the target is longer than " + AdminServer.TARGET_BYTES_LIMIT + " bytes");
            }
            if (cause instanceof TooLongHttpHeaderException) {
                return AdminReply.error(431, "the header is longer than " + AdminServer.HEADER_BYTES_LIMIT + " bytes");
            }
            return AdminReply.error(400, "this is no HTTP request");
        }
        List<String> host = request.headers().getAll(HttpHeaderNames.HOST);
        if (host.size() != 1) {
            return AdminReply.error(400, "the request has " + host.size() + " Host fields (expected: one)");
        }
        if (!hosts.allows(host.getFirst())) {
            return AdminReply.error(403, "the host " + host.getFirst()
                    + " is not allowed here (expected: localhost, an IP address, or a name in the setting admin.hosts)");
        }
        if (HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0) {
            return AdminReply.error(413, "the request has a body (expected: none)");
        }
        return null;
    }

    private AdminReply answer(HttpRequest request) {
        AdminRequest asked;
        try {
            QueryStringDecoder target = new QueryStringDecoder(request.uri());
            asked = new AdminRequest(target.path(), target.parameters());
        } catch (IllegalArgumentException e) {
            return AdminReply.error(400, "the target cannot be read: " + e.getMessage());
        }
        return endpoints.answer(request.method().name(), asked);
    }

    private void write(ChannelHandlerContext context, HttpRequest request, AdminReply reply) {
        byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
        boolean head = request.method().equals(HttpMethod.HEAD);
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(reply.status()),
                Unpooled.wrappedBuffer(head ? new byte[0] : body));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, reply.contentType());
        response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
        response.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-store");
        response.headers().set("x-content-type-options", "nosniff");
        HttpUtil.setKeepAlive(response.headers(), request.protocolVersion(), !closing);
        var written = context.writeAndFlush(response);
        if (closing) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    /// Who does not read answers is not asked for more requests.
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        context.channel().config().setAutoRead(context.channel().isWritable());
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A read timeout, or a client that went away: nothing that anybody could act on.
        context.close();
    }
}
