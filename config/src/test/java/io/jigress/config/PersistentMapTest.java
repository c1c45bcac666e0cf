package io.jigress.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PersistentMapTest {

    /// A key whose hash is chosen, so that hashes collide in all bits, or in the bits of the upper levels.
    record Key(int id, int hash) {
        @Override
        public int hashCode() {
            return hash;
        }
    }

    /// A key that counts how often maps look at it.
    private static final class CountingKey {
        private final int id;
        private final int[] looks;

        CountingKey(int id, int[] looks) {
            this.id = id;
            this.looks = looks;
        }

        @Override
        public boolean equals(Object other) {
            looks[0]++;
            return other instanceof CountingKey that && id == that.id;
        }

        @Override
        public int hashCode() {
            looks[0]++;
            return id * 31;
        }
    }

    record Change(@Nullable Integer before, @Nullable Integer after) {}

    /// @param hashes how many hash values the keys have
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 3", "3, 7", "4, 40", "5, 1000000", "6, 1000000"})
    void agreesWithAHashMap(long seed, int hashes) {
        Random random = new Random(seed);
        Map<Key, Integer> model = new HashMap<>();
        PersistentMap<Key, Integer> map = PersistentMap.empty();
        for (int round = 0; round < 300; round++) {
            Map<Key, Integer> modelBefore = new HashMap<>(model);
            PersistentMap<Key, Integer> before = map;
            // Mostly growing, then mostly shrinking, down to nothing.
            int growing = round % 100 < 50 ? 8 : 2;
            for (int i = random.nextInt(20); i >= 0; i--) {
                int id = random.nextInt(200);
                Key key = new Key(id, Math.floorMod(id, hashes));
                if (random.nextInt(10) < growing) {
                    int value = random.nextInt(3);
                    model.put(key, value);
                    map = map.with(key, value);
                } else {
                    model.remove(key);
                    map = map.without(key);
                }
                assertThat(map.get(key)).isEqualTo(model.get(key));
            }
            assertSame(map, model, hashes);
            assertSame(before, modelBefore, hashes);
            assertThat(diff(before, map)).isEqualTo(diff(modelBefore, model));
            assertThat(map.equals(before)).isEqualTo(model.equals(modelBefore));
            assertThat(map).isEqualTo(built(model, random)).hasSameHashCodeAs(built(model, random));
        }
    }

    private static void assertSame(PersistentMap<Key, Integer> map, Map<Key, Integer> model, int hashes) {
        Map<Key, Integer> seen = new HashMap<>();
        map.forEach((key, value) -> assertThat(seen.put(key, value)).as("second visit of %s", key).isNull());
        assertThat(seen).isEqualTo(model);
        assertThat(map.size()).isEqualTo(model.size());
        assertThat(map.isEmpty()).isEqualTo(model.isEmpty());
        for (int id = 0; id < 200; id++) {
            Key key = new Key(id, Math.floorMod(id, hashes));
            assertThat(map.get(key)).isEqualTo(model.get(key));
            assertThat(map.contains(key)).isEqualTo(model.containsKey(key));
        }
    }

    /// The same contents, put in another order.
    private static PersistentMap<Key, Integer> built(Map<Key, Integer> model, Random random) {
        List<Key> keys = new ArrayList<>(model.keySet());
        Collections.shuffle(keys, random);
        PersistentMap<Key, Integer> map = PersistentMap.empty();
        for (Key key : keys) {
            map = map.with(key, model.get(key));
        }
        return map;
    }

    private static <K> Map<K, Change> diff(PersistentMap<K, Integer> before, PersistentMap<K, Integer> after) {
        Map<K, Change> changes = new HashMap<>();
        after.diff(before,
                (key, was, is) -> assertThat(changes.put(key, new Change(was, is))).as("second report of %s", key).isNull());
        return changes;
    }

    private static <K> Map<K, Change> diff(Map<K, Integer> before, Map<K, Integer> after) {
        Set<K> keys = new HashSet<>(before.keySet());
        keys.addAll(after.keySet());
        Map<K, Change> changes = new HashMap<>();
        for (K key : keys) {
            Change change = new Change(before.get(key), after.get(key));
            if (change.before() == null || !change.before().equals(change.after())) {
                changes.put(key, change);
            }
        }
        return changes;
    }

    @Test
    void diffsMapsThatShareNothing() {
        Random random = new Random(9);
        for (int round = 0; round < 200; round++) {
            int hashes = 1 + random.nextInt(60);
            Map<Key, Integer> one = some(random, hashes);
            Map<Key, Integer> other = some(random, hashes);
            assertThat(diff(built(one, random), built(other, random))).isEqualTo(diff(one, other));
            assertThat(diff(built(one, random), built(one, random))).isEmpty();
        }
    }

    private static Map<Key, Integer> some(Random random, int hashes) {
        Map<Key, Integer> map = new HashMap<>();
        for (int i = random.nextInt(60); i > 0; i--) {
            int id = random.nextInt(80);
            map.put(new Key(id, Math.floorMod(id, hashes)), random.nextInt(2));
        }
        return map;
    }

    @Test
    void holdsAHundredThousandEntries() {
        PersistentMap<String, Integer> map = full(id -> "key-" + id);
        assertThat(map.size()).isEqualTo(100_000);
        for (int id = 0; id < 100_000; id++) {
            assertThat(map.get("key-" + id)).isEqualTo(id);
        }
        PersistentMap<String, Integer> rest = map;
        for (int id = 0; id < 100_000; id++) {
            rest = rest.without("key-" + id);
        }
        assertThat(rest).isEqualTo(PersistentMap.empty());
        assertThat(map.size()).isEqualTo(100_000);
    }

    @Test
    void anEditAndItsDiffLookAtFewKeysOfAHundredThousand() {
        int[] looks = new int[1];
        PersistentMap<CountingKey, Integer> map = full(id -> new CountingKey(id, looks));
        for (int id = 0; id < 100_000; id += 997) {
            CountingKey key = new CountingKey(id, looks);
            looks[0] = 0;
            PersistentMap<CountingKey, Integer> changed = map.with(key, -1);
            PersistentMap<CountingKey, Integer> removed = map.without(key);
            List<Integer> reports = new ArrayList<>();
            changed.diff(map, (k, _, after) -> reports.add(after));
            removed.diff(map, (k, before, _) -> reports.add(before));
            assertThat(reports).containsExactly(-1, id);
            // The keys beside the edited one, on its way down: at most 32 a level and comparison, and there are four levels.
            assertThat(looks[0]).isLessThan(400);
        }
    }

    @Test
    void anEditOfAHundredThousandAllocatesOnePath() {
        PersistentMap<Integer, Integer> map = full(id -> id);
        int[] reports = new int[1];
        for (int i = 0; i < 2; i++) {
            long before = allocatedBytes();
            for (int id = 0; id < 1_000; id++) {
                map.with(id, -1).diff(map, (_, _, _) -> reports[0]++);
            }
            long perEdit = (allocatedBytes() - before) / 1_000;
            // Four nodes of at most 32 slots, 4 or 8 bytes each.
            assertThat(perEdit).isLessThan(2_000);
        }
        assertThat(reports[0]).isEqualTo(2_000);
    }

    @Test
    void anEditThatChangesNothingGivesTheMapItself() {
        PersistentMap<String, String> map = PersistentMap.<String, String>empty().with("a", "1");
        assertThat(map.with("a", new String("1"))).isSameAs(map);
        assertThat(map.without("b")).isSameAs(map);
        assertThat(map.without("a")).isSameAs(PersistentMap.empty());
        assertThat(map).hasToString("{a=1}").isNotEqualTo(map.with("a", "2")).isNotEqualTo(Map.of("a", "1"));
    }

    private static <K> PersistentMap<K, Integer> full(IntFunction<K> key) {
        PersistentMap<K, Integer> map = PersistentMap.empty();
        for (int id = 0; id < 100_000; id++) {
            map = map.with(key.apply(id), id);
        }
        return map;
    }

    private static long allocatedBytes() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
