package io.jigress.sources.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// Records a client's results for one service, for tests that wait for them.
public final class HeardLists implements RegistryClient.Listener {
    private static final long PATIENCE_SECONDS = 30;

    private final List<List<Instance>> lists = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();

    @Override
    public synchronized void instances(List<Instance> instances) {
        lists.add(List.copyOf(instances));
        notifyAll();
    }

    @Override
    public synchronized void failed(String why) {
        failures.add(why);
        notifyAll();
    }

    /// Waits until the newest list satisfies the condition.
    public synchronized List<Instance> await(Predicate<List<Instance>> wanted) {
        await(() -> !lists.isEmpty() && wanted.test(lists.getLast()));
        return lists.getLast();
    }

    /// Waits until the newest list has these `address:port`, in any order.
    public List<Instance> awaitAddresses(String... addresses) {
        List<String> sorted = List.of(addresses).stream().sorted().toList();
        return await(list -> list.stream().map(i -> i.address() + ":" + i.port()).sorted().toList().equals(sorted));
    }

    public synchronized String awaitFailure() {
        await(() -> !failures.isEmpty());
        return failures.getLast();
    }

    public synchronized int size() {
        return lists.size();
    }

    private void await(java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("heard " + lists + " and " + failures);
            }
            try {
                wait(left);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted");
            }
        }
    }
}
