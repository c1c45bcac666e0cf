package io.jigress.proxy.compile;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Tracks which changes are held back, and why: a change may wait for several dependencies, many changes may wait for one, and each has
/// its own deadline. For the applying thread.
///
/// @param <C> identifies what is changed; only the last change of each is held
final class Warming<C> {
    /// The deadline of changes that may wait for ever.
    static final long NEVER = Long.MAX_VALUE;

    /// A change that waits.
    static final class Held<C> {
        private final C change;
        private final Set<Object> missing;
        private final long deadline;
        private final long number;

        private Held(C change, Set<?> missing, long deadline, long number) {
            this.change = change;
            this.missing = new HashSet<>(missing);
            this.deadline = deadline;
            this.number = number;
        }

        C change() {
            return change;
        }

        long deadline() {
            return deadline;
        }
    }

    private final Map<C, Held<C>> held = new HashMap<>();
    private final Map<Object, Set<Held<C>>> waiters = new HashMap<>();
    private final TreeSet<Held<C>> byDeadline = new TreeSet<>(
            Comparator.<Held<C>>comparingLong(each -> each.deadline).thenComparingLong(each -> each.number));
    private long number;

    /// Holds a change back until all of these dependencies are available, or until its deadline. An earlier change of the same part is dropped.
    ///
    /// @param missing at least one
    void hold(C change, Set<?> missing, long deadline) {
        drop(change);
        Held<C> now = new Held<>(change, missing, deadline, number++);
        held.put(change, now);
        byDeadline.add(now);
        now.missing.forEach(thing -> waiters.computeIfAbsent(thing, _ -> new LinkedHashSet<>()).add(now));
    }

    /// Whether any change waits for this dependency.
    boolean awaits(Object thing) {
        return waiters.containsKey(thing);
    }

    /// Drops a change; does nothing when it is not held.
    void drop(C change) {
        Held<C> before = held.get(change);
        if (before != null) {
            release(before);
        }
    }

    /// A dependency is available: releases the changes that wait for nothing else.
    List<Held<C>> arrived(Object thing) {
        List<Held<C>> whole = new ArrayList<>();
        for (Held<C> waiter : waiters.getOrDefault(thing, Set.of())) {
            if (waiter.missing.size() == 1) {
                whole.add(waiter);
            } else {
                waiter.missing.remove(thing);
            }
        }
        whole.forEach(this::release);
        waiters.remove(thing);
        return whole;
    }

    /// Releases the changes whose deadline has passed.
    List<Held<C>> overdue(long now) {
        List<Held<C>> late = new ArrayList<>();
        while (!byDeadline.isEmpty() && byDeadline.first().deadline <= now) {
            late.add(byDeadline.first());
            release(byDeadline.first());
        }
        return late;
    }

    private void release(Held<C> change) {
        held.remove(change.change);
        byDeadline.remove(change);
        for (Object thing : change.missing) {
            Set<Held<C>> others = waiters.get(thing);
            if (others != null && others.remove(change) && others.isEmpty()) {
                waiters.remove(thing);
            }
        }
    }

    /// When the next deadline is; [#NEVER] when there is none.
    long nextDeadline() {
        return byDeadline.isEmpty() ? NEVER : byDeadline.first().deadline;
    }

    int size() {
        return held.size();
    }
}
