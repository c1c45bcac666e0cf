package io.jigress.plugins.wasm.vm;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Joins the segments of data that lie side by side in the memory. Go's linker leaves out zeros and so makes tens of thousands of segments, each of
/// which costs some objects and a constant expression whenever an instance is made.
///
/// Source: WebAssembly Core Specification, section 5.5.14 (data section).
final class DataSegments {
    /// A segment of the first memory whose place is an expression.
    private static final int ACTIVE = 0;
    private static final int I32_CONST = 0x41;
    private static final int END = 0x0b;
    /// How many zeros between two segments are written out.
    private static final int GAP = 256;
    private static final int MOST_RANGES = 1000;

    /// Unsigned addresses, the last one exclusive.
    private record Range(long begin, long end) {}

    private final ByteArrayOutputStream section = new ByteArrayOutputStream();
    private final ByteArrayOutputStream joined = new ByteArrayOutputStream();
    /// Where the segment that is being joined begins in the memory, and where it ends; unsigned. -1 before the first one.
    private long begin = -1;
    private long end;
    /// What the finished segments write.
    private final List<Range> written = new ArrayList<>();

    private DataSegments() {}

    /// Gives the content of a section of data that writes the same bytes to the same places, with as few segments as can be.
    ///
    /// @param module a valid one, whose functions do not refer to segments
    /// @param content where the content of the section begins
    /// @return null when the segments cannot be joined: one is passive, or not at a constant place
    static byte @Nullable [] merged(byte[] module, int content) {
        DataSegments merged = new DataSegments();
        int at = content;
        int count = Leb128.unsigned(module, at);
        at += Leb128.length(module, at);
        for (int i = 0; i < count; i++) {
            if (module[at] != ACTIVE || module[at + 1] != I32_CONST) {
                return null;
            }
            at += 2;
            long place = Integer.toUnsignedLong(Leb128.signed(module, at));
            at += Leb128.length(module, at);
            if (module[at++] != END) {
                return null;
            }
            int length = Leb128.unsigned(module, at);
            at += Leb128.length(module, at);
            merged.add(place, module, at, length);
            at += length;
        }
        merged.finish();
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        Leb128.write(whole, merged.written.size());
        whole.writeBytes(merged.section.toByteArray());
        return whole.toByteArray();
    }

    private void add(long place, byte[] module, int at, int length) {
        if (begin < 0 || place < end || place - end > GAP || isWritten(end, place)) {
            finish();
            begin = place;
        } else {
            joined.writeBytes(new byte[(int) (place - end)]);
        }
        joined.write(module, at, length);
        end = place + length;
    }

    /// Whether zeros from one place to another would be written over something; true when that takes too long to find out.
    private boolean isWritten(long from, long to) {
        return from < to
                && (written.size() > MOST_RANGES || written.stream().anyMatch(range -> range.begin() < to && from < range.end()));
    }

    private void finish() {
        if (begin >= 0) {
            written.add(new Range(begin, end));
            section.write(ACTIVE);
            section.write(I32_CONST);
            Leb128.writeSigned(section, (int) begin);
            section.write(END);
            Leb128.write(section, joined.size());
            section.writeBytes(joined.toByteArray());
            joined.reset();
        }
    }
}
