package io.jigress.proxy.listen;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;

/// How a transport creates a listening channel from a socket that another process has bound.
@FunctionalInterface
interface Adoption {

    /// @param bootstrap the options and handlers of the channel, which does not accept by itself
    /// @param socket is the channel's from now on, and closed when this fails
    Channel adopt(ServerBootstrap bootstrap, FileDescriptor socket) throws IOException;

    static Channel byEpoll(ServerBootstrap bootstrap, FileDescriptor socket) throws IOException {
        return ListeningSockets
                .channel(bootstrap.channelFactory(() -> new EpollServerSocketChannel(socket.intValue())).register());
    }

    /// Netty cannot create an io_uring channel from a descriptor. So a channel is bound to a port of its own, and before it accepts, its
    /// descriptor is replaced with a duplicate of the other socket.
    static Channel byIoUring(ServerBootstrap bootstrap, FileDescriptor socket) throws IOException {
        Channel channel = null;
        try {
            ChannelFuture bound = bootstrap.channel(IoUringServerSocketChannel.class).bind(InetAddress.getLoopbackAddress(), 0);
            channel = ListeningSockets.channel(bound);
            Descriptors.replace(((UnixChannel) channel).fd(), socket);
            return channel;
        } catch (IOException e) {
            if (channel != null) {
                channel.close().awaitUninterruptibly();
            }
            throw e;
        } finally {
            socket.close();
        }
    }
}
