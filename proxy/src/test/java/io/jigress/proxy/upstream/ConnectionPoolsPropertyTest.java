package io.jigress.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Whatever happens in whatever order, the pools keep their invariants ([PoolSimulation#rest] checks them).
@Tag("suite")
class ConnectionPoolsPropertyTest {
    private static final int SEEDS = 1000;
    private static final int STEPS = 300;

    @Test
    void promisesHoldWhateverHappens() {
        int overloaded = 0;
        int refused = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            RandomGenerator random = new SplittableRandom(seed);
            PoolSimulation world = new PoolSimulation(1 + random.nextInt(3), 1 + random.nextInt(4), random.nextInt(8),
                    1 + random.nextInt(5));
            List<String> steps = new ArrayList<>();
            try {
                for (int i = 0; i < STEPS; i++) {
                    steps.add(step(world, random));
                    world.rest();
                }
                world.finish();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ", after " + steps.subList(Math.max(0, steps.size() - 40), steps.size())
                        + ": " + world.waiting + ", " + world.sessions + ", " + world.connecting.size() + " connecting", e);
            }
            overloaded += world.overloaded();
            refused += world.refused();
        }
        assertThat(overloaded).as("turned away in all runs: else nothing was tried").isGreaterThan(SEEDS);
        assertThat(refused).as("refused connections in all runs").isGreaterThan(SEEDS);
    }

    @Test
    void aLoopIsNotStarvedByAnotherWhoseConnectionAlwaysCarriesACall() {
        PoolSimulation world = new PoolSimulation(2, 1, 10, 5);
        world.acquire(0, false);
        world.rest();
        world.establish(world.connecting.getFirst());
        world.rest();
        PoolSimulation.Session busy = world.sessions.getFirst();
        PoolSimulation.Waiting other = world.acquire(1, false);
        world.rest();
        // One call always begins before another ends.
        for (int i = 0; i < 3 && !other.isOver(); i++) {
            world.acquire(0, false);
            world.rest();
            if (!busy.isClosed()) {
                busy.calls.getFirst().end();
            }
            world.rest();
            List.copyOf(world.connecting).forEach(world::establish);
            world.rest();
        }
        assertThat(busy.isClosed()).isTrue();
        assertThat(other.isOver()).isTrue();
        world.finish();
    }

    @Test
    void requestsThatAreSentAgainShareTheNewConnection() {
        PoolSimulation world = new PoolSimulation(1, 4, 10, 5);
        world.acquire(0, false);
        world.rest();
        world.establish(world.connecting.getFirst());
        world.rest();
        world.sessions.getFirst().lose();
        world.rest();
        List<PoolSimulation.Waiting> again = List.of(world.acquire(0, true), world.acquire(0, true), world.acquire(0, true));
        world.rest();
        assertThat(world.connecting).hasSize(1);
        world.establish(world.connecting.getFirst());
        world.rest();
        assertThat(again).allMatch(PoolSimulation.Waiting::isOver);
        assertThat(world.sessions).singleElement().satisfies(session -> assertThat(session.calls).hasSize(3));
        world.finish();
    }

    @Test
    void afterTheLimitWasReachedConnectionsAreKept() {
        PoolSimulation world = new PoolSimulation(1, 1, 10, 1);
        world.acquire(0, false);
        world.acquire(0, false);
        world.rest();
        world.establish(world.connecting.getFirst());
        world.rest();
        world.sessions.getFirst().calls.getFirst().end();
        world.rest();
        world.sessions.getFirst().calls.getFirst().end();
        world.rest();
        assertThat(world.sessions).as("nobody waits: its place is not needed").hasSize(1);
        world.finish();
    }

    @Test
    void aConnectionThatTakesNoCallFromTheStartFailsThoseWhoWaitForIt() {
        PoolSimulation world = new PoolSimulation(1, 4, 10, 0);
        PoolSimulation.Waiting first = world.acquire(0, false);
        PoolSimulation.Waiting second = world.acquire(0, false);
        world.rest();
        world.establish(world.connecting.getFirst());
        world.rest();
        assertThat(List.of(first, second)).allMatch(PoolSimulation.Waiting::isOver);
        assertThat(world.connecting).isEmpty();
        assertThat(world.sessions).isEmpty();
    }

    @Test
    void aProtocolThatThrowsCostsItsConnectionAndTheCall() {
        PoolSimulation world = new PoolSimulation(1, 4, 10, 5);
        world.acquire(0, false);
        world.rest();
        world.establish(world.connecting.getFirst());
        world.rest();
        PoolSimulation.Session session = world.sessions.getFirst();
        session.breaks = true;
        PoolSimulation.Waiting unlucky = world.acquire(0, false);
        world.rest();
        assertThat(unlucky.failure).isNotNull();
        assertThat(session.isClosed()).isTrue();
        world.acquire(0, false);
        world.rest();
        world.finish();
    }

    private static String step(PoolSimulation world, RandomGenerator random) {
        return switch (random.nextInt(16)) {
            case 0, 1, 2, 3, 4 -> {
                int loop = random.nextInt(world.loops());
                boolean fresh = random.nextInt(6) == 0;
                world.acquire(loop, fresh);
                yield "acquire " + loop + (fresh ? " fresh" : "");
            }
            case 5 -> {
                PoolSimulation.Waiting waiter = any(world.waiting, random);
                if (waiter != null) {
                    world.cancel(waiter);
                }
                yield "cancel";
            }
            case 6, 7, 8 -> {
                PoolSimulation.Connecting connecting = any(world.connecting, random);
                if (connecting != null) {
                    world.establish(connecting);
                }
                yield "establish";
            }
            case 9 -> {
                PoolSimulation.Connecting connecting = any(world.connecting, random);
                if (connecting != null) {
                    world.refuse(connecting);
                }
                yield "refuse";
            }
            case 10, 11, 12 -> {
                PoolSimulation.Session session = any(world.sessions, random);
                PoolSimulation.Call call = session == null ? null : any(session.calls, random);
                if (call != null) {
                    call.end();
                }
                yield "end";
            }
            case 13 -> {
                PoolSimulation.Session session = any(world.sessions, random);
                if (session != null) {
                    session.lose();
                }
                yield "lose";
            }
            case 14 -> {
                int calls = random.nextInt(4);
                PoolSimulation.Session session = any(world.sessions, random);
                if (session != null) {
                    session.limit(calls);
                }
                world.concurrency = 1 + random.nextInt(5);
                yield "limit " + calls;
            }
            default -> {
                if (random.nextBoolean()) {
                    world.pass(Duration.ofSeconds(random.nextInt(15)));
                    yield "time passes";
                }
                world.closeIdle();
                yield "close idle";
            }
        };
    }

    private static <T> @org.jspecify.annotations.Nullable T any(List<T> list, RandomGenerator random) {
        return list.isEmpty() ? null : list.get(random.nextInt(list.size()));
    }
}
