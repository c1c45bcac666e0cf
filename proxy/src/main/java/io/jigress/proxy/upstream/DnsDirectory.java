package io.jigress.proxy.upstream;

import io.jigress.config.Endpoint;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.NoopAuthoritativeDnsServerCache;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows the addresses of names: all A and AAAA records and the hosts file, asked again when the shortest TTL is over. Where a name has
/// addresses of both families, those count of which the machine has a route to the family. A name that cannot be resolved keeps its last
/// addresses. For several threads.
public final class DnsDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DnsDirectory.class);
    /// For answers without a TTL: the hosts file, and failures.
    private static final long DEFAULT_SECONDS = 5;
    /// How many addresses of a family are looked at for a route.
    private static final int PROBES = 3;

    private final EventLoop loop;
    private final DnsSettings settings;
    private final DnsNameResolver resolver;
    private final Predicate<InetAddress> routable;
    private final TtlNotes ttls = new TtlNotes();

    /// @param loop asks and listens; the listeners of watches run there
    /// @param servers whom to ask; the system's if null
    public DnsDirectory(EventLoop loop, ChannelFactory<? extends DatagramChannel> udp,
            ChannelFactory<? extends SocketChannel> tcp,
            @Nullable DnsServerAddressStreamProvider servers,
            DnsSettings settings) {
        this(loop, udp, tcp, servers, settings, KernelRoutes::lead, null);
    }

    /// @param routable whether the machine has a route to an address
    /// @param searchDomains those of resolv.conf if null
    DnsDirectory(EventLoop loop, ChannelFactory<? extends DatagramChannel> udp, ChannelFactory<? extends SocketChannel> tcp,
            @Nullable DnsServerAddressStreamProvider servers, DnsSettings settings, Predicate<InetAddress> routable,
            @Nullable List<String> searchDomains) {
        this.loop = loop;
        this.settings = settings;
        this.routable = routable;
        int timeoutMillis = (int) Math.min(Integer.MAX_VALUE, settings.timeout().toMillis());
        DnsNameResolverBuilder builder = new DnsNameResolverBuilder(loop)
                .datagramChannelFactory(udp)
                // For answers that do not fit into a datagram.
                .socketChannelFactory(() -> {
                    SocketChannel channel = tcp.newChannel();
                    channel.config().setConnectTimeoutMillis(timeoutMillis);
                    return channel;
                })
                .maxPayloadSize(settings.ednsBytes())
                .queryTimeoutMillis(timeoutMillis)
                .resolvedAddressTypes(ResolvedAddressTypes.IPV4_PREFERRED)
                .resolveCache(ttls)
                .cnameCache(ttls)
                .authoritativeDnsServerCache(NoopAuthoritativeDnsServerCache.INSTANCE);
        if (searchDomains != null) {
            builder.searchDomains(searchDomains);
        }
        this.resolver = (servers == null ? builder : builder.nameServerProvider(servers)).build();
    }

    /// Follows a name as [EndpointDirectory#watch] does. An IP address is told within this call.
    public EndpointDirectory.Watch watch(EndpointRef.Dns name, Consumer<Endpoints> listener) {
        if (NetUtil.isValidIpV4Address(name.host()) || NetUtil.isValidIpV6Address(name.host())) {
            listener.accept(new Endpoints(List.of(Endpoint.of(name.host(), name.port())), true));
            return () -> {};
        }
        Following following = new Following(name, listener);
        loop.execute(following::ask);
        return following;
    }

    @Override
    public void close() {
        resolver.close();
    }

    private final class Following implements EndpointDirectory.Watch {
        private final EndpointRef.Dns name;
        private final Consumer<Endpoints> listener;
        private @Nullable ScheduledFuture<?> next;
        private List<Endpoint> present = List.of();
        private boolean told;
        private boolean failing;
        private volatile boolean closed;

        Following(EndpointRef.Dns name, Consumer<Endpoints> listener) {
            this.name = name;
            this.listener = listener;
        }

        void ask() {
            if (!closed) {
                ttls.forget(name.host());
                resolver.resolveAll(name.host()).addListener((Future<List<InetAddress>> answer) -> answered(answer));
            }
        }

        private void answered(Future<List<InetAddress>> answer) {
            assert loop.inEventLoop();
            if (closed) {
                return;
            }
            if (answer.isSuccess()) {
                if (failing) {
                    LOG.info("{} resolves again", name.host());
                }
                failing = false;
                tell(endpoints(answer.getNow()));
            } else {
                if (!failing) {
                    LOG.warn("{} cannot be resolved, {} stay in use: {}", name.host(), present.size(),
                            String.valueOf(answer.cause().getMessage()));
                }
                failing = true;
                tell(present);
            }
            long ttl = failing ? DEFAULT_SECONDS : ttls.seconds(name.host(), DEFAULT_SECONDS);
            long millis = Math.max(settings.minTtl().toMillis(), Math.min(settings.maxTtl().toMillis(), ttl * 1000));
            next = loop.schedule(this::ask, millis, TimeUnit.MILLISECONDS);
        }

        private void tell(List<Endpoint> endpoints) {
            if (!told || !endpoints.equals(present)) {
                told = true;
                present = endpoints;
                listener.accept(new Endpoints(endpoints, true));
            }
        }

        /// In an order of their own, so that servers that rotate their answers change nothing.
        private List<Endpoint> endpoints(List<InetAddress> addresses) {
            return usable(addresses).stream()
                    .map(NetUtil::toAddressString)
                    .distinct()
                    .sorted(Comparator.naturalOrder())
                    .map(address -> Endpoint.of(address, name.port()))
                    .toList();
        }

        @Override
        public void close() {
            closed = true;
            loop.execute(() -> {
                if (next != null) {
                    next.cancel(false);
                }
                ttls.forgetChain(name.host());
            });
        }
    }

    /// Of two families those that the machine has a route to; both when it has none to either, since a route may be about to come.
    private List<InetAddress> usable(List<InetAddress> addresses) {
        List<InetAddress> ipv4 = addresses.stream().filter(Inet4Address.class::isInstance).toList();
        List<InetAddress> ipv6 = addresses.stream().filter(Inet6Address.class::isInstance).toList();
        if (ipv4.isEmpty() || ipv6.isEmpty()) {
            return addresses;
        }
        // Services of this machine seldom listen on both loopback addresses, though the hosts file names both.
        if (addresses.stream().allMatch(InetAddress::isLoopbackAddress)) {
            return ipv4;
        }
        boolean has4 = ipv4.stream().limit(PROBES).anyMatch(routable);
        boolean has6 = ipv6.stream().limit(PROBES).anyMatch(routable);
        return has4 == has6 ? addresses : has4 ? ipv4 : ipv6;
    }
}
