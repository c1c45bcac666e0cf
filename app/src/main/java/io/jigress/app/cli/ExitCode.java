package io.jigress.app.cli;

/// The exit codes of the process.
public final class ExitCode {
    public static final int DONE = 0;
    /// The command ran, and its result is negative.
    public static final int FAILED = 1;
    /// The command could not start: an invalid flag, a port in use, a missing folder.
    public static final int REFUSED = 2;

    private ExitCode() {}
}
