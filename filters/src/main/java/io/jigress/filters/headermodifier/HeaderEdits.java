package io.jigress.filters.headermodifier;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import java.util.List;

/// The edits of one message's header fields: fields are removed, then set, then added.
record HeaderEdits(List<HeaderName> remove, List<Field> set, List<Field> add) {

    /// A field ready to be written: nothing is parsed or allocated per request.
    record Field(HeaderName name, String value) {}

    HeaderEdits {
        remove = List.copyOf(remove);
        set = List.copyOf(set);
        add = List.copyOf(add);
    }

    boolean isEmpty() { return remove.isEmpty() && set.isEmpty() && add.isEmpty(); }

    void apply(Headers headers) {
        // Loops by index, since an iterator would allocate.
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
