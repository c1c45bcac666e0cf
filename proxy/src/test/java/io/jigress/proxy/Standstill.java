package io.jigress.proxy;

import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/// Waits until a number has not changed for a while.
final class Standstill {
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    private Standstill() {}

    static void await(IntSupplier number) {
        int[] last = {0};
        long[] since = {System.nanoTime()};
        GatewayUnderTest.await(() -> {
            int now = number.getAsInt();
            if (now != last[0] || now == 0) {
                last[0] = now;
                since[0] = System.nanoTime();
            }
            return System.nanoTime() - since[0] > QUIET_NANOS;
        }, () -> "a standstill; it is at " + number.getAsInt());
    }
}
