package io.jigress.waf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CollectionMemoryTest {
    private final CollectionMemory memory = new CollectionMemory(() -> 0, 3600);

    @Test
    void aFloodOfCollectionsDropsTheLeastRecentlyUsedOnes() {
        memory.write("IP:kept", "n", new byte[1]);
        for (int i = 0; i < 3 * CollectionMemory.MAX_COLLECTIONS; i++) {
            memory.write("IP:" + i, "n", new byte[1]);
            memory.read("IP:kept", (_, _) -> {});
        }
        assertThat(memory.size()).isEqualTo(CollectionMemory.MAX_COLLECTIONS);
        List<String> kept = new ArrayList<>();
        memory.read("IP:kept", (name, _) -> kept.add(name));
        assertThat(kept).containsExactly("n");
    }

    @Test
    void largeCollectionsTakeBoundedMemory() {
        for (int i = 0; i < 2000; i++) {
            for (int field = 0; field < CollectionMemory.MAX_FIELDS; field++) {
                memory.write("SESSION:" + "x".repeat(1000) + i, "f" + field, new byte[CollectionMemory.MAX_VALUE_BYTES]);
            }
        }
        assertThat(memory.bytes()).isBetween(CollectionMemory.MAX_BYTES / 2, CollectionMemory.MAX_BYTES);
        assertThat(memory.size()).isLessThan(500);
        assertThatThrownBy(() -> memory.write("SESSION:" + "x".repeat(2000), "f", new byte[1]))
                .isInstanceOf(LimitReached.class);
        for (int i = 0; i < 2000; i++) {
            for (int field = 0; field < CollectionMemory.MAX_FIELDS; field++) {
                memory.remove("SESSION:" + "x".repeat(1000) + i, "f" + field);
            }
        }
        assertThat(memory.bytes()).isEqualTo(memory.size() * (8L + 1000 + 4 + 128));
    }
}
