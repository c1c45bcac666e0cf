package io.jigress.proxy.http2;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamSession;
import io.jigress.proxy.exchange.Failures;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.upstream.LoopChannel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// HTTP/2 on one connection to an upstream, which carries many calls at once. Event loop only.
final class Http2Session implements UpstreamSession, FrameWriter.Wire {
    private static final Logger LOG = LoggerFactory.getLogger(Http2Session.class);
    private static final ProxyFailure BROKEN = new ProxyFailure(Kind.UPSTREAM_BAD_RESPONSE, Origin.UPSTREAM, false,
            "http2_error");

    private final UpstreamChannel channel;
    private final FrameWriter writer;
    private final ClientStreams streams;
    private @Nullable ProxyFailure broken;
    private boolean changed;
    private boolean reading;

    Http2Session(UpstreamChannel channel, HeadLimits heads, Http2Pool pool, Http2Limits limits) {
        this.channel = channel;
        this.writer = new FrameWriter(this);
        this.streams = new ClientStreams(this, heads, pool, limits, writer, new Outflow(writer, channel::writable));
        writer.preface();
        writer.settings(Frames.ENABLE_PUSH, 0, Frames.INITIAL_WINDOW_SIZE, limits.streamWindow(), Frames.MAX_HEADER_LIST_SIZE,
                heads.headBytes());
        streams.inflow.announce();
    }

    // ---- UpstreamSession

    @Override
    public int concurrency() {
        return streams.concurrency();
    }

    @Override
    public int active() {
        return streams.active();
    }

    @Override
    public UpstreamCall open(RequestHead head, boolean last, ResponseSink sink) {
        return streams.open(head, last, sink);
    }

    @Override
    public void read(ByteBuf bytes) {
        reading = true;
        streams.read(bytes);
        reading = false;
    }

    @Override
    public void readComplete() {
        tellChanges();
    }

    @Override
    public void writable() {
        streams.outflow.wireBecameWritable();
    }

    @Override
    public void closed(String cause) {
        ProxyFailure failure = broken;
        streams.closed(cause.equals(OUT_OF_MEMORY) ? Failures.NO_MEMORY : failure);
        streams.release();
    }

    // ---- FrameWriter.Wire

    @Override
    public ByteBufAllocator allocator() {
        return channel.allocator();
    }

    @Override
    public void write(ByteBuf bytes) {
        channel.write(bytes);
    }

    @Override
    public void flush() {
        channel.flush();
    }

    @Override
    public void later(Runnable task) {
        if (channel instanceof LoopChannel known) {
            known.loop().executor().execute(task);
        } else {
            channel.schedule(Duration.ZERO, task);
        }
    }

    // ---- what streams do

    long nanoTime() {
        return channel.nanoTime();
    }

    /// Reports results that are known within a method that must not report them.
    void soon(Runnable task) {
        channel.schedule(Duration.ZERO, task);
    }

    /// What [#concurrency] or [#active] answers has changed; told at once, or when the batch of frames has been read.
    void changed() {
        changed = true;
        if (!reading) {
            tellChanges();
        }
    }

    private void tellChanges() {
        if (changed) {
            changed = false;
            channel.changed();
        }
    }

    /// A connection error that the upstream has caused.
    void fail(ConnectionError error) {
        LOG.debug("the HTTP/2 connection to {} is closed: {} ({})", channel, error.reason(), error.code());
        broken = BROKEN;
        writer.goAway(0, error.code(), error.reason());
        writer.flush();
        channel.close();
    }
}
