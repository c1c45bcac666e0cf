package io.jigress.sources.nacos;

/// A Nacos server refused a request or could not be reached; with the server's message.
public final class NacosFault extends Exception {
    private static final long serialVersionUID = 1;

    NacosFault(String words) {
        super(words);
    }

    /// The server's message.
    public String words() {
        return String.valueOf(getMessage());
    }
}
