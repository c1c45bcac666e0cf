package io.jigress.app;

/// What the process ends with.
final class ExitCode {
    static final int DONE = 0;
    /// What was asked for was done, and the answer is no.
    static final int FAILED = 1;
    /// What was asked for could not be begun: a wrong flag, a port that is taken, a folder that is not there.
    static final int REFUSED = 2;

    private ExitCode() {}
}
