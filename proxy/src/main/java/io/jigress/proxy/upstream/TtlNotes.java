package io.jigress.proxy.upstream;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;
import io.netty.resolver.dns.DnsCnameCache;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A resolver cache that keeps no answers, only their TTLs, which the resolver tells to its cache alone. One event loop only.
final class TtlNotes implements DnsCache, DnsCnameCache {
    /// Longer chains of aliases than the resolver follows.
    private static final int MAX_ALIASES = 32;
    /// More names than a gateway follows; a bound for what a resolver may ask beside them.
    private static final int MAX_NAMES = 65_536;

    private final NavigableMap<String, Long> seconds = new TreeMap<>();
    private final Map<String, Alias> aliases = new HashMap<>();

    private record Alias(String name, long seconds) {}

    /// How long the addresses of a name hold: the shortest TTL of the addresses and of the aliases that lead to them. Those of a name that was
    /// found in a search domain are noted by the name with that domain.
    long seconds(String host, long otherwise) {
        String name = normal(host);
        Long known = seconds.get(name);
        if (known != null) {
            return shortest(name, known);
        }
        return searched(name).entrySet().stream().mapToLong(found -> shortest(found.getKey(), found.getValue())).min()
                .orElse(otherwise);
    }

    /// What is noted for a name with any domain behind it.
    private SortedMap<String, Long> searched(String name) {
        // The character behind the dot.
        return seconds.subMap(name + ".", name + "/");
    }

    private long shortest(String name, long ofAddresses) {
        long shortest = ofAddresses;
        Alias alias = aliases.get(name);
        for (int i = 0; alias != null && i < MAX_ALIASES; i++) {
            shortest = Math.min(shortest, alias.seconds);
            alias = aliases.get(alias.name);
        }
        return shortest;
    }

    /// Before a name is asked for again. Aliases further down the chain may belong to other names too; the next answer replaces them.
    void forget(String host) {
        String name = normal(host);
        SortedMap<String, Long> searched = searched(name);
        searched.keySet().forEach(aliases::remove);
        searched.clear();
        seconds.remove(name);
        aliases.remove(name);
    }

    /// A name is not followed any more.
    void forgetChain(String host) {
        String name = normal(host);
        List<String> names = new ArrayList<>(searched(name).keySet());
        names.add(name);
        for (String each : names) {
            Alias alias = aliases.get(each);
            for (int i = 0; alias != null && i < MAX_ALIASES; i++) {
                alias = aliases.remove(alias.name);
            }
        }
        forget(host);
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
    public void cache(String hostname, String cname, long originalTtl, EventLoop loop) {
        String name = normal(hostname);
        if (aliases.size() < MAX_NAMES || aliases.containsKey(name)) {
            aliases.put(name, new Alias(normal(cname), originalTtl));
        }
    }

    /// Nothing: each answer comes from a name server.
    @Override
    public @Nullable String get(String hostname) {
        return null;
    }

    @Override
    public void clear() {
        seconds.clear();
        aliases.clear();
    }

    @Override
    public boolean clear(String hostname) {
        return seconds.remove(normal(hostname)) != null;
    }
}
