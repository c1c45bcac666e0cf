package io.jigress.proxy.http2;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The open streams of a connection by their numbers: open addressing, without an object per entry. Event loop only.
final class StreamTable<S extends Http2Stream> {
    private static final int FIRST_SLOTS = 16;
    private static final @Nullable Http2Stream[] NONE = {};

    private @Nullable Http2Stream[] slots = NONE;
    private int count;

    int count() {
        return count;
    }

    private static int slot(int id, int mask) {
        // One side's numbers are all odd, or all even.
        return id >>> 1 & mask;
    }

    @SuppressWarnings("unchecked") // only S are put in
    @Nullable S get(int id) {
        @Nullable Http2Stream[] slots = this.slots;
        int mask = slots.length - 1;
        if (mask < 0) {
            return null;
        }
        for (int i = slot(id, mask);; i = i + 1 & mask) {
            Http2Stream stream = slots[i];
            if (stream == null || stream.id == id) {
                return (S) stream;
            }
        }
    }

    void put(S stream) {
        if (2 * (count + 1) > slots.length) {
            grow();
        }
        place(stream);
        count++;
    }

    private void place(Http2Stream stream) {
        int mask = slots.length - 1;
        int i = slot(stream.id, mask);
        while (slots[i] != null) {
            i = i + 1 & mask;
        }
        slots[i] = stream;
    }

    private void grow() {
        @Nullable Http2Stream[] before = slots;
        slots = new @Nullable Http2Stream[Math.max(FIRST_SLOTS, 2 * before.length)];
        for (Http2Stream stream : before) {
            if (stream != null) {
                place(stream);
            }
        }
    }

    void remove(S stream) {
        int mask = slots.length - 1;
        if (mask < 0) {
            return;
        }
        int i = slot(stream.id, mask);
        while (slots[i] != stream) {
            if (slots[i] == null) {
                return;
            }
            i = i + 1 & mask;
        }
        slots[i] = null;
        count--;
        // Moves up those behind the gap that would no longer be found.
        int gap = i;
        for (int j = i + 1 & mask;; j = j + 1 & mask) {
            Http2Stream stream2 = slots[j];
            if (stream2 == null) {
                return;
            }
            int home = slot(stream2.id, mask);
            if ((j - home & mask) >= (j - gap & mask)) {
                slots[gap] = stream2;
                slots[j] = null;
                gap = j;
            }
        }
    }

    /// Tells each stream, in no order; streams may be removed meanwhile.
    @SuppressWarnings("unchecked") // only S are put in
    void forEach(Consumer<? super S> what) {
        for (Http2Stream stream : Arrays.copyOf(slots, slots.length)) {
            if (stream != null && !stream.closed) {
                what.accept((S) stream);
            }
        }
    }

    /// Gives back its memory while it is empty.
    void trim() {
        if (count == 0) {
            slots = NONE;
        }
    }
}
