package io.jigress.sources.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FairChoiceTest {
    private static ResourceKey secret(String namespace, int number) {
        return new ResourceKey("", "Secret", namespace, "s%03d".formatted(number));
    }

    @Test
    void manyReferencesOfOneNamespaceDoNotDisplaceThoseOfAnother() {
        List<ResourceKey> wanted = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            wanted.add(secret("a-flood", i));
        }
        wanted.add(secret("shop", 1));
        wanted.add(secret("shop", 2));
        assertThat(FairChoice.order(wanted, _ -> false).subList(0, 100)).contains(secret("shop", 1), secret("shop", 2));
    }

    @Test
    void withinANamespaceThoseThatAreReadStay() {
        List<ResourceKey> wanted = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            wanted.add(secret("a", i));
        }
        List<ResourceKey> read = wanted.subList(100, 200);
        assertThat(FairChoice.order(wanted, read::contains).subList(0, 100)).containsExactlyInAnyOrderElementsOf(read);
    }
}
