package io.jigress.app;

/// What the process ends with.
final class ExitCode {
    static final int DONE = 0;
    /// The command ran, and its result is negative.
    static final int FAILED = 1;
    /// The command could not start: a wrong flag, a port that is taken, a missing folder.
    static final int REFUSED = 2;

    private ExitCode() {}
}
