package io.jigress.proxy.http1;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.exchange.ClientStream;
import io.jigress.proxy.exchange.LocalHead;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.HeadLimits;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// One request on a client's connection and its response, as the exchange sees them. Each connection has one, used again for the next
/// request; between two it holds no head. Event loop only.
final class Http1ClientStream implements ClientStream {
    /// How much of an unwanted request body is read and dropped so that the connection can be used again.
    static final long DISCARDED_BYTES = 256 * 1024;

    private static final HeaderName EXPECT = HeaderName.of("expect");
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

    private final Http1ServerConnection connection;
    private final Channel channel;
    private final HeadPool heads;
    private final Http1ResponseWriter writer;
    private final String scheme;
    private @Nullable Http1RequestHead head;
    private long startNanos;
    private long received;
    /// Whether the connection can carry another request after this one.
    private boolean persistent;
    /// Whether the client was told to send its body (100).
    private boolean continued;

    /// @param scheme `http` or `https`
    Http1ClientStream(Http1ServerConnection connection, Channel channel, HeadPool heads, Http1ResponseWriter writer,
            String scheme) {
        this.connection = connection;
        this.channel = channel;
        this.heads = heads;
        this.writer = writer;
        this.scheme = scheme;
    }

    // ---- the request

    /// Its first byte has come.
    ///
    /// @param now nanoseconds of the loop's clock
    void begin(HeadLimits limits, long now) {
        startNanos = now;
        received = 0;
        continued = false;
        writer.begin();
        head = heads.request(limits, scheme);
    }

    /// Takes bytes of the head, and none behind it.
    HeadState read(ByteBuf in) {
        int before = in.readerIndex();
        HeadState progress = head().append(in);
        received += in.readerIndex() - before;
        return progress;
    }

    /// The head as it is being read or was read.
    ///
    /// @throws IllegalStateException when it was released
    Http1RequestHead head() {
        Http1RequestHead known = head;
        if (known == null) {
            throw new IllegalStateException("no head is being read");
        }
        return known;
    }

    /// When the first byte came, on the loop's clock.
    long startNanos() {
        return startNanos;
    }

    /// Counts bytes that came behind the head.
    void received(int bytes) {
        received += bytes;
    }

    void persistent(boolean may) {
        persistent = may;
    }

    boolean isPersistent() { return persistent; }

    void releaseHead() {
        Http1RequestHead used = head;
        if (used != null) {
            head = null;
            used.release();
        }
    }

    /// Whether the client waits for a 100 that it was not sent: then nobody can tell whether what it sends next is the body or another
    /// request.
    private boolean isBodyUnasked() {
        Http1RequestHead request = head;
        return request != null && request.expectContinue() && !continued;
    }

    /// Whether the rest of the request's body is too much to be read and dropped, or has stopped coming.
    private boolean isBodyTooLongToDiscard(int status) {
        Http1RequestHead request = head;
        return request == null || status == 408 || request.contentLength() < 0
                || request.contentLength() > DISCARDED_BYTES;
    }

    // ---- ClientStream: the response

    @Override
    public void informational(ResponseHead informational) {
        if (connection.isClosed() || head == null || head.versionMinor() == 0) {
            return;
        }
        continued |= informational.status() == 100;
        writer.informational(informational);
    }

    @Override
    public void proceed() {
        Http1RequestHead request = head;
        if (request != null && request.expectContinue()) {
            continued = true;
            request.headers().remove(EXPECT);
            writer.write(channel.alloc().directBuffer(CONTINUE.length).writeBytes(CONTINUE));
            writer.flush();
        }
    }

    @Override
    public void head(ResponseHead response, long declared, boolean last) {
        Http1RequestHead request = head;
        int status = response.status();
        boolean http10 = request == null || request.versionMinor() == 0;
        boolean bodyless = request != null && request.isHead() || status == 204 || status == 304;
        long framing = framing(status, declared, last, bodyless, http10);
        if (framing == Framing.UNTIL_CLOSE || connection.isLastResponse() || connection.isReadingBody()
                && (isBodyUnasked() || response instanceof LocalHead && isBodyTooLongToDiscard(status))) {
            persistent = false;
        }
        ConnectionField field = !persistent ? ConnectionField.CLOSE : http10 ? ConnectionField.KEEP_ALIVE : ConnectionField.NONE;
        writer.head(response, framing, field, last || bodyless);
    }

    /// How the response's body is delimited for this client (RFC 9112, 6.3).
    private static long framing(int status, long declared, boolean last, boolean bodyless, boolean http10) {
        if (status == 204) {
            return Framing.NONE;
        }
        if (last && !bodyless && declared < 0) {
            // Without a field it would last until the connection ends.
            return 0;
        }
        if (!last && (declared == Framing.CHUNKED || declared == Framing.UNTIL_CLOSE)) {
            // A response that ends with its connection becomes chunked, but HTTP/1.0 does not know chunks.
            return http10 ? Framing.UNTIL_CLOSE : Framing.CHUNKED;
        }
        return declared;
    }

    @Override
    public void body(ByteBuf data, boolean last) {
        writer.body(data, last);
        if (last) {
            connection.bodyEnded();
        }
    }

    @Override
    public void trailers(Headers trailers) {
        writer.trailers(trailers);
    }

    @Override
    public void tunnel(ResponseHead response) {
        persistent = false;
        connection.beginTunnel();
        writer.tunnel(response);
        connection.tunnelBegan();
    }

    @Override
    public void flush() {
        writer.flush();
    }

    @Override
    public boolean writable() {
        return channel.isWritable();
    }

    @Override
    public boolean awaitsContinue() {
        return isBodyUnasked();
    }

    @Override
    public long untaken() {
        return connection.unacknowledged();
    }

    @Override
    public void reading(boolean on) {
        connection.reading(on);
    }

    @Override
    public long bytesReceived() {
        return received;
    }

    @Override
    public long bytesSent() {
        return writer.sent();
    }

    @Override
    public void completed() {
        connection.completed();
    }

    @Override
    public void abort() {
        connection.abort();
    }
}
