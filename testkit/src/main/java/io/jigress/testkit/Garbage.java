package io.jigress.testkit;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;

/// Lets tests find what nobody refers to.
public final class Garbage {
    private static final long PATIENCE_MILLIS = 10_000;

    private Garbage() {}

    /// Collects garbage; returns when the collector has cleared references, and the virtual machine has begun to put them into their queues.
    public static void collect() {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        WeakReference<Object> canary = new WeakReference<>(new Object(), queue);
        System.gc();
        try {
            if (queue.remove(PATIENCE_MILLIS) != canary) {
                throw new AssertionError("garbage was not collected within " + PATIENCE_MILLIS + " ms");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
