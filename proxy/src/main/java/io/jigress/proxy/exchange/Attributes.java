package io.jigress.proxy.exchange;

import io.jigress.api.ExchangeKey;
import org.jspecify.annotations.Nullable;

/// What filters keep on one exchange.
final class Attributes {
    private static final int MAX = 16;

    private final @Nullable ExchangeKey<?>[] keys = new ExchangeKey<?>[MAX];
    private final @Nullable Object[] values = new Object[MAX];
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
        if (at == MAX) {
            throw new IllegalStateException(key + ": the exchange holds " + MAX + " keys already");
        }
        keys[at] = key;
        values[at] = value;
        size = Math.max(size, at + 1);
    }

    void clear() {
        for (int i = 0; i < size; i++) {
            keys[i] = null;
            values[i] = null;
        }
        size = 0;
    }
}
