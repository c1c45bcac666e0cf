package io.jigress.app.cli;

/// What the process ends with.
public final class ExitCode {
    public static final int DONE = 0;
    /// The command ran, and its result is negative.
    public static final int FAILED = 1;
    /// The command could not start: a wrong flag, a port that is taken, a missing folder.
    public static final int REFUSED = 2;

    private ExitCode() {}
}
