package io.jigress.app.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Finds the name that was most likely meant by one that does not exist.
public final class Nearest {
    private Nearest() {}

    /// The nearest of the names that exist; empty when none is near enough for a typing mistake.
    public static Optional<String> to(String name, Collection<String> names) {
        return names.stream().min(Comparator.comparingInt(known -> known.startsWith(name) ? 0 : distance(name, known)))
                .filter(known -> known.startsWith(name) || distance(name, known) <= Math.max(2, name.length() / 3));
    }

    /// How many letters must be inserted, removed or replaced (Levenshtein).
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
