package io.jigress.filters.iprestriction;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// A set of addresses for fast look-ups: sorted ranges that do not overlap, 32 bytes each. A look-up is a binary search
/// and allocates nothing.
final class IpRanges {
    private static final Comparator<Cidr> BY_FIRST = (a, b) -> compare(a.high(), a.low(), b.high(), b.low());

    /// firstHigh, firstLow, lastHigh, lastLow of each range.
    private final long[] ranges;

    private IpRanges(long[] ranges) {
        this.ranges = ranges;
    }

    static IpRanges of(List<Cidr> blocks) {
        List<Cidr> sorted = new ArrayList<>(blocks);
        sorted.sort(BY_FIRST);
        long[] ranges = new long[sorted.size() * 4];
        int end = 0;
        for (Cidr block : sorted) {
            // Two blocks overlap only if one holds the other, and the larger one may come second only when both begin alike.
            if (end > 0 && compare(block.high(), block.low(), ranges[end - 2], ranges[end - 1]) <= 0) {
                if (compare(block.lastHigh(), block.lastLow(), ranges[end - 2], ranges[end - 1]) > 0) {
                    ranges[end - 2] = block.lastHigh();
                    ranges[end - 1] = block.lastLow();
                }
                continue;
            }
            ranges[end++] = block.high();
            ranges[end++] = block.low();
            ranges[end++] = block.lastHigh();
            ranges[end++] = block.lastLow();
        }
        return new IpRanges(Arrays.copyOf(ranges, end));
    }

    int size() {
        return ranges.length / 4;
    }

    /// Whether an address of 4 or 16 bytes is in one of the ranges.
    boolean contains(byte[] address) {
        long high = Cidr.high(address);
        long low = Cidr.low(address);
        int from = 0;
        int to = size();
        while (from < to) {
            int middle = (from + to) >>> 1;
            int at = middle * 4;
            if (compare(high, low, ranges[at], ranges[at + 1]) < 0) {
                to = middle;
            } else if (compare(high, low, ranges[at + 2], ranges[at + 3]) > 0) {
                from = middle + 1;
            } else {
                return true;
            }
        }
        return false;
    }

    private static int compare(long high, long low, long otherHigh, long otherLow) {
        int order = Long.compareUnsigned(high, otherHigh);
        return order != 0 ? order : Long.compareUnsigned(low, otherLow);
    }
}
