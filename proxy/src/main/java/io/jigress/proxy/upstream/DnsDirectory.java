package io.jigress.proxy.upstream;

import io.jigress.config.Endpoint;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.NoopAuthoritativeDnsServerCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows the addresses of names: all A and AAAA records and the hosts file, asked again when the TTL is over. A name that cannot be
/// resolved keeps its last addresses. For several threads.
public final class DnsDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DnsDirectory.class);
    /// For answers without a TTL: the hosts file, and failures.
    private static final long DEFAULT_SECONDS = 5;

    private final EventLoop loop;
    private final DnsSettings settings;
    private final DnsNameResolver resolver;
    private final TtlNotes ttls = new TtlNotes();

    /// @param loop asks and listens; the listeners of watches run there
    /// @param servers whom to ask; the system's if null
    public DnsDirectory(EventLoop loop, ChannelFactory<? extends DatagramChannel> transport,
            @Nullable DnsServerAddressStreamProvider servers,
            DnsSettings settings) {
        this.loop = loop;
        this.settings = settings;
        DnsNameResolverBuilder builder = new DnsNameResolverBuilder(loop)
                .datagramChannelFactory(transport)
                .queryTimeoutMillis(settings.timeout().toMillis())
                .resolvedAddressTypes(ResolvedAddressTypes.IPV4_PREFERRED)
                .resolveCache(ttls)
                .cnameCache(NoopDnsCnameCache.INSTANCE)
                .authoritativeDnsServerCache(NoopAuthoritativeDnsServerCache.INSTANCE);
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
            // Services of this machine seldom listen on both loopback addresses, though the hosts file names both.
            boolean loopback = addresses.stream().allMatch(InetAddress::isLoopbackAddress)
                    && addresses.stream().anyMatch(Inet4Address.class::isInstance);
            return addresses.stream()
                    .filter(address -> !loopback || address instanceof Inet4Address)
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
                ttls.forget(name.host());
            });
        }
    }
}
