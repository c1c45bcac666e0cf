package io.jigress.control.translate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AddressPoolTest {
    private final AddressPool pool = new AddressPool(List.of("10.0.0.1", "10.0.0.2"), "");

    @Test
    void theOlderComesFirstAndTheRestShare() {
        assertThat(pool.assign(List.of("d/a", "d/b", "d/c"))).isEqualTo(Map.of("d/a", "10.0.0.1", "d/b", "10.0.0.2", "d/c", ""));
    }

    @Test
    void aGatewayKeepsItsAddressWhenAnOlderOneComesOrGoes() {
        pool.assign(List.of("d/a", "d/b", "d/c"));
        assertThat(pool.assign(List.of("d/b", "d/c"))).isEqualTo(Map.of("d/b", "10.0.0.2", "d/c", ""));
        assertThat(pool.assign(List.of("d/older", "d/b", "d/c")))
                .isEqualTo(Map.of("d/older", "10.0.0.1", "d/b", "10.0.0.2", "d/c", ""));
    }

    @Test
    void whatWasHeldBeforeTheStartIsKeptForThoseWhoComeLater() {
        pool.restore(Map.of("d/b", "10.0.0.1", "d/gone", "10.0.0.7"));
        assertThat(pool.assign(List.of("d/a"))).isEqualTo(Map.of("d/a", "10.0.0.2"));
        assertThat(pool.assign(List.of("d/a", "d/b"))).isEqualTo(Map.of("d/a", "10.0.0.2", "d/b", "10.0.0.1"));
    }

    @Test
    void whoDoesNotComeLosesItsAddressWhenThereIsNoOther() {
        pool.restore(Map.of("d/gone", "10.0.0.1"));
        assertThat(pool.assign(List.of("d/a", "d/b"))).isEqualTo(Map.of("d/a", "10.0.0.2", "d/b", "10.0.0.1"));
        assertThat(pool.held()).doesNotContainKey("d/gone");
    }
}
