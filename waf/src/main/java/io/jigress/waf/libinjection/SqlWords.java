package io.jigress.waf.libinjection;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The words and operators of SQL with their classes, and the fingerprints of injections.
///
/// Hash tables over bytes: a look-up allocates nothing.
final class SqlWords {
    /// The length of the longest word.
    private static final int MAX_LENGTH = 31;

    private static final SqlWords WORDS = new SqlWords(4096);
    private static final SqlWords FINGERPRINTS = new SqlWords(32768);

    static {
        lines("words.txt", line -> WORDS.add(line.substring(2), line.charAt(0)));
        lines("fingerprints.txt", line -> {
            for (String fingerprint : line.split(" ")) {
                FINGERPRINTS.add(fingerprint, 'F');
            }
        });
    }

    private final byte[] @Nullable [] keys;
    private final char[] classes;

    private SqlWords(int slots) {
        keys = new byte[slots][];
        classes = new char[slots];
    }

    private static void lines(String resource, Consumer<String> take) {
        InputStream stream = SqlWords.class.getResourceAsStream(resource);
        if (stream == null) {
            throw new IllegalStateException("the resource " + resource + " is missing");
        }
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                // No word starts with # and a space.
                if (!line.startsWith("# ")) {
                    take.accept(line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The class of a word, ignoring case; 0 when it is not in the table.
    static char word(byte[] bytes, int from, int to) {
        return WORDS.get(bytes, from, to);
    }

    static boolean isInjection(byte[] fingerprint, int length) {
        return FINGERPRINTS.get(fingerprint, 0, length) != 0;
    }

    private void add(String word, char kind) {
        byte[] key = word.getBytes(StandardCharsets.US_ASCII);
        int slot = hash(key, 0, key.length) & keys.length - 1;
        while (keys[slot] != null) {
            slot = slot + 1 & keys.length - 1;
        }
        keys[slot] = key;
        classes[slot] = kind;
    }

    private char get(byte[] bytes, int from, int to) {
        if (to - from > MAX_LENGTH) {
            return 0;
        }
        int slot = hash(bytes, from, to) & keys.length - 1;
        byte[] key = keys[slot];
        while (key != null) {
            if (equal(key, bytes, from, to)) {
                return classes[slot];
            }
            slot = slot + 1 & keys.length - 1;
            key = keys[slot];
        }
        return 0;
    }

    private static int hash(byte[] bytes, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + upper(bytes[i]);
        }
        return hash ^ hash >>> 15;
    }

    private static boolean equal(byte[] key, byte[] bytes, int from, int to) {
        if (key.length != to - from) {
            return false;
        }
        for (int i = 0; i < key.length; i++) {
            if (key[i] != upper(bytes[from + i])) {
                return false;
            }
        }
        return true;
    }

    static byte upper(byte c) {
        return c >= 'a' && c <= 'z' ? (byte) (c - 32) : c;
    }
}
