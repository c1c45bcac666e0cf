package io.jigress.sources.dns;

import io.jigress.sources.dns.DnsMessage.Data;
import io.jigress.sources.dns.DnsMessage.Entry;
import io.jigress.sources.registry.Instance;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// One look-up of a service: the records of its name, and of the hosts that SRV records name. For one thread.
///
/// Of the SRV records only those with the lowest priority value are used, in the ratio of their weights. For a host with IPv4 addresses these are used, else
/// its IPv6 addresses.
final class DnsLookup {
    private static final int MOST_ALIASES = 8;
    private static final int MOST_TARGETS = 256;
    /// How long a negative response is cached when the server does not specify it.
    private static final long ABSENT_SECONDS = 5;
    /// The weight used for 0 when other records have more: such a host gets few requests (RFC 2782).
    private static final double SMALL = 0.01;

    private final DnsAsker asker;
    private final Map<String, List<InetAddress>> hosts = new HashMap<>();
    private long ttl = Long.MAX_VALUE;

    DnsLookup(DnsAsker asker) {
        this.asker = asker;
    }

    /// The TTL of the whole result, in seconds: the shortest of its records.
    long ttl() {
        return ttl == Long.MAX_VALUE ? ABSENT_SECONDS : ttl;
    }

    /// The addresses of a name, each with the same port.
    List<Instance> addresses(String name, int port) throws DnsAsker.Failed, InterruptedException {
        return sorted(host(plain(name)).stream().map(address -> Instance.of(address.getHostAddress(), port)).toList());
    }

    /// The hosts that SRV records name.
    List<Instance> servers(String name) throws DnsAsker.Failed, InterruptedException {
        Found found = ask(plain(name), DnsMessage.SRV);
        List<Data.Server> all = found.data().stream().filter(Data.Server.class::isInstance).map(Data.Server.class::cast)
                .filter(server -> !server.target().isEmpty()).toList();
        int best = all.stream().mapToInt(Data.Server::priority).min().orElse(0);
        List<Data.Server> used = all.stream().filter(server -> server.priority() == best).limit(MOST_TARGETS).toList();
        boolean equal = used.stream().allMatch(server -> server.weight() == 0);
        List<Instance> instances = new ArrayList<>();
        for (Data.Server server : used) {
            double weight = equal ? 1 : server.weight() == 0 ? SMALL : server.weight();
            Map<String, String> labels = Map.of("host", server.target());
            List<InetAddress> addresses = known(found.message(), server.target());
            if (addresses.isEmpty()) {
                addresses = host(server.target());
            }
            if (addresses.isEmpty()) {
                // Shown as an instance that cannot be used.
                instances.add(new Instance(server.target(), server.port(), weight, true, true, "", labels));
            }
            for (InetAddress address : addresses) {
                instances.add(new Instance(address.getHostAddress(), server.port(), weight / addresses.size(), true, true, "",
                        labels));
            }
        }
        return sorted(instances);
    }

    private static List<Instance> sorted(List<Instance> instances) {
        return instances.stream().distinct().sorted(Comparator.comparing(Instance::address).thenComparingInt(Instance::port))
                .toList();
    }

    private static String plain(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    /// The IPv4 addresses in the additional section of a response to an SRV query. A host without any there is queried separately.
    private List<InetAddress> known(DnsMessage message, String host) {
        List<InetAddress> addresses = new ArrayList<>();
        for (Entry record : message.records()) {
            if (record.name().equals(host) && record.type() == DnsMessage.A
                    && record.data() instanceof Data.Address(InetAddress address)) {
                ttl = Math.min(ttl, record.ttl());
                // Once for each SRV record that names the host.
                if (!addresses.contains(address)) {
                    addresses.add(address);
                }
            }
        }
        return addresses;
    }

    private List<InetAddress> host(String name) throws DnsAsker.Failed, InterruptedException {
        List<InetAddress> before = hosts.get(name);
        if (before != null) {
            return before;
        }
        List<InetAddress> addresses = addresses(ask(name, DnsMessage.A));
        if (addresses.isEmpty()) {
            addresses = addresses(ask(name, DnsMessage.AAAA));
        }
        hosts.put(name, addresses);
        return addresses;
    }

    private static List<InetAddress> addresses(Found found) {
        return found.data().stream().filter(Data.Address.class::isInstance).map(data -> ((Data.Address) data).address())
                .distinct().toList();
    }

    private record Found(DnsMessage message, List<Data> data) {}

    /// Follows CNAME aliases, within a response and by further queries.
    private Found ask(String name, int type) throws DnsAsker.Failed, InterruptedException {
        String wanted = name;
        DnsMessage message = asker.ask(wanted, type);
        for (int aliases = 0; aliases <= MOST_ALIASES; aliases++) {
            String current = wanted;
            List<Entry> records = message.records().stream().filter(record -> record.name().equals(current)).toList();
            List<Data> data = new ArrayList<>();
            String alias = "";
            for (Entry record : records) {
                if (record.type() == type) {
                    ttl = Math.min(ttl, record.ttl());
                    data.add(record.data());
                } else if (record.data() instanceof Data.Alias(String target)) {
                    ttl = Math.min(ttl, record.ttl());
                    alias = target;
                }
            }
            if (!data.isEmpty() || alias.isEmpty()) {
                if (data.isEmpty() && message.code() == DnsMessage.NO_ERROR && aliases > 0
                        && !message.question().equals(current)) {
                    // The server did not follow the alias.
                    message = asker.ask(current, type);
                    continue;
                }
                if (data.isEmpty()) {
                    ttl = Math.min(ttl, message.negativeTtl() < 0 ? ABSENT_SECONDS : message.negativeTtl());
                }
                return new Found(message, data);
            }
            wanted = alias;
        }
        throw new DnsAsker.Failed(name + ": more than " + MOST_ALIASES + " aliases");
    }
}
