package io.jigress.api.blocking;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ListHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A copy of header fields that records its changes, so that they can be made to the original.
final class RecordedHeaders implements Headers {
    private final Headers copy;
    private final List<Consumer<Headers>> changes = new ArrayList<>(0);
    private boolean frozen;

    RecordedHeaders(Headers original) {
        copy = original.copy();
    }

    /// The changes so far, in order.
    List<Consumer<Headers>> changes() {
        return List.copyOf(changes);
    }

    /// Refuses changes from now on.
    void freeze() {
        frozen = true;
    }

    private void record(Consumer<Headers> change) {
        if (frozen) {
            throw new IllegalStateException("the message was sent");
        }
        change.accept(copy);
        changes.add(change);
    }

    @Override
    public @Nullable String first(HeaderName name) {
        return copy.first(name);
    }

    @Override
    public boolean contains(HeaderName name) {
        return copy.contains(name);
    }

    @Override
    public boolean equal(HeaderName name, String value) {
        return copy.equal(name, value);
    }

    @Override
    public int size() {
        return copy.size();
    }

    @Override
    public String nameAt(int i) {
        return copy.nameAt(i);
    }

    @Override
    public String valueAt(int i) {
        return copy.valueAt(i);
    }

    @Override
    public boolean isAt(int i, HeaderName name) {
        return copy.isAt(i, name);
    }

    @Override
    public void set(HeaderName name, String value) {
        record(headers -> headers.set(name, value));
    }

    @Override
    public void add(HeaderName name, String value) {
        record(headers -> headers.add(name, value));
    }

    @Override
    public boolean remove(HeaderName name) {
        boolean present = copy.contains(name);
        record(headers -> headers.remove(name));
        return present;
    }

    @Override
    public String toString() {
        return ListHeaders.copyOf(copy).toString();
    }
}
