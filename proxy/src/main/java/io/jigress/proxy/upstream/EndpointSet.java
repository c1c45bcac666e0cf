package io.jigress.proxy.upstream;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// A cluster's endpoints at one moment, laid out for picking: each takes a range of numbers as long as its weight.
public final class EndpointSet {
    static final EndpointSet UNKNOWN = new EndpointSet(List.of(), false);

    private final List<UpstreamEndpoint> entries;
    private final boolean known;
    private final UpstreamEndpoint[] usable;
    /// Where the range of each usable endpoint ends.
    private final long[] ends;
    private final long stride;

    EndpointSet(List<UpstreamEndpoint> entries, boolean known) {
        this.entries = List.copyOf(entries);
        this.known = known;
        this.usable = entries.stream().filter(entry -> entry.endpoint().weight() > 0).toArray(UpstreamEndpoint[]::new);
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

    /// How many endpoints take requests.
    int usable() {
        return usable.length;
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
