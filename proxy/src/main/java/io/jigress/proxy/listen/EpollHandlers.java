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
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
///
/// What a socket waits for is set once before the loop waits again, not each time that it changes, and a socket that is closed is not taken out
/// of epoll first, since closing does that: a connection that is opened, used once and closed needs three calls of epoll_ctl instead of eight.
final class EpollHandlers implements IoHandlerFactory {
    private static final Logger LOG = LoggerFactory.getLogger(EpollHandlers.class);
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
        /// Registrations whose events have changed, or that were cancelled, since the loop has waited.
        private final ArrayDeque<Registration> changed = new ArrayDeque<>();

        Handler(IoHandler netty) {
            this.netty = netty;
        }

        @Override
        public void initialize() {
            netty.initialize();
        }

        @Override
        public int run(IoHandlerContext context) {
            applyChanges();
            batches++;
            return netty.run(context);
        }

        private void applyChanges() {
            for (Registration next = changed.poll(); next != null; next = changed.poll()) {
                next.apply();
            }
        }

        @Override
        public void prepareToDestroy() {
            applyChanges();
            netty.prepareToDestroy();
        }

        @Override
        public void destroy() {
            applyChanges();
            netty.destroy();
        }

        @Override
        public IoRegistration register(IoHandle handle) throws Exception {
            // The descriptor may be that of a closed socket that Netty still knows.
            applyChanges();
            if (!(handle instanceof EpollIoHandle socket)) {
                return netty.register(handle);
            }
            Registration registration = new Registration(socket, this, batches, ofClient(handle));
            registration.netty = netty.register(registration);
            return registration;
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

    /// A socket in epoll. For its loop's thread.
    @SuppressWarnings("try") // Netty's close() declares every exception.
    private static final class Registration implements EpollIoHandle, IoRegistration {
        private final EpollIoHandle socket;
        private final Handler handler;
        /// The last one before it was registered.
        private final long batch;
        /// The connection, if it is one that was accepted.
        private final @Nullable Channel client;
        private @Nullable IoRegistration netty;
        /// What it waits for, and what epoll was told; 0 for a socket that epoll does not know.
        private int wanted;
        private int told;
        private boolean queued;
        private boolean cancelled;

        Registration(EpollIoHandle socket, Handler handler, long batch, @Nullable Channel client) {
            this.socket = socket;
            this.handler = handler;
            this.batch = batch;
            this.client = client;
        }

        private IoRegistration netty() {
            if (netty == null) {
                throw new IllegalStateException("not registered");
            }
            return netty;
        }

        // ---- what Netty's channel asks for

        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // Netty's
        public <T> T attachment() {
            return netty().attachment();
        }

        /// No event, and each error once: without EPOLLET errors would be reported again and again.
        @Override
        public long submit(IoOps ops) {
            if (!(ops instanceof EpollIoOps asked)) {
                return netty().submit(ops);
            }
            if (cancelled) {
                return -1;
            }
            EpollIoOps waited = asked.without(EpollIoOps.EPOLLRDHUP);
            wanted = waited.value() == 0 ? EpollIoOps.EPOLLET.value() : waited.value();
            queue();
            return wanted;
        }

        private void queue() {
            if (!queued) {
                queued = true;
                handler.changed.add(this);
            }
        }

        private void apply() {
            queued = false;
            if (cancelled) {
                netty().cancel();
            } else if (wanted != told) {
                told = wanted;
                try {
                    netty().submit(EpollIoOps.valueOf(wanted));
                } catch (UncheckedIOException e) {
                    LOG.warn("epoll does not take a socket, which is closed: {}", e.getMessage());
                    closeQuietly();
                }
            }
        }

        private void closeQuietly() {
            try {
                socket.close();
            } catch (Exception e) {
                LOG.debug("a socket could not be closed", e);
            }
        }

        @Override
        public boolean isValid() { return !cancelled && netty().isValid(); }

        @Override
        public boolean cancel() {
            if (cancelled) {
                return false;
            }
            cancelled = true;
            queue();
            return true;
        }

        // ---- what epoll reports

        @Override
        public FileDescriptor fd() {
            return socket.fd();
        }

        @Override
        public void registered() {
            socket.registered();
        }

        @Override
        public void unregistered() {
            socket.unregistered();
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            if (handler.batches == batch || cancelled) {
                return;
            }
            socket.handle(this, event);
            if (client != null && ((EpollIoEvent) event).ops().contains(EpollIoOps.EPOLLERR) && !client.config().isAutoRead()) {
                client.close();
            }
        }

        @Override
        public void close() throws Exception {
            socket.close();
        }
    }
}
