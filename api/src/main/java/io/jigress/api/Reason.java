package io.jigress.api;

/// Why the gateway answered as it did, in the access log: a word that programs can count, in lower case, with digits and underscores.
final class Reason {
    private Reason() {}

    static void require(String word) {
        boolean valid = !word.isEmpty();
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            valid &= c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_';
        }
        if (!valid) {
            throw new IllegalArgumentException("reason: \"" + word + "\" (expected: a word such as slow_body)");
        }
    }
}
