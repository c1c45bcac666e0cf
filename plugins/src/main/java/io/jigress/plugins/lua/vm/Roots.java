package io.jigress.plugins.lua.vm;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The roots of a state, each of which knows its place: adding and removing one is a few writes.
final class Roots {
    private @Nullable Root[] all = new @Nullable Root[8];
    private int count;

    void add(Root root) {
        if (root.place != Root.NOT_HELD) {
            return;
        }
        if (count == all.length) {
            all = Arrays.copyOf(all, 2 * count);
        }
        root.place = count;
        all[count++] = root;
    }

    void remove(Root root) {
        if (root.place == Root.NOT_HELD) {
            return;
        }
        Root last = Objects.requireNonNull(all[--count]);
        all[root.place] = last;
        last.place = root.place;
        all[count] = null;
        root.place = Root.NOT_HELD;
    }

    void forEach(Consumer<Object> consumer) {
        for (int i = 0; i < count; i++) {
            consumer.accept(Objects.requireNonNull(all[i]));
        }
    }
}
