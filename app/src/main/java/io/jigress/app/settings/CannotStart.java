package io.jigress.app.settings;

/// Why a gateway could not be started, as one line for the user: a port that is taken, a file that does not exist.
@SuppressWarnings("serial") // never written
public final class CannotStart extends Exception {
    public CannotStart(String why) {
        super(why, null, false, false);
    }

    public String why() {
        return String.valueOf(getMessage());
    }
}
