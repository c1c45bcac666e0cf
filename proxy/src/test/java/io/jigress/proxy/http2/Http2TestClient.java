package io.jigress.proxy.http2;

import io.jigress.testkit.Field;
import io.jigress.testkit.Fields;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// An HTTP/2 client with prior knowledge and one connection, which decides when it sends, reads and resets. Waiting fails after ten
/// seconds. Thread-safe.
public final class Http2TestClient implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 10;
    /// Large, so that a stream that is not read does not block the others.
    private static final int CONNECTION_WINDOW = 4 << 20;

    /// A response as it was received, complete.
    public record Response(int status, Fields headers, String body, Fields trailers, List<Integer> informational) {}

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Http2Connection connection = new DefaultHttp2Connection(false);
    private final Http2ConnectionHandler handler;
    private final Channel channel;
    private final String authority;
    private final Map<Integer, Call> calls = new ConcurrentHashMap<>();
    private final List<Call> inOrderOfEnds = new CopyOnWriteArrayList<>();
    private @Nullable ChannelHandlerContext ctx;

    private Http2TestClient(int port) {
        Events events = new Events();
        connection.addListener(events);
        handler = new Http2ConnectionHandlerBuilder().connection(connection).frameListener(events)
                .initialSettings(Http2Settings.defaultSettings().pushEnabled(false))
                .gracefulShutdownTimeoutMillis(0)
                .build();
        channel = new Bootstrap().group(group).channel(NioSocketChannel.class).handler(handler)
                .connect(InetAddress.getLoopbackAddress(), port).syncUninterruptibly().channel();
        authority = "localhost:" + port;
        ctx = on(() -> channel.pipeline().context(handler));
    }

    public static Http2TestClient connect(int port) {
        return new Http2TestClient(port);
    }

    /// Host and port as requests name them.
    public String authority() {
        return authority;
    }

    /// `fields` as `name: value`.
    public Call get(String path, String... fields) {
        return request("GET", path, true, fields);
    }

    public Call post(String path, String... fields) {
        return request("POST", path, false, fields);
    }

    /// @param last no body follows
    public Call request(String method, String path, boolean last, String... fields) {
        Http2Headers headers = fields(fields).method(method).scheme("http").authority(authority).path(path);
        return on(() -> {
            int id = connection.local().incrementAndGetNextStreamId();
            Call call = new Call(id);
            calls.put(id, call);
            handler.encoder().writeHeaders(ctx(), id, headers, 0, last, ctx().newPromise());
            handler.flush(ctx());
            return call;
        });
    }

    private static Http2Headers fields(String... lines) {
        Http2Headers headers = new DefaultHttp2Headers();
        for (String line : lines) {
            int colon = line.indexOf(": ");
            headers.add(line.substring(0, colon), line.substring(colon + 2));
        }
        return headers;
    }

    /// Calls whose response is complete, in the order of their ends.
    public List<Call> ended() {
        return inOrderOfEnds;
    }

    @Override
    public void close() {
        channel.close().awaitUninterruptibly();
        group.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private ChannelHandlerContext ctx() {
        ChannelHandlerContext known = ctx;
        if (known == null) {
            throw new IllegalStateException("not connected");
        }
        return known;
    }

    private <T> T on(Callable<T> what) {
        return await(channel.eventLoop().submit(what));
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /// One request and its response.
    public final class Call {
        private final int id;
        private final CompletableFuture<Integer> head = new CompletableFuture<>();
        private final CompletableFuture<Response> whole = new CompletableFuture<>();
        private final CompletableFuture<Http2Error> reset = new CompletableFuture<>();
        private final StringBuilder body = new StringBuilder();
        private final List<Integer> informational = new ArrayList<>();
        private final AtomicLong received = new AtomicLong();
        private final AtomicLong sent = new AtomicLong();
        private Fields headers = Fields.NONE;
        private boolean unread;
        private int uncredited;

        private Call(int id) {
            this.id = id;
        }

        /// Sends no WINDOW_UPDATE for data from now on, like a client that does not read.
        public Call pause() {
            return on(() -> {
                unread = true;
                return this;
            });
        }

        /// Reads what has been received and what follows.
        public void resume() {
            on(() -> {
                unread = false;
                Http2Stream stream = connection.stream(id);
                int length = uncredited;
                uncredited = 0;
                if (stream != null && length > 0) {
                    handler.decoder().flowController().consumeBytes(stream, length);
                    handler.flush(ctx());
                }
                return id;
            });
        }

        public Call send(String data) {
            return send(data, false);
        }

        /// Sends a part of the body, as soon as the server's windows allow.
        public Call send(String data, boolean last) {
            ByteBuf bytes = Unpooled.copiedBuffer(data, StandardCharsets.ISO_8859_1);
            return on(() -> {
                ChannelFuture written = handler.encoder().writeData(ctx(), id, bytes, 0, last, ctx().newPromise());
                written.addListener(done -> sent.addAndGet(done.isSuccess() ? data.length() : 0));
                handler.flush(ctx());
                return this;
            });
        }

        /// Ends the request with trailers.
        public Call trailers(String... lines) {
            Http2Headers fields = fields(lines);
            return on(() -> {
                handler.encoder().writeHeaders(ctx(), id, fields, 0, true, ctx().newPromise());
                handler.flush(ctx());
                return this;
            });
        }

        /// RST_STREAM with CANCEL.
        public void cancel() {
            on(() -> {
                handler.encoder().writeRstStream(ctx(), id, Http2Error.CANCEL.code(), ctx().newPromise());
                handler.flush(ctx());
                return id;
            });
        }

        /// Bytes of the body that have been sent.
        public long sent() {
            return sent.get();
        }

        /// Bytes of the response's body that have been received.
        public long received() {
            return received.get();
        }

        public String text() {
            return on(body::toString);
        }

        /// Waits for the head: the status.
        public int awaitHead() {
            return await(head);
        }

        public Response response() {
            return await(whole);
        }

        /// Waits for a RST_STREAM from the server.
        public Http2Error awaitReset() {
            return await(reset);
        }

        public boolean isReset() { return reset.isDone(); }

        private void ended(Fields trailers) {
            inOrderOfEnds.add(this);
            whole.complete(new Response(head.join(), headers, body.toString(), trailers, List.copyOf(informational)));
        }

        private void head(Http2Headers fields, boolean last) {
            int status = Integer.parseInt(String.valueOf(fields.status()));
            if (status < 200) {
                informational.add(status);
                return;
            }
            if (head.isDone()) {
                throw new IllegalStateException("a second head");
            }
            headers = list(fields);
            head.complete(status);
            if (last) {
                ended(Fields.NONE);
            }
        }

        private int body(ByteBuf data, boolean last) {
            int length = data.readableBytes();
            body.append(data.toString(StandardCharsets.ISO_8859_1));
            received.addAndGet(length);
            if (last) {
                ended(Fields.NONE);
            }
            if (unread) {
                uncredited += length;
                return 0;
            }
            return length;
        }
    }

    private static Fields list(Http2Headers headers) {
        List<Field> list = new ArrayList<>();
        headers.forEach(field -> {
            if (field.getKey().charAt(0) != ':') {
                list.add(new Field(field.getKey().toString(), field.getValue().toString()));
            }
        });
        return new Fields(list);
    }

    private final class Events extends Http2EventAdapter {
        private boolean settled;

        @Override
        public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) throws Http2Exception {
            if (!settled) {
                settled = true;
                handler.decoder().flowController().incrementWindowSize(connection.connectionStream(), CONNECTION_WINDOW);
            }
        }

        @Override
        public void onHeadersRead(ChannelHandlerContext ctx, int id, Http2Headers headers, int dependency, short weight,
                boolean exclusive, int padding, boolean last) {
            onHeadersRead(ctx, id, headers, padding, last);
        }

        @Override
        public void onHeadersRead(ChannelHandlerContext ctx, int id, Http2Headers headers, int padding, boolean last) {
            Call call = call(id);
            if (headers.status() == null) {
                call.ended(list(headers));
            } else {
                call.head(headers, last);
            }
        }

        @Override
        public int onDataRead(ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean last) {
            return padding + call(id).body(data, last);
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext ctx, int id, long code) {
            Http2Error error = Http2Error.valueOf(code);
            call(id).reset.complete(error == null ? Http2Error.INTERNAL_ERROR : error);
        }

        private Call call(int id) {
            Call call = calls.get(id);
            if (call == null) {
                throw new IllegalStateException("no stream " + id);
            }
            return call;
        }
    }
}
