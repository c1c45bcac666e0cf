package io.jigress.proxy.exchange;

import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What filters keep on one exchange: at most [Exchange#MOST_KEYS] keys.
final class Attributes {
    private static final int USUAL = 16;

    private @Nullable ExchangeKey<?>[] keys = new ExchangeKey<?>[USUAL];
    private @Nullable Object[] values = new Object[USUAL];
    private int size;

    @SuppressWarnings("unchecked")
    <T> @Nullable T get(ExchangeKey<T> key) {
        for (int i = 0; i < size; i++) {
            if (keys[i] == key) {
                return (T) values[i];
            }
        }
        return null;
    }

    <T> void put(ExchangeKey<T> key, T value) {
        int at = 0;
        while (at < size && keys[at] != key) {
            at++;
        }
        if (at == keys.length) {
            grow(key);
        }
        keys[at] = key;
        values[at] = value;
        size = Math.max(size, at + 1);
    }

    private void grow(ExchangeKey<?> key) {
        if (size == Exchange.MOST_KEYS) {
            throw new IllegalStateException(key + ": the exchange holds " + Exchange.MOST_KEYS + " keys already");
        }
        keys = Arrays.copyOf(keys, Math.min(2 * size, Exchange.MOST_KEYS));
        values = Arrays.copyOf(values, keys.length);
    }

    void clear() {
        for (int i = 0; i < size; i++) {
            keys[i] = null;
            values[i] = null;
        }
        size = 0;
    }
}
