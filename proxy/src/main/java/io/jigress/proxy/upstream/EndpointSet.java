package io.jigress.proxy.upstream;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A cluster's endpoints at one moment, laid out for picking: each of the first priority takes a range of numbers as long as its weight. Those of
/// further priorities are the next set.
public final class EndpointSet {
    /// On the clock of the loops, whose differences do not overflow.
    static final long LONG_AGO = Long.MIN_VALUE / 2;
    static final EndpointSet UNKNOWN = new EndpointSet(List.of(), false);

    private final List<UpstreamEndpoint> entries;
    private final boolean known;
    private final UpstreamEndpoint[] usable;
    /// Where the range of each usable endpoint ends.
    private final long[] ends;
    private final long stride;
    private final @Nullable EndpointSet next;
    private final long newest;
    private final long providersWarm;

    EndpointSet(List<UpstreamEndpoint> entries, boolean known) {
        this.entries = List.copyOf(entries);
        this.known = known;
        int first = entries.stream().filter(EndpointSet::takesRequests).mapToInt(EndpointSet::priority).min().orElse(0);
        this.usable = entries.stream().filter(entry -> takesRequests(entry) && priority(entry) == first)
                .toArray(UpstreamEndpoint[]::new);
        List<UpstreamEndpoint> others = entries.stream().filter(entry -> takesRequests(entry) && priority(entry) > first)
                .toList();
        this.next = others.isEmpty() ? null : new EndpointSet(others, known);
        long divisor = 0;
        for (UpstreamEndpoint entry : usable) {
            divisor = gcd(divisor, entry.endpoint().weight());
        }
        this.ends = new long[usable.length];
        long end = 0;
        for (int i = 0; i < usable.length; i++) {
            end += usable[i].endpoint().weight() / divisor;
            ends[i] = end;
        }
        this.stride = stride(end);
        long youngest = LONG_AGO;
        long warm = LONG_AGO;
        for (UpstreamEndpoint entry : usable) {
            youngest = Math.max(youngest, entry.sinceNanos());
            warm = Math.max(warm, entry.tellsItsStart() ? entry.startedNanos() + entry.warmupNanos() : LONG_AGO);
        }
        this.newest = youngest;
        this.providersWarm = warm;
    }

    private static boolean takesRequests(UpstreamEndpoint entry) {
        return entry.endpoint().weight() > 0;
    }

    private static int priority(UpstreamEndpoint entry) {
        return entry.endpoint().priority();
    }

    /// A step that visits every number below `total` once per turn and spreads neighbours: near the golden section, prime to it.
    private long stride(long total) {
        if (total == usable.length) {
            return 1;
        }
        long step = Math.round(total * 0.618_033_988_749_895);
        while (gcd(step, total) != 1) {
            step++;
        }
        return step;
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /// The same without some.
    EndpointSet without(Set<UpstreamEndpoint> some) {
        return new EndpointSet(entries.stream().filter(entry -> !some.contains(entry)).toList(), known);
    }

    /// Whether an endpoint list has arrived.
    public boolean known() {
        return known;
    }

    public boolean isEmpty() { return entries.isEmpty(); }

    public List<UpstreamEndpoint> entries() {
        return entries;
    }

    /// Whether any endpoint takes requests.
    public boolean takesRequests() {
        return usable.length > 0;
    }

    /// How many endpoints of the first priority take requests.
    int usable() {
        return usable.length;
    }

    /// The endpoints that take requests when those of the first priority cannot; null when there are none.
    @Nullable EndpointSet next() {
        return next;
    }

    /// How many endpoints of all priorities take requests.
    int usableOfAll() {
        return usable.length + (next == null ? 0 : next.usableOfAll());
    }

    private EndpointSet last() {
        return next == null ? this : next.last();
    }

    /// How many endpoints of the last priority may be ejected; at least one never is.
    int ejectable(int percent) {
        int count = last().usable.length;
        return count < 2 || percent == 0 ? 0 : Math.min(count - 1, Math.max(1, (int) ((long) count * percent / 100)));
    }

    /// Whether there are endpoints of a priority after that of this one.
    boolean hasNext(UpstreamEndpoint entry) {
        EndpointSet last = last();
        return last.usable.length > 0 && priority(entry) < priority(last.usable[0]);
    }

    /// When the youngest of those that take requests appeared, on the clock of the loops.
    long newest() {
        return newest;
    }

    /// When the last of those that tell their start has its whole share.
    long providersWarm() {
        return providersWarm;
    }

    UpstreamEndpoint usable(int i) {
        return usable[i];
    }

    /// The sum of the weights, shortened; 0 when none takes requests.
    long total() {
        return ends.length == 0 ? 0 : ends[ends.length - 1];
    }

    /// The next position of the round robin.
    long after(long position) {
        return (position % total() + stride) % total();
    }

    /// The usable endpoint whose range has the number, which is below [#total].
    int at(long number) {
        if (ends[ends.length - 1] == ends.length) {
            return (int) number;
        }
        int found = Arrays.binarySearch(ends, number + 1);
        return found < 0 ? -found - 1 : found;
    }
}
