package io.jigress.proxy.exchange;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import org.jspecify.annotations.Nullable;

/// Header fields as filters see them: using them after the exchange is an error.
final class HeadersView implements Headers {
    private final ExchangeView exchange;
    private final Headers fields;

    HeadersView(ExchangeView exchange, Headers fields) {
        this.exchange = exchange;
        this.fields = fields;
    }

    private Headers fields() {
        exchange.live();
        return fields;
    }

    @Override
    public @Nullable String first(HeaderName name) {
        return fields().first(name);
    }

    @Override
    public boolean contains(HeaderName name) {
        return fields().contains(name);
    }

    @Override
    public boolean equal(HeaderName name, String value) {
        return fields().equal(name, value);
    }

    @Override
    public int size() {
        return fields().size();
    }

    @Override
    public String nameAt(int i) {
        return fields().nameAt(i);
    }

    @Override
    public String valueAt(int i) {
        return fields().valueAt(i);
    }

    @Override
    public boolean isAt(int i, HeaderName name) {
        return fields().isAt(i, name);
    }

    @Override
    public int indexOf(HeaderName name, int from) {
        return fields().indexOf(name, from);
    }

    @Override
    public boolean endToEnd(int i) {
        return fields().endToEnd(i);
    }

    @Override
    public void set(HeaderName name, String value) {
        fields().set(name, value);
    }

    @Override
    public void add(HeaderName name, String value) {
        fields().add(name, value);
    }

    @Override
    public boolean remove(HeaderName name) {
        return fields().remove(name);
    }

    @Override
    public Headers copy() {
        return fields().copy();
    }

    @Override
    public String toString() {
        return fields().toString();
    }
}
