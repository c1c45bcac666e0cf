package io.jigress.api;

/// The typed name of something that filters keep on an exchange. Compared by identity: make it a constant.
public final class ExchangeKey<T> {
    private final String name;

    public ExchangeKey(String name) {
        this.name = name;
    }

    @Override
    public String toString() {
        return name;
    }
}
