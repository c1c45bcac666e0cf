package io.jigress.waf.operator;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The phrases of `@pm` and `@pmFromFile`.
final class PhraseLists {
    private PhraseLists() {
    }

    /// Words separated by spaces; `|41 42|` in a word means bytes.
    static List<String> words(String argument) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        int at = 0;
        while (at < argument.length()) {
            char c = argument.charAt(at);
            int close = c == '|' ? argument.indexOf('|', at + 1) : -1;
            String bytes = close < 0 ? null : hexadecimal(argument.substring(at + 1, close));
            if (bytes != null) {
                word.append(bytes);
                at = close + 1;
                continue;
            }
            if (Character.isWhitespace(c)) {
                if (!word.isEmpty()) {
                    words.add(word.toString());
                    word.setLength(0);
                }
            } else {
                word.append(c);
            }
            at++;
        }
        if (!word.isEmpty()) {
            words.add(word.toString());
        }
        return words;
    }

    private static @Nullable String hexadecimal(String text) {
        String digits = text.replace(" ", "");
        if (digits.isEmpty() || digits.length() % 2 != 0) {
            return null;
        }
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < digits.length(); i += 2) {
            int high = Character.digit(digits.charAt(i), 16);
            int low = Character.digit(digits.charAt(i + 1), 16);
            if (high < 0 || low < 0) {
                return null;
            }
            bytes.append((char) (high * 16 + low));
        }
        return bytes.toString();
    }

    /// The lines of a file, without comments and empty lines.
    static List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        for (String line : text.split("\n")) {
            String phrase = line.strip();
            if (!phrase.isEmpty() && phrase.charAt(0) != '#') {
                lines.add(phrase);
            }
        }
        return lines;
    }
}
