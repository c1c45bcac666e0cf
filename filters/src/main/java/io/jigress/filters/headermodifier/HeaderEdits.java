package io.jigress.filters.headermodifier;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import java.util.List;

/// The edits of one message's header fields: fields are removed, then set, then added.
record HeaderEdits(List<HeaderName> remove, List<Field> set, List<Field> add) {

    /// A field ready to be written: nothing is parsed or made while requests pass.
    record Field(HeaderName name, String value) {}

    HeaderEdits {
        remove = List.copyOf(remove);
        set = List.copyOf(set);
        add = List.copyOf(add);
    }

    boolean isEmpty() { return remove.isEmpty() && set.isEmpty() && add.isEmpty(); }

    void apply(Headers headers) {
        // By index: an iterator would be the only allocation here.
        for (int i = 0; i < remove.size(); i++) {
            headers.remove(remove.get(i));
        }
        for (int i = 0; i < set.size(); i++) {
            headers.set(set.get(i).name(), set.get(i).value());
        }
        for (int i = 0; i < add.size(); i++) {
            headers.add(add.get(i).name(), add.get(i).value());
        }
    }
}
