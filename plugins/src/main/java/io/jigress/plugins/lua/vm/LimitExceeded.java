package io.jigress.plugins.lua.vm;

/// A script reached one of its limits and was stopped. Scripts cannot catch it.
public final class LimitExceeded extends RuntimeException {

    /// The limit that was reached.
    public enum Kind {
        INSTRUCTIONS, TIME, MEMORY
    }

    private final Kind kind;
    private String place = "";

    LimitExceeded(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    void place(String where) {
        if (place.isEmpty()) {
            place = where;
        }
    }

    @Override
    public String getMessage() { return place + super.getMessage(); }
}
