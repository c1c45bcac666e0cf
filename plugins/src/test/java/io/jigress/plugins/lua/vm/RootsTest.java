package io.jigress.plugins.lua.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RootsTest {

    private static final class Some extends Root {}

    /// Adding one again and removing one that is absent changes nothing.
    @Test
    void rootsAreASet() {
        Random random = new Random(7);
        List<Some> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(new Some());
        }
        Roots roots = new Roots();
        Set<Object> model = new HashSet<>();
        for (int i = 0; i < 2000; i++) {
            Some some = all.get(random.nextInt(all.size()));
            if (random.nextBoolean()) {
                roots.add(some);
                model.add(some);
            } else {
                roots.remove(some);
                model.remove(some);
            }
            List<Object> shown = new ArrayList<>();
            roots.forEach(shown::add);
            assertThat(shown).containsExactlyInAnyOrderElementsOf(model);
        }
    }
}
