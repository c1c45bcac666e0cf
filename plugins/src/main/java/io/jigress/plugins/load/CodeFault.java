package io.jigress.plugins.load;

/// Why the code of a plugin cannot be used: text for people, with what was found and what was expected.
public final class CodeFault extends Exception {
    private static final long serialVersionUID = 1;

    public CodeFault(String what) {
        super(what);
    }

    public String what() {
        return String.valueOf(getMessage());
    }
}
