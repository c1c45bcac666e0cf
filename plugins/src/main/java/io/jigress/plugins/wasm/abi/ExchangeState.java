package io.jigress.plugins.wasm.abi;

import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What Wasm plugins keep on an exchange: the context of each plugin, and the properties that they set, which all of them can read.
public final class ExchangeState {
    private static final ExchangeKey<ExchangeState> KEY = new ExchangeKey<>("wasm");
    private static final int MAX_PROPERTIES = 64;
    private static final int MAX_PROPERTY_BYTES = 64 * 1024;

    private final Map<Object, HttpContext> contexts = new IdentityHashMap<>(4);
    private @Nullable Map<String, byte[]> properties;

    private ExchangeState() {}

    static ExchangeState of(Exchange exchange) {
        ExchangeState state = exchange.get(KEY);
        if (state == null) {
            state = new ExchangeState();
            exchange.put(KEY, state);
        }
        return state;
    }

    /// The context that a filter has opened for an exchange; null when there is none.
    public static @Nullable HttpContext context(Exchange exchange, Object filter) {
        ExchangeState state = exchange.get(KEY);
        return state == null ? null : state.contexts.get(filter);
    }

    void context(Object filter, HttpContext context) {
        contexts.put(filter, context);
    }

    /// @return whether the limits allow it
    boolean property(String path, byte[] value) {
        Map<String, byte[]> all = properties;
        if (all == null) {
            all = new TreeMap<>();
            properties = all;
        }
        if (value.length > MAX_PROPERTY_BYTES || all.size() >= MAX_PROPERTIES && !all.containsKey(path)) {
            return false;
        }
        all.put(path, value);
        return true;
    }

    byte @Nullable [] property(String path) {
        return properties == null ? null : properties.get(path);
    }
}
