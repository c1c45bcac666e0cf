package io.jigress.proxy.loop;

import org.jspecify.annotations.Nullable;

/// Timeouts of one event loop, in a hashed wheel (Varghese and Lauck, 1987): setting, moving and clearing cost a few writes.
///
/// A timeout expires up to one tick late and never early. Event loop only.
public final class TimerWheel {
    /// 32 ms: fine enough for timeouts of a second, coarse enough to cost nothing.
    static final long TICK_NANOS = 32L << 20;
    private static final int SLOTS = 2048;

    private final @Nullable Timeout[] slots = new Timeout[SLOTS];
    private long tick;
    private int size;

    public TimerWheel(long nowNanos) {
        this.tick = nowNanos / TICK_NANOS;
    }

    /// Sets or moves a deadline on the clock's scale.
    public void set(Timeout timeout, long deadline) {
        timeout.deadline = deadline;
        if (timeout.filed > deadline) {
            unlink(timeout);
            link(timeout, deadline);
        }
    }

    /// No deadline any more. The node stays filed until its tick comes, for the next [#set] is likely to need no move then.
    public void clear(Timeout timeout) {
        timeout.deadline = Timeout.NEVER;
    }

    /// Takes the timeout out for good, so that the wheel does not hold on to its owner.
    public void remove(Timeout timeout) {
        timeout.deadline = Timeout.NEVER;
        unlink(timeout);
    }

    /// How many timeouts are filed.
    public int size() {
        return size;
    }

    /// Expires what is due. Called about once a tick while [#size] is above 0.
    public void advance(long now) {
        long target = now / TICK_NANOS;
        // After a long pause one turn of the wheel visits every slot.
        long from = Math.max(tick, target - SLOTS);
        for (long t = from; t < target; t++) {
            expire((int) t & SLOTS - 1, now);
        }
        tick = target;
    }

    private void expire(int slot, long now) {
        Timeout timeout = slots[slot];
        while (timeout != null) {
            Timeout next = timeout.next;
            if (timeout.filed <= now) {
                unlink(timeout);
                if (timeout.deadline <= now) {
                    timeout.deadline = Timeout.NEVER;
                    timeout.expired();
                    // The list may have changed under us: begin anew; what has been seen and is not due is few.
                    next = slots[slot];
                } else if (timeout.deadline != Timeout.NEVER) {
                    link(timeout, timeout.deadline);
                }
            }
            timeout = next;
        }
    }

    private void link(Timeout timeout, long when) {
        timeout.filed = when;
        int slot = (int) Math.max(tick, when / TICK_NANOS) & SLOTS - 1;
        timeout.slot = slot;
        Timeout head = slots[slot];
        timeout.next = head;
        timeout.previous = null;
        if (head != null) {
            head.previous = timeout;
        }
        slots[slot] = timeout;
        size++;
    }

    private void unlink(Timeout timeout) {
        if (timeout.filed == Timeout.NEVER) {
            return;
        }
        Timeout before = timeout.previous;
        Timeout after = timeout.next;
        if (before == null) {
            slots[timeout.slot] = after;
        } else {
            before.next = after;
        }
        if (after != null) {
            after.previous = before;
        }
        timeout.previous = null;
        timeout.next = null;
        timeout.filed = Timeout.NEVER;
        size--;
    }
}
