package io.jigress.app;

/// Why a gateway could not be started, as one line for the user: a port that is taken, a file that does not exist.
@SuppressWarnings("serial") // never written
final class CannotStart extends Exception {
    CannotStart(String why) {
        super(why, null, false, false);
    }

    String why() {
        return String.valueOf(getMessage());
    }
}
