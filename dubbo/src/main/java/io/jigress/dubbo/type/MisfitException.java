package io.jigress.dubbo.type;

import io.jigress.api.Json;
import io.jigress.dubbo.type.ArgumentWriter.Misfit;

/// Carries a [Misfit] out of nested values, which add their path to it. Internal to this package.
final class MisfitException extends Exception {
    private static final int SHOWN = 60;

    private final StringBuilder path = new StringBuilder();
    private final String expected;
    private final String found;

    MisfitException(String expected, String found) {
        super(expected, null, false, false);
        this.expected = expected;
        this.found = found;
    }

    static MisfitException of(String expected, Json value) {
        return new MisfitException(expected, Misfit.shown(value));
    }

    MisfitException at(int item) {
        path.insert(0, "[" + item + "]");
        return this;
    }

    /// @param member its name, which is cut when it is long
    MisfitException at(String member) {
        path.insert(0, member.length() > SHOWN ? "." + member.substring(0, SHOWN) + "…" : "." + member);
        return this;
    }

    String path() {
        return path.toString();
    }

    String expected() {
        return expected;
    }

    String found() {
        return found;
    }
}
