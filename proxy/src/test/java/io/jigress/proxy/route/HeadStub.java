package io.jigress.proxy.route;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.RequestHead;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request head of fixed text, for tests of matches.
///
/// @param fields `name: value`, in order
record HeadStub(String method, String path, String query, List<Field> fields) implements RequestHead, Headers {

    record Field(HeaderName name, String value) {}

    static HeadStub get(String target, String... fields) {
        return of("GET", target, fields);
    }

    static HeadStub of(String method, String target, String... fields) {
        int mark = target.indexOf('?');
        return new HeadStub(method, mark < 0 ? target : target.substring(0, mark), mark < 0 ? "" : target.substring(mark + 1),
                List.of(fields).stream().map(HeadStub::field).toList());
    }

    private static Field field(String line) {
        int colon = line.indexOf(": ");
        return new Field(HeaderName.of(line.substring(0, colon)), line.substring(colon + 2));
    }

    @Override
    public String rawTarget() {
        return target();
    }

    @Override
    public Headers headers() {
        return this;
    }

    @Override
    public @Nullable String first(HeaderName name) {
        for (int i = 0; i < fields.size(); i++) {
            if (isAt(i, name)) {
                return valueAt(i);
            }
        }
        return null;
    }

    @Override
    public boolean contains(HeaderName name) {
        return first(name) != null;
    }

    @Override
    public boolean equal(HeaderName name, String value) {
        return value.equals(first(name));
    }

    @Override
    public int size() {
        return fields.size();
    }

    @Override
    public String nameAt(int i) {
        return fields.get(i).name().text();
    }

    @Override
    public String valueAt(int i) {
        return fields.get(i).value();
    }

    @Override
    public boolean isAt(int i, HeaderName name) {
        return fields.get(i).name().equals(name);
    }

    @Override
    public String target() {
        return query.isEmpty() ? path : path + "?" + query;
    }

    @Override
    public String authority() {
        throw new UnsupportedOperationException("authority is not routed by");
    }

    @Override
    public String scheme() {
        throw new UnsupportedOperationException("scheme is not routed by");
    }

    @Override
    public long contentLength() {
        return 0;
    }

    @Override
    public void target(String target) {
        throw new UnsupportedOperationException("a match reads");
    }

    @Override
    public void authority(String authority) {
        throw new UnsupportedOperationException("a match reads");
    }

    @Override
    public void method(String method) {
        throw new UnsupportedOperationException("a match reads");
    }

    @Override
    public void set(HeaderName name, String value) {
        throw new UnsupportedOperationException("a match reads");
    }

    @Override
    public void add(HeaderName name, String value) {
        throw new UnsupportedOperationException("a match reads");
    }

    @Override
    public boolean remove(HeaderName name) {
        throw new UnsupportedOperationException("a match reads");
    }
}
