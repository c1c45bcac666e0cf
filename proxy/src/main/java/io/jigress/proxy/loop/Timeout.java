package io.jigress.proxy.loop;

import org.jspecify.annotations.Nullable;

/// A deadline that is moved often and seldom expires. It is itself a node of the lists of a [TimerWheel], so that moving it allocates
/// nothing. Postponing it writes one field; the wheel notices when the old deadline arrives.
public abstract class Timeout {
    static final long NEVER = Long.MAX_VALUE;

    long deadline = NEVER;
    /// When the wheel will visit this node; NEVER while it is in no list.
    long filed = NEVER;
    int slot;
    @Nullable Timeout previous;
    @Nullable Timeout next;

    /// Called when the deadline has passed. The timeout is unset then; the owner may set it again.
    protected abstract void expired();
}
