package io.jigress.app.cli;

/// What the process ends with.
public final class ExitCode {
    public static final int DONE = 0;
    /// What was asked for was done, and the answer is no.
    public static final int FAILED = 1;
    /// What was asked for could not be begun: a wrong flag, a port that is taken, a folder that is not there.
    public static final int REFUSED = 2;

    private ExitCode() {}
}
