package io.jigress.grpcjson.transcode;

/// A message that cannot be transcoded. The place is added while the exception passes the fields.
final class Fault extends Exception {
    private final StringBuilder path = new StringBuilder();
    private final boolean limit;

    Fault(String what) {
        this(what, false);
    }

    private Fault(String what, boolean limit) {
        super(what, null, false, false);
        this.limit = limit;
    }

    /// The message exceeds one of the limits.
    static Fault limit(String what) {
        return new Fault(what, true);
    }

    Fault within(String field) {
        if (!path.isEmpty() && path.charAt(0) != '[') {
            path.insert(0, '.');
        }
        path.insert(0, field);
        return this;
    }

    Fault within(int item) {
        if (!path.isEmpty() && path.charAt(0) != '[') {
            path.insert(0, '.');
        }
        path.insert(0, "[" + item + "]");
        return this;
    }

    Invalid asInvalid() {
        return new Invalid(path.toString(), String.valueOf(getMessage()), limit);
    }
}
