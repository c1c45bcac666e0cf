package io.jigress.app;

/// Why a gateway could not be started, in one line for whoever started it: a port that is taken, a file that is not there.
@SuppressWarnings("serial") // never written
final class CannotStart extends Exception {
    CannotStart(String why) {
        super(why, null, false, false);
    }

    String why() {
        return String.valueOf(getMessage());
    }
}
