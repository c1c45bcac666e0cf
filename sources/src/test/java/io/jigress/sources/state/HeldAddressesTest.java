package io.jigress.sources.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldAddressesTest {
    @TempDir private Path folder;

    @Test
    void aRestartFindsTheLastOfThem() {
        try (HeldAddresses held = new HeldAddresses(folder.resolve("state"))) {
            assertThat(held.load()).isEmpty();
            for (int i = 1; i < 100; i++) {
                held.keep(Map.of("default/web", "10.0.0." + i, "default/other", "shared"));
            }
        }
        try (HeldAddresses held = new HeldAddresses(folder.resolve("state"))) {
            assertThat(held.load()).isEqualTo(Map.of("default/web", "10.0.0.99", "default/other", "shared"));
        }
    }

    @Test
    void whatCouldNotBeWrittenIsWrittenWhenItIsKeptAgain() throws Exception {
        Map<String, String> addresses = Map.of("default/web", "10.0.0.1");
        Path state = Files.writeString(folder.resolve("state"), "a file in the place of the folder");
        HeldAddresses held = new HeldAddresses(state);
        held.keep(addresses);
        held.close();
        Files.delete(state);
        held.keep(addresses);
        held.close();
        try (HeldAddresses next = new HeldAddresses(state)) {
            assertThat(next.load()).isEqualTo(addresses);
        }
    }

    @Test
    void linesThatAreNotUnderstoodAreLeftOut() throws Exception {
        Files.writeString(folder.resolve("gateway-addresses"), "nonsense\n\n10.0.0.1 default/web\n");
        try (HeldAddresses held = new HeldAddresses(folder)) {
            assertThat(held.load()).isEqualTo(Map.of("default/web", "10.0.0.1"));
        }
    }
}
