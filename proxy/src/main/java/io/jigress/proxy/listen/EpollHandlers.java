package io.jigress.proxy.listen;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.util.concurrent.ThreadAwareExecutor;

/// Netty's epoll handlers, whose sockets stay registered when they wait for nothing.
///
/// Netty 4.2 takes a socket out of epoll that waits for nothing (netty/netty#16689) and does not put it back: the next time it is to
/// wait, epoll_ctl fails with ENOENT. A connection whose input has ended waits for nothing until a write blocks.
final class EpollHandlers implements IoHandlerFactory {
    private final IoHandlerFactory netty = EpollIoHandler.newFactory();

    @Override
    public IoHandler newHandler(ThreadAwareExecutor executor) {
        return new Handler(netty.newHandler(executor));
    }

    @Override
    public boolean isChangingThreadSupported() { return netty.isChangingThreadSupported(); }

    private record Handler(IoHandler netty) implements IoHandler {
        @Override
        public void initialize() {
            netty.initialize();
        }

        @Override
        public int run(IoHandlerContext context) {
            return netty.run(context);
        }

        @Override
        public void prepareToDestroy() {
            netty.prepareToDestroy();
        }

        @Override
        public void destroy() {
            netty.destroy();
        }

        @Override
        public IoRegistration register(IoHandle handle) throws Exception {
            return new Registration(netty.register(handle));
        }

        @Override
        public void wakeup() {
            netty.wakeup();
        }

        @Override
        public boolean isCompatible(Class<? extends IoHandle> handleType) {
            return netty.isCompatible(handleType);
        }
    }

    private record Registration(IoRegistration netty) implements IoRegistration {
        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // Netty's
        public <T> T attachment() {
            return netty.attachment();
        }

        /// No event, and each error once: without EPOLLET they would be told for ever.
        @Override
        public long submit(IoOps ops) {
            return netty.submit(ops instanceof EpollIoOps wanted && wanted.value() == 0 ? EpollIoOps.EPOLLET : ops);
        }

        @Override
        public boolean isValid() { return netty.isValid(); }

        @Override
        public boolean cancel() {
            return netty.cancel();
        }
    }
}
