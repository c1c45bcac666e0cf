package io.jigress.app.settings;

/// Why a gateway could not be started, as one line for the user: a port in use, a missing file.
@SuppressWarnings("serial") // never written
public final class CannotStart extends Exception {
    public CannotStart(String why) {
        super(why, null, false, false);
    }

    public String why() {
        return String.valueOf(getMessage());
    }
}
