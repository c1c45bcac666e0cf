package io.jigress.proxy.http2;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.exchange.ClientStream;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.HttpExchange;
import io.jigress.proxy.exchange.Peer;
import io.jigress.proxy.http.FieldFlags;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.http.HopByHop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One request on an HTTP/2 connection and its response. Of the body it holds no more than the stream's window, since bytes that the
/// exchange has not taken are not credited. Event loop only.
final class Http2TestStream implements ClientStream {
    private static final HeaderName EXPECT = HeaderName.of("expect");
    private static final int NOT_PASSING = FieldFlags.REMOVED | FieldFlags.HOP | FieldFlags.LENGTH | FieldFlags.CODING
            | FieldFlags.UPGRADE;
    private static final List<HeaderName> OF_CONNECTION = List.of(HeaderName.CONNECTION, HeaderName.CONTENT_LENGTH,
            HeaderName.TRANSFER_ENCODING, HopByHop.KEEP_ALIVE, HopByHop.PROXY_CONNECTION, HopByHop.TE, HopByHop.UPGRADE);

    private final Http2TestConnection connection;
    private final Http2Stream stream;
    private final Http2TestHead head;
    private final ArrayDeque<ByteBuf> held = new ArrayDeque<>();
    private @Nullable HttpExchange exchange;
    private @Nullable HeaderBlock trailers;
    private long received;
    private long sent;
    private boolean requestEnded;
    private boolean paused;
    private boolean delivering;
    private boolean answered;
    private boolean closed;

    Http2TestStream(Http2TestConnection connection, Http2Stream stream, Http2TestHead head) {
        this.connection = connection;
        this.stream = stream;
        this.head = head;
        this.received = head.length();
    }

    // ---- the request

    void begin(ExchangeContext context, Frontend frontend, Peer peer, boolean last) {
        requestEnded = last;
        HttpExchange taken = context.take();
        exchange = taken;
        taken.begin(this, frontend, peer, head, last, context.loop().nanoTime());
    }

    /// Takes ownership.
    void bodyReceived(ByteBuf data, boolean last) {
        received += data.readableBytes();
        requestEnded |= last;
        held.add(data);
        if (exchange == null) {
            drop();
        } else {
            deliver();
        }
    }

    void trailersReceived(HeaderBlock fields) {
        received += fields.end();
        requestEnded = true;
        trailers = fields;
        deliver();
    }

    private void deliver() {
        if (delivering) {
            return;
        }
        delivering = true;
        while (exchange != null && !paused && !held.isEmpty()) {
            ByteBuf data = held.remove();
            int length = data.readableBytes();
            exchange.requestBody(data, requestEnded && trailers == null && held.isEmpty());
            connection.credit(stream, length);
        }
        HeaderBlock fields = trailers;
        if (exchange != null && !paused && fields != null && held.isEmpty()) {
            exchange.requestTrailers(fields);
        }
        delivering = false;
    }

    private void drop() {
        while (!held.isEmpty()) {
            ByteBuf data = held.remove();
            int length = data.readableBytes();
            data.release();
            connection.credit(stream, length);
        }
    }

    /// Both sides have ended it, or one has reset it.
    void closed() {
        closed = true;
        HttpExchange current = exchange;
        if (current != null && !answered) {
            exchange = null;
            drop();
            current.clientGone();
            head.release();
        }
    }

    void becameWritable() {
        HttpExchange current = exchange;
        if (current != null) {
            current.clientWritable();
        }
    }

    // ---- ClientStream

    @Override
    public void informational(ResponseHead informational) {
        write(headers(informational, Framing.NONE), false);
    }

    @Override
    public void head(ResponseHead response, long framing, boolean last) {
        write(headers(response, framing), last);
    }

    private static Http2Headers headers(ResponseHead response, long framing) {
        Http2Headers out = fields(response.headers()).status(Integer.toString(response.status()));
        if (framing >= 0) {
            out.setLong("content-length", framing);
        }
        return out;
    }

    private static Http2Headers fields(Headers fields) {
        Http2Headers out = new DefaultHttp2Headers();
        if (fields instanceof HeaderBlock block) {
            int[] index = block.index();
            for (int at = 0; at < block.indexEnd(); at += HeaderBlock.STRIDE) {
                if ((index[at + HeaderBlock.FLAGS] & NOT_PASSING) == 0) {
                    String name = block.text(index[at + HeaderBlock.NAME], index[at + HeaderBlock.NAME_END]);
                    out.add(name.toLowerCase(Locale.ROOT), block.text(block.valueFrom(at), block.valueTo(at)));
                }
            }
            return out;
        }
        for (int i = 0; i < fields.size(); i++) {
            int at = i;
            if (OF_CONNECTION.stream().noneMatch(name -> fields.isAt(at, name))) {
                out.add(fields.nameAt(i).toLowerCase(Locale.ROOT), fields.valueAt(i));
            }
        }
        return out;
    }

    private void write(Http2Headers headers, boolean last) {
        if (!closed) {
            headers.forEach(field -> sent += field.getKey().length() + field.getValue().length());
            answered |= last;
            ended(connection.write(stream, headers, last), last);
        }
    }

    @Override
    public void body(ByteBuf data, boolean last) {
        if (closed || !last && !data.isReadable()) {
            data.release();
            return;
        }
        sent += data.readableBytes();
        answered |= last;
        ended(connection.write(stream, data, last), last);
    }

    @Override
    public void trailers(Headers trailers) {
        Http2Headers fields = fields(trailers);
        if (fields.isEmpty()) {
            body(Unpooled.EMPTY_BUFFER, true);
        } else {
            write(fields, true);
        }
    }

    /// A client that still sends is told to stop, once it has the whole response (RFC 9113, 8.1).
    private void ended(ChannelPromise written, boolean last) {
        if (last && !requestEnded) {
            written.addListener(_ -> {
                if (!closed) {
                    connection.reset(stream, Http2Error.NO_ERROR);
                }
            });
        }
    }

    @Override
    public void tunnel(ResponseHead response) {
        throw new IllegalStateException("nothing on this connection asks for an upgrade");
    }

    @Override
    public void proceed() {
        if (head.headers().equal(EXPECT, "100-continue")) {
            head.headers().remove(EXPECT);
            write(new DefaultHttp2Headers().status("100"), false);
            flush();
        }
    }

    @Override
    public void flush() {
        connection.flush();
    }

    @Override
    public boolean writable() {
        return connection.isWritable(stream);
    }

    @Override
    public void reading(boolean on) {
        paused = !on;
        deliver();
    }

    @Override
    public long bytesReceived() {
        return received;
    }

    @Override
    public long bytesSent() {
        return sent;
    }

    @Override
    public void completed() {
        exchange = null;
        drop();
        head.release();
    }

    @Override
    public void abort() {
        exchange = null;
        drop();
        connection.reset(stream, Http2Error.INTERNAL_ERROR);
        // The exchange still looks at it while it ends.
        connection.later(head::release);
    }
}
