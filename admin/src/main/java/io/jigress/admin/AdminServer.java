package io.jigress.admin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.WriteTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A small HTTP server for endpoints that answer from memory: one thread, no request bodies, all resources limited.
///
/// Errors are answered as `{"error": …}`. `GET /` lists the endpoints.
public final class AdminServer implements AutoCloseable {
    /// The limit of connections; further ones are closed at once.
    static final int CONNECTIONS_LIMIT = 256;
    static final int TARGET_BYTES_LIMIT = 16 * 1024;
    static final int HEADER_BYTES_LIMIT = 16 * 1024;
    /// The timeout of a complete request, and of each piece of a response.
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final EventLoopGroup loop;
    private final ChannelGroup connections;
    private final Channel socket;

    private AdminServer(EventLoopGroup loop, ChannelGroup connections, Channel socket) {
        this.loop = loop;
        this.connections = connections;
        this.socket = socket;
    }

    /// Listens.
    ///
    /// @param name of the thread
    /// @param address port 0 means a free port
    /// @throws IOException the address cannot be bound
    public static AdminServer start(String name, InetSocketAddress address, HostCheck hosts, List<AdminEndpoint> endpoints)
            throws IOException {
        return start(name, address, hosts, endpoints, PATIENCE);
    }

    static AdminServer start(String name, InetSocketAddress address, HostCheck hosts, List<AdminEndpoint> endpoints,
            Duration patience) throws IOException {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(name, true),
                NioIoHandler.newFactory());
        ChannelGroup connections = new DefaultChannelGroup(loop.next());
        EndpointTable table = new EndpointTable(endpoints);
        ServerBootstrap bootstrap = new ServerBootstrap().group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.ALLOCATOR, new UnpooledByteBufAllocator(false))
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, new HeapReads())
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (connections.size() >= CONNECTIONS_LIMIT) {
                            channel.close();
                            return;
                        }
                        connections.add(channel);
                        channel.pipeline().addLast(new WriteTimeoutHandler(patience.toMillis(), TimeUnit.MILLISECONDS),
                                new HttpServerCodec(new HttpDecoderConfig().setMaxInitialLineLength(TARGET_BYTES_LIMIT)
                                        .setMaxHeaderSize(HEADER_BYTES_LIMIT)),
                                new AdminHandler(table, hosts, patience));
                    }
                });
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            throw new IOException(String.valueOf(bound.cause().getMessage()), bound.cause());
        }
        return new AdminServer(loop, connections, bound.channel());
    }

    /// The address it listens on, with the bound port.
    public InetSocketAddress address() {
        return (InetSocketAddress) socket.localAddress();
    }

    /// How many connections are open.
    int connections() {
        return connections.size();
    }

    /// Closes the socket and all connections.
    @Override
    public void close() {
        socket.close().awaitUninterruptibly();
        connections.close().awaitUninterruptibly();
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /// Reads into heap buffers, as responses are written from the heap: this port must also answer when `memory.direct` is used up.
    private static final class HeapReads extends DefaultMaxMessagesRecvByteBufAllocator {
        private static final int BYTES = 4 * 1024;

        @Override
        public ExtendedHandle newHandle() {
            return new MaxMessageHandle() {
                @Override
                public ByteBuf allocate(ByteBufAllocator allocator) {
                    return allocator.heapBuffer(BYTES);
                }

                @Override
                public int guess() {
                    return BYTES;
                }
            };
        }
    }
}
