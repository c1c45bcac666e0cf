package io.jigress.api;

import org.jspecify.annotations.Nullable;

/// The header fields of a message: an ordered multimap over the codec's own storage.
///
/// Reading one field does not materialise the others; an edit is an overlay that is merged when the head is written. Names
/// compare without case. Values are Latin-1; a value with CR, LF or NUL is refused with an IllegalArgumentException, so an
/// edit can never split a message. Valid as long as its exchange: a later call throws IllegalStateException. Event loop only.
public interface Headers {

    /// The first value of a field, or null. Allocates one String.
    @Nullable String first(HeaderName name);

    boolean contains(HeaderName name);

    /// Whether the first value of a field equals `value`, letter by letter. Allocates nothing.
    boolean equal(HeaderName name, String value);

    /// The number of fields; with [#nameAt] and [#valueAt] the way to see all, in order.
    int size();

    /// The name of the i-th field as it was written.
    String nameAt(int i);

    String valueAt(int i);

    /// Whether the i-th field has this name. Allocates nothing.
    boolean isAt(int i, HeaderName name);

    /// The index of the first field of this name, not before `from`; -1 when there is none. Allocates nothing.
    default int indexOf(HeaderName name, int from) {
        for (int i = from; i < size(); i++) {
            if (isAt(i, name)) {
                return i;
            }
        }
        return -1;
    }

    /// Whether the i-th field is forwarded to the next receiver. False for hop-by-hop fields: Connection, the fields that it names,
    /// and the framing (RFC 9110, 7.6.1). Protocols send the other fields and their own framing.
    default boolean endToEnd(int i) {
        return !HopByHop.is(this, i);
    }

    /// Replaces all fields of this name by one, appended at the end.
    void set(HeaderName name, String value);

    /// Appends a field; others of the same name stay.
    void add(HeaderName name, String value);

    /// Removes all fields of this name; true if there were any.
    boolean remove(HeaderName name);

    /// A copy that outlives the exchange, for any one thread at a time. Changes of either do not show in the other. A codec's headers copy their
    /// storage, which costs less than a String for each name and value.
    default Headers copy() {
        return ListHeaders.copyOf(this);
    }
}
