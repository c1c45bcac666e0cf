package io.jigress.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttributesTest {
    private final Attributes attributes = new Attributes();

    @Test
    void valuesOfManyKeysAreKept() {
        List<ExchangeKey<Integer>> keys = fill();
        for (int i = 0; i < keys.size(); i++) {
            assertThat(attributes.get(keys.get(i))).isEqualTo(i);
        }
        attributes.put(keys.getFirst(), -1);
        assertThat(attributes.get(keys.getFirst())).isEqualTo(-1);
    }

    @Test
    void oneKeyBeyondTheLimitIsRefusedAndTheOthersStay() {
        List<ExchangeKey<Integer>> keys = fill();
        ExchangeKey<Integer> more = new ExchangeKey<>("more");
        assertThatThrownBy(() -> attributes.put(more, 1)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("256 keys");
        assertThat(attributes.get(more)).isNull();
        assertThat(attributes.get(keys.getLast())).isEqualTo(keys.size() - 1);
    }

    @Test
    void nothingIsLeftForTheNextExchange() {
        List<ExchangeKey<Integer>> keys = fill();
        attributes.clear();
        assertThat(keys).allSatisfy(key -> assertThat(attributes.get(key)).isNull());
        fill();
    }

    private List<ExchangeKey<Integer>> fill() {
        List<ExchangeKey<Integer>> keys = new ArrayList<>();
        for (int i = 0; i < Exchange.MOST_KEYS; i++) {
            ExchangeKey<Integer> key = new ExchangeKey<>("key-" + i);
            attributes.put(key, i);
            keys.add(key);
        }
        return keys;
    }
}
