package io.jigress.proxy.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A connection without a socket: a test decides when it is established or refused, and when the peer closes it.
final class ManualChannel extends AbstractChannel {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false);
    private static final InetSocketAddress NOWHERE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

    private final ChannelConfig config = new DefaultChannelConfig(this);
    private final Consumer<ManualChannel> began;
    private @Nullable ChannelPromise connecting;
    private boolean open = true;
    private boolean active;
    /// How often something was sent. Event loop only.
    int sends;
    /// Bytes sent.
    long sent;

    /// @param began called when a connect begins
    ManualChannel(Consumer<ManualChannel> began) {
        super(null);
        this.began = began;
    }

    void establish() {
        ChannelPromise promise = connecting();
        active = true;
        promise.trySuccess();
        pipeline().fireChannelActive();
    }

    void refuse() {
        connecting().tryFailure(new ConnectException("Connection refused"));
        unsafe().close(voidPromise());
    }

    private ChannelPromise connecting() {
        ChannelPromise promise = connecting;
        if (promise == null) {
            throw new IllegalStateException("not connecting");
        }
        connecting = null;
        return promise;
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new AbstractUnsafe() {
            @Override
            public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
                connecting = promise;
                began.accept(ManualChannel.this);
            }
        };
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected SocketAddress localAddress0() {
        return NOWHERE;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return NOWHERE;
    }

    @Override
    protected void doBind(SocketAddress local) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected void doClose() {
        open = false;
        active = false;
        if (connecting != null) {
            connecting().tryFailure(new ClosedChannelException());
        }
    }

    @Override
    protected void doBeginRead() {
        // Only the test delivers data.
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer out) {
        sends++;
        while (out.current() instanceof ByteBuf bytes) {
            sent += bytes.readableBytes();
            out.remove();
        }
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    public boolean isOpen() { return open; }

    @Override
    public boolean isActive() { return active; }
}
