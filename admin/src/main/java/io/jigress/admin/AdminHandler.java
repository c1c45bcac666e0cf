package io.jigress.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers the requests of one connection, one after the other.
final class AdminHandler extends SimpleChannelInboundHandler<HttpObject> {
    private static final Logger log = LoggerFactory.getLogger(AdminHandler.class);

    private final EndpointTable endpoints;
    private final HostCheck hosts;
    private final Duration patience;
    /// The rest of the response being sent.
    private @Nullable Iterator<String> rest;
    private @Nullable ScheduledFuture<?> deadline;
    /// After a response that closes the connection, nothing more is read.
    private boolean closing;

    /// @param patience for a complete request to arrive, from the last response on
    AdminHandler(EndpointTable endpoints, HostCheck hosts, Duration patience) {
        this.endpoints = endpoints;
        this.hosts = hosts;
        this.patience = patience;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        awaitRequest(context);
        context.fireChannelActive();
    }

    private void awaitRequest(ChannelHandlerContext context) {
        deadline = context.executor().schedule(() -> context.close(), patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
        if (closing || !(message instanceof HttpRequest request)) {
            return;
        }
        if (rest != null) {
            // When a client closes during a long response, the rest is dropped.
            closing = true;
            return;
        }
        if (deadline != null) {
            deadline.cancel(false);
        }
        AdminReply fault = fault(request);
        closing = fault != null || !HttpUtil.isKeepAlive(request);
        write(context, request, fault != null ? fault : answer(request));
    }

    /// Why a request is refused and its connection closed; null when it is valid.
    private @Nullable AdminReply fault(HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            Throwable cause = request.decoderResult().cause();
            if (cause instanceof TooLongHttpLineException) {
                return AdminReply.error(414, "the target is longer than " + AdminServer.TARGET_BYTES_LIMIT + " bytes");
            }
            if (cause instanceof TooLongHttpHeaderException) {
                return AdminReply.error(431, "the header is longer than " + AdminServer.HEADER_BYTES_LIMIT + " bytes");
            }
            return AdminReply.error(400, "this is not an HTTP request");
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
        ByteBuf first = reply.body().hasNext() ? bytes(reply.body().next()) : Unpooled.EMPTY_BUFFER;
        boolean whole = !reply.body().hasNext();
        boolean head = request.method().equals(HttpMethod.HEAD);
        // Without chunked coding the body ends with the connection.
        closing |= !whole && request.protocolVersion().equals(HttpVersion.HTTP_1_0);
        HttpResponseStatus status = HttpResponseStatus.valueOf(reply.status());
        HttpResponse response = whole || head
                ? new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, head ? Unpooled.EMPTY_BUFFER : first)
                : new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
        reply.fields().forEach((name, value) -> response.headers().set(name, value));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, reply.contentType());
        response.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-store");
        response.headers().set("x-content-type-options", "nosniff");
        if (whole) {
            response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, first.readableBytes());
        } else if (request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            HttpUtil.setTransferEncodingChunked(response, true);
        }
        HttpUtil.setKeepAlive(response.headers(), request.protocolVersion(), !closing);
        if (whole || head) {
            written(context, context.writeAndFlush(response));
        } else {
            context.write(response);
            context.write(new DefaultHttpContent(first));
            rest = reply.body();
            goOn(context);
        }
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Sends more of the response, as much as the client accepts.
    private void goOn(ChannelHandlerContext context) {
        try {
            while (rest != null && context.channel().isWritable()) {
                if (rest.hasNext()) {
                    context.write(new DefaultHttpContent(bytes(rest.next())));
                } else {
                    rest = null;
                    written(context, context.write(LastHttpContent.EMPTY_LAST_CONTENT));
                }
            }
            context.flush();
        } catch (RuntimeException e) {
            // An exception of an endpoint ends this response only; its status is already sent, so the connection is closed.
            log.error("a response ended before it was complete", e);
            context.close();
        }
    }

    private void written(ChannelHandlerContext context, ChannelFuture end) {
        if (closing) {
            end.addListener(ChannelFutureListener.CLOSE);
        } else {
            awaitRequest(context);
        }
    }

    /// Reading stops while the client does not read its responses.
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        context.channel().config().setAutoRead(context.channel().isWritable());
        if (rest != null && context.channel().isWritable()) {
            // Deferred, since this may be called from within a flush.
            context.executor().execute(() -> goOn(context));
        }
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        rest = null;
        if (deadline != null) {
            deadline.cancel(false);
        }
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // The client reads nothing or has closed; there is nothing to report.
        context.close();
    }
}
