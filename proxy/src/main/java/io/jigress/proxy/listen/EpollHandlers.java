package io.jigress.proxy.listen;

import io.netty.channel.Channel;
import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.ThreadAwareExecutor;
import org.jspecify.annotations.Nullable;

/// Netty's epoll handlers, changed so that sockets stay registered while they wait for no event.
///
/// Netty 4.2 takes a socket out of epoll that waits for nothing (netty/netty#16689) and does not put it back: the next time it is to
/// wait, epoll_ctl fails with ENOENT. A connection whose input has ended waits for nothing until a write blocks.
///
/// They also never wait for EPOLLRDHUP: on that event Netty reads everything that has arrived, even from a connection whose reading is
/// paused for backpressure. A FIN is found by reading, as with NIO. The drawback concerns a RST while reading is paused: a client's
/// connection is closed then.
///
/// And a socket gets no event that was fetched before it was registered. Netty finds sockets by their descriptor: when one is closed and
/// another opened with the same descriptor while a batch of events is handled, those of the old one go to the new one, which is then read
/// before it is connected.
final class EpollHandlers implements IoHandlerFactory {
    private final IoHandlerFactory netty = EpollIoHandler.newFactory();

    @Override
    public IoHandler newHandler(ThreadAwareExecutor executor) {
        return new Handler(netty.newHandler(executor));
    }

    @Override
    public boolean isChangingThreadSupported() { return netty.isChangingThreadSupported(); }

    private static final class Handler implements IoHandler {
        private final IoHandler netty;
        /// Batches of events that were fetched.
        private long batches;

        Handler(IoHandler netty) {
            this.netty = netty;
        }

        @Override
        public void initialize() {
            netty.initialize();
        }

        @Override
        public int run(IoHandlerContext context) {
            batches++;
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
            return new Registration(netty.register(
                    handle instanceof EpollIoHandle socket ? new Socket(socket, this, batches, ofClient(handle)) : handle));
        }

        /// The connection, if it is one that was accepted.
        private static @Nullable Channel ofClient(IoHandle handle) {
            Channel channel = handle instanceof Channel.Unsafe unsafe ? unsafe.voidPromise().channel() : null;
            return channel == null || channel.parent() == null ? null : channel;
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

    /// @param batch the last one before it was registered
    /// @param client the connection, if it is one that was accepted
    @SuppressWarnings("try") // Netty's close() declares every exception.
    private record Socket(EpollIoHandle netty, Handler handler, long batch, @Nullable Channel client) implements EpollIoHandle {
        @Override
        public FileDescriptor fd() {
            return netty.fd();
        }

        @Override
        public void registered() {
            netty.registered();
        }

        @Override
        public void unregistered() {
            netty.unregistered();
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            if (handler.batches == batch) {
                return;
            }
            netty.handle(registration, event);
            if (client != null && ((EpollIoEvent) event).ops().contains(EpollIoOps.EPOLLERR) && !client.config().isAutoRead()) {
                client.close();
            }
        }

        @Override
        public void close() throws Exception {
            netty.close();
        }
    }

    private record Registration(IoRegistration netty) implements IoRegistration {
        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // Netty's
        public <T> T attachment() {
            return netty.attachment();
        }

        /// No event, and each error once: without EPOLLET errors would be reported again and again.
        @Override
        public long submit(IoOps ops) {
            if (!(ops instanceof EpollIoOps wanted)) {
                return netty.submit(ops);
            }
            EpollIoOps waited = wanted.without(EpollIoOps.EPOLLRDHUP);
            return netty.submit(waited.value() == 0 ? EpollIoOps.EPOLLET : waited);
        }

        @Override
        public boolean isValid() { return netty.isValid(); }

        @Override
        public boolean cancel() {
            return netty.cancel();
        }
    }
}
