package io.jigress.proxy.upstream;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Keeps no answers, only how long they hold: a cache is the one place where the resolver tells TTLs. One event loop only.
final class TtlNotes implements DnsCache {
    /// More names than a gateway follows; a bound for what a resolver may ask beside them.
    private static final int MAX_NAMES = 65_536;

    private final Map<String, Long> seconds = new HashMap<>();

    long seconds(String host, long otherwise) {
        Long known = seconds.get(normal(host));
        return known == null ? otherwise : known;
    }

    void forget(String host) {
        seconds.remove(normal(host));
    }

    private static String normal(String host) {
        String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        return name.toLowerCase(Locale.ROOT);
    }

    @Override
    public @Nullable DnsCacheEntry cache(String hostname, DnsRecord @Nullable [] additionals, InetAddress address,
            long originalTtl,
            EventLoop loop) {
        String name = normal(hostname);
        if (seconds.size() < MAX_NAMES || seconds.containsKey(name)) {
            seconds.merge(name, originalTtl, Math::min);
        }
        return null;
    }

    @Override
    public @Nullable DnsCacheEntry cache(String hostname, DnsRecord @Nullable [] additionals, Throwable cause, EventLoop loop) {
        return null;
    }

    @Override
    public List<? extends DnsCacheEntry> get(String hostname, DnsRecord @Nullable [] additionals) {
        return List.of();
    }

    @Override
    public void clear() {
        seconds.clear();
    }

    @Override
    public boolean clear(String hostname) {
        return seconds.remove(normal(hostname)) != null;
    }
}
