package io.jigress.sources.nacos;

/// A Nacos server refuses a request, or cannot be asked, in its own words.
public final class NacosFault extends Exception {
    private static final long serialVersionUID = 1;

    NacosFault(String words) {
        super(words);
    }

    /// What the server said.
    public String words() {
        return String.valueOf(getMessage());
    }
}
