package io.jigress.plugins.process.proc;

import io.jigress.api.Services;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Timeouts of one length, which expire in the order in which they were set: setting and clearing one costs a few writes, since one scheduled task
/// serves all of them. Event loop only.
final class TimeoutQueue {

    /// A timeout, which is in one queue at most.
    abstract static class Entry {
        private boolean set;
        private long deadline;
        private @Nullable Entry previous;
        private @Nullable Entry next;

        /// The time has passed. The timeout is not set any more, and may be set again.
        abstract void expired();

        boolean isSet() { return set; }
    }

    private final Services services;
    private final Duration length;
    private @Nullable Entry first;
    private @Nullable Entry last;
    private boolean scheduled;

    TimeoutQueue(Services services, Duration length) {
        this.services = services;
        this.length = length;
    }

    /// Sets a timeout, or sets it anew.
    void set(Entry entry) {
        clear(entry);
        entry.set = true;
        entry.deadline = services.nanoTime() + length.toNanos();
        Entry before = last;
        entry.previous = before;
        if (before == null) {
            first = entry;
        } else {
            before.next = entry;
        }
        last = entry;
        if (!scheduled) {
            schedule(length);
        }
    }

    /// Clears a timeout of this queue, if it is set.
    void clear(Entry entry) {
        if (!entry.set) {
            return;
        }
        Entry before = entry.previous;
        Entry after = entry.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        entry.previous = null;
        entry.next = null;
        entry.set = false;
    }

    private void schedule(Duration delay) {
        scheduled = true;
        services.schedule(delay, this::expire);
    }

    private void expire() {
        long now = services.nanoTime();
        try {
            for (Entry entry = first; entry != null && entry.deadline - now <= 0; entry = first) {
                clear(entry);
                entry.expired();
            }
        } finally {
            scheduled = false;
            Entry next = first;
            if (next != null) {
                schedule(Duration.ofNanos(Math.max(0, next.deadline - now)));
            }
        }
    }
}
