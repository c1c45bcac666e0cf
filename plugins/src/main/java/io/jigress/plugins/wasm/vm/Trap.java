package io.jigress.plugins.wasm.vm;

/// Execution of a module has ended abnormally. Its instance must not be used any more.
public final class Trap extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Kind kind;

    /// Why it has ended.
    public enum Kind {
        /// The code has trapped: unreachable code, memory out of bounds, a wrong indirect call, an exhausted stack.
        TRAP,
        /// The code ran longer than it may.
        DEADLINE,
        /// The code has asked to end the process.
        EXIT
    }

    public Trap(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /// What has happened, for people.
    public String what() {
        return String.valueOf(getMessage());
    }
}
