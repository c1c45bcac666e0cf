package io.jigress.proxy.datagram;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoOps;
import io.netty.channel.nio.NioSelectableChannelIoHandle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The JDK's datagram channel, one datagram for each call: for the transport `nio`.
final class ChannelDatagramSocket extends UdpSocket {
    private static final int RECEIVE_BUFFER_BYTES = 4 << 20;
    private static final int ADDRESS_BYTES = 16;

    private final DatagramChannel channel;
    private final IoEventLoop loop;
    /// Null when it is not connected.
    private final @Nullable InetSocketAddress peer;
    private final InetSocketAddress address;
    private @Nullable IoRegistration registration;

    private ChannelDatagramSocket(DatagramChannel channel, IoEventLoop loop, @Nullable InetSocketAddress peer)
            throws IOException {
        this.channel = channel;
        this.loop = loop;
        this.peer = peer;
        this.address = (InetSocketAddress) channel.getLocalAddress();
    }

    static UdpSocket bound(IoEventLoop loop, InetSocketAddress address) throws IOException {
        return open(loop, null, channel -> {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
            channel.bind(address);
        });
    }

    static UdpSocket connected(IoEventLoop loop, InetSocketAddress peer) throws IOException {
        return open(loop, peer, channel -> channel.connect(peer));
    }

    @FunctionalInterface
    private interface Setup {
        void apply(DatagramChannel channel) throws IOException;
    }

    private static UdpSocket open(IoEventLoop loop, @Nullable InetSocketAddress peer, Setup setup) throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        boolean made = false;
        try {
            channel.configureBlocking(false);
            setup.apply(channel);
            UdpSocket result = new ChannelDatagramSocket(channel, loop, peer);
            made = true;
            return result;
        } finally {
            if (!made) {
                channel.close();
            }
        }
    }

    @Override
    InetSocketAddress address() {
        return address;
    }

    @Override
    @SuppressWarnings("try") // Netty's close() declares every exception.
    void start(Reader reader) {
        IoRegistration made = loop.register(new NioSelectableChannelIoHandle<>(channel) {
            @Override
            protected void handle(DatagramChannel of, SelectionKey key) {
                if (of.isOpen()) {
                    reader.readable();
                }
            }
        }).syncUninterruptibly().getNow();
        registration = made;
        made.submit(NioIoOps.READ);
    }

    @Override
    int receive(DatagramBatch into, int first, int most) {
        int received = 0;
        while (received < most) {
            int slot = first + received;
            ByteBuffer bytes = into.slot(slot, into.longest + 1);
            InetSocketAddress from;
            try {
                from = (InetSocketAddress) channel.receive(bytes);
            } catch (IOException e) {
                // An error after datagrams is lost; the next datagram to a port that nobody listens on brings it again.
                return received > 0 ? received : error(e);
            }
            if (from == null) {
                break;
            }
            into.lengths[slot] = bytes.position();
            if (into.receivesAddresses) {
                address(into, slot, from);
            }
            received++;
        }
        return received;
    }

    private static void address(DatagramBatch into, int slot, InetSocketAddress from) {
        byte[] bytes = from.getAddress().getAddress();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        boolean ipv6 = bytes.length == ADDRESS_BYTES;
        into.remoteHigh[slot] = ipv6 ? in.getLong() : 0;
        into.remoteLow[slot] = ipv6 ? in.getLong() : DatagramBatch.MAPPED | Integer.toUnsignedLong(in.getInt());
        into.remoteScope[slot] = from.getAddress() instanceof Inet6Address scoped ? scoped.getScopeId() : 0;
        into.remotePort[slot] = from.getPort();
        into.localHigh[slot] = 0;
        into.localLow[slot] = 0;
    }

    @Override
    int send(DatagramBatch from, int first, int count) {
        ByteBuffer bytes = from.slot(first, from.lengths[first]);
        try {
            // Not write(): it sends no empty datagram.
            InetSocketAddress to = peer == null
                    ? ClientAddress.of(from.remoteHigh[first], from.remoteLow[first], from.remotePort[first],
                            from.remoteScope[first])
                    : peer;
            return channel.send(bytes, to) > 0 || from.lengths[first] == 0 ? 1 : NOTHING;
        } catch (IOException e) {
            return error(e);
        }
    }

    private static int error(IOException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        if (e instanceof PortUnreachableException) {
            return REFUSED;
        }
        if (message.contains("too long") || message.contains("too large")) {
            return TOO_LONG;
        }
        return message.contains("unreachable") || message.contains("no route") ? UNREACHABLE : FAILED;
    }

    @Override
    void close() {
        IoRegistration watched = registration;
        if (watched != null) {
            watched.cancel();
        }
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
