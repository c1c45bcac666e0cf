package io.jigress.sources.kubernetes;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Splits a stream of bytes into lines. For one thread.
final class Lines {
    private final int limit;
    private byte[] begun = {};

    /// The bytes of an incomplete line.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Line(byte[] bytes, int offset, int length) {}

    /// @param limit the longest line, in bytes
    Lines(int limit) {
        this.limit = limit;
    }

    /// The lines that these bytes complete; empty lines are skipped.
    List<Line> add(byte[] part) throws IOException {
        List<Line> lines = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < part.length; i++) {
            if (part[i] == '\n') {
                Line line = begun.length == 0 ? new Line(part, from, i - from) : whole(joined(part, from, i));
                begun = new byte[0];
                from = i + 1;
                if (line.length > 0) {
                    lines.add(line);
                }
            }
        }
        if (from < part.length) {
            begun = joined(part, from, part.length);
            if (begun.length > limit) {
                throw new IOException("a line is longer than " + limit + " bytes");
            }
        }
        return lines;
    }

    private static Line whole(byte[] bytes) {
        return new Line(bytes, 0, bytes.length);
    }

    private byte[] joined(byte[] part, int from, int to) {
        byte[] joined = Arrays.copyOf(begun, begun.length + to - from);
        System.arraycopy(part, from, joined, begun.length, to - from);
        return joined;
    }
}
