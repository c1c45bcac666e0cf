package io.jigress.proxy.loop;

import org.jspecify.annotations.Nullable;

/// A deadline that its owner moves often and that seldom passes: a node of a [TimerWheel]'s own lists, so moving it allocates
/// nothing. Putting a deadline off costs one field; the wheel finds out when the old one comes.
public abstract class Timeout {
    static final long NEVER = Long.MAX_VALUE;

    long deadline = NEVER;
    /// When the wheel will look at this node; NEVER while it is in no list.
    long filed = NEVER;
    int slot;
    @Nullable Timeout previous;
    @Nullable Timeout next;

    /// The deadline has passed. The timeout is unset; the owner may set it again.
    protected abstract void expired();
}
