package io.jigress.proxy.http2;

import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.Peer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// A client's HTTP/2 connection, with prior knowledge: many exchanges at once, an [Http2TestStream] each. Event loop only.
public final class Http2TestConnection extends Http2EventAdapter implements Http2RemoteFlowController.Listener, Runnable {
    private static final int MAX_STREAMS = 100;
    /// So that a stream whose upstream is slow does not hold up the others.
    private static final int CONNECTION_WINDOW = 4 << 20;

    private final ExchangeContext context;
    private final Frontend frontend;
    private final Http2Connection connection = new DefaultHttp2Connection(true);
    private final Http2Connection.PropertyKey key = connection.newKey();
    private final Http2ConnectionHandler handler;
    private @Nullable ChannelHandlerContext ctx;
    private @Nullable Peer peer;
    private boolean flushScheduled;

    private Http2TestConnection(ExchangeContext context, Frontend frontend) {
        this.context = context;
        this.frontend = frontend;
        connection.addListener(this);
        handler = new Http2ConnectionHandlerBuilder()
                .connection(connection)
                .frameListener(this)
                .initialSettings(Http2Settings.defaultSettings().maxConcurrentStreams(MAX_STREAMS))
                .gracefulShutdownTimeoutMillis(0)
                .build();
        handler.encoder().flowController().listener(this);
    }

    /// Puts one on a connection that was accepted.
    public static void serve(Channel channel, ExchangeContext context, Frontend frontend) {
        channel.pipeline().addLast(new Http2TestConnection(context, frontend).handler);
    }

    // ---- what comes in

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) throws Http2Exception {
        if (this.ctx == null) {
            this.ctx = ctx;
            peer = new Peer((InetSocketAddress) ctx.channel().remoteAddress(), ctx.channel()::localAddress,
                    context.newConnectionId(), frontend.proxies(), null);
            handler.decoder().flowController().incrementWindowSize(connection.connectionStream(), CONNECTION_WINDOW);
        }
    }

    @Override
    public void onHeadersRead(ChannelHandlerContext ctx, int id, Http2Headers headers, int dependency, short weight,
            boolean exclusive, int padding, boolean last) throws Http2Exception {
        onHeadersRead(ctx, id, headers, padding, last);
    }

    @Override
    public void onHeadersRead(ChannelHandlerContext ctx, int id, Http2Headers headers, int padding, boolean last)
            throws Http2Exception {
        Http2Stream stream = connection.stream(id);
        Http2TestStream known = stream.getProperty(key);
        Peer by = peer;
        if (by == null) {
            throw Http2Exception.connectionError(Http2Error.PROTOCOL_ERROR, "no settings before stream %d", id);
        }
        try {
            if (known != null) {
                known.trailersReceived(Http2TestHead.trailers(headers));
                return;
            }
            Http2TestStream begun = new Http2TestStream(this, stream, new Http2TestHead(headers, last));
            stream.setProperty(key, begun);
            begun.begin(context, frontend, by, last);
        } catch (IllegalArgumentException e) {
            throw Http2Exception.streamError(id, Http2Error.PROTOCOL_ERROR, e, "malformed: %s", e.getMessage());
        }
    }

    @Override
    public int onDataRead(ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean last) {
        Http2TestStream stream = of(connection.stream(id));
        if (stream == null) {
            return data.readableBytes() + padding;
        }
        // Its bytes are credited when the exchange takes them.
        stream.bodyReceived(data.retain(), last);
        return padding;
    }

    @Override
    public void onStreamClosed(Http2Stream closed) {
        Http2TestStream stream = of(closed);
        if (stream != null) {
            stream.closed();
        }
    }

    private @Nullable Http2TestStream of(@Nullable Http2Stream stream) {
        return stream == null ? null : stream.getProperty(key);
    }

    // ---- what goes out

    @Override
    public void writabilityChanged(Http2Stream changed) {
        Http2TestStream stream = of(changed);
        if (stream != null && isWritable(changed)) {
            stream.becameWritable();
        }
    }

    boolean isWritable(Http2Stream stream) {
        return handler.encoder().flowController().isWritable(stream);
    }

    private ChannelHandlerContext ctx() {
        ChannelHandlerContext known = ctx;
        if (known == null) {
            throw new IllegalStateException("no channel yet");
        }
        return known;
    }

    ChannelPromise write(Http2Stream stream, Http2Headers headers, boolean last) {
        ChannelPromise done = ctx().newPromise();
        handler.encoder().writeHeaders(ctx(), stream.id(), headers, 0, last, done);
        flushLater();
        return done;
    }

    /// Takes ownership.
    ChannelPromise write(Http2Stream stream, ByteBuf data, boolean last) {
        ChannelPromise done = ctx().newPromise();
        handler.encoder().writeData(ctx(), stream.id(), data, 0, last, done);
        flushLater();
        return done;
    }

    /// The client may send so much more.
    void credit(Http2Stream stream, int bytes) {
        try {
            if (handler.decoder().flowController().consumeBytes(stream, bytes)) {
                flushLater();
            }
        } catch (Http2Exception e) {
            throw new IllegalStateException(e);
        }
    }

    void reset(Http2Stream stream, Http2Error error) {
        handler.resetStream(ctx(), stream.id(), error.code(), ctx().newPromise());
        flushLater();
    }

    void flush() {
        handler.flush(ctx());
    }

    void later(Runnable what) {
        ctx().executor().execute(what);
    }

    private void flushLater() {
        if (!flushScheduled) {
            flushScheduled = true;
            later(this);
        }
    }

    @Override
    public void run() {
        flushScheduled = false;
        flush();
    }
}
