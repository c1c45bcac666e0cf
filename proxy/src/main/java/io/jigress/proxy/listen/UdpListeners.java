package io.jigress.proxy.listen;

import io.jigress.config.Listener;
import io.jigress.proxy.compile.CompiledStream;
import io.jigress.proxy.datagram.UdpListener;
import io.jigress.proxy.datagram.UdpLoop;
import io.jigress.proxy.exchange.UdpSettings;
import io.jigress.proxy.stream.StreamContext;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The UDP listeners that are open. For the applying thread.
final class UdpListeners {
    private static final Logger log = LoggerFactory.getLogger(ListenerManager.class);

    private final List<UdpLoop> loops;
    private final boolean shared;
    private final boolean handsOver;
    private final Map<String, Open> open = new LinkedHashMap<>();

    /// @param address as it was configured, with the port that was bound
    private record Open(UdpListener listener, InetSocketAddress address) {}

    UdpListeners(Collection<StreamContext> contexts, Transport transport, UdpSettings settings) {
        this.loops = contexts.stream().map(context -> new UdpLoop(context, transport.name(), settings, contexts.size())).toList();
        this.shared = transport.reusePort();
        this.handsOver = transport.handsOver();
    }

    boolean isOpen(String name) {
        return open.containsKey(name);
    }

    /// @throws IOException when the address cannot be bound, or another process has it and does not hand it over
    void open(Listener listener, InetSocketAddress address, @Nullable CompiledStream route) throws IOException {
        InetSocketAddress free = address;
        List<FileDescriptor> taken = List.of();
        if (shared) {
            try {
                free = UdpListener.free(loops, address);
            } catch (IOException e) {
                taken = handsOver && address.getPort() != 0 ? Handover.take(Handover.Kind.UDP, address) : List.of();
                if (taken.isEmpty()) {
                    throw e;
                }
                log.info("taking over UDP port {} from a gateway that drains", address.getPort());
            }
        }
        UdpListener made = UdpListener.open(loops, shared, free, taken, route);
        open.put(listener.name(), new Open(made, new InetSocketAddress(address.getAddress(), made.address().getPort())));
    }

    /// Offers the sockets of all listeners to another process. A listener whose sockets are taken closes: its clients' next datagrams begin sessions in the
    /// other process.
    List<Handover.Offer> offer() {
        List<Handover.Offer> offers = new ArrayList<>();
        for (Open each : handsOver ? open.values() : List.<Open>of()) {
            try {
                offers.add(Handover.offer(Handover.Kind.UDP, each.address, each.listener.descriptors(), each.listener::close));
            } catch (IOException e) {
                log.warn("no other gateway can take over UDP {}: {}", each.address, e.getMessage());
            }
        }
        return offers;
    }

    /// Used by every session that begins from now on; no effect on a listener that is not open.
    void route(String name, @Nullable CompiledStream now) {
        Open known = open.get(name);
        if (known != null) {
            known.listener.route(now);
        }
    }

    /// The port that a listener is bound to; -1 when it is not open.
    int port(String name) {
        Open known = open.get(name);
        return known == null ? -1 : known.address.getPort();
    }

    List<String> names() {
        return List.copyOf(open.keySet());
    }

    /// Closes a listener and ends its sessions.
    ///
    /// @return whether it was open
    boolean close(String name) {
        Open known = open.remove(name);
        if (known != null) {
            known.listener.close();
        }
        return known != null;
    }

    /// Likewise all of them.
    void close() {
        names().forEach(this::close);
    }
}
