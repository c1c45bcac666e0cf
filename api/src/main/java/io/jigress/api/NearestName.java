package io.jigress.api;

import java.util.Collection;
import java.util.Optional;

/// Finds the known name that a misspelled one probably meant.
public final class NearestName {
    /// Shorter names are similar to too many others.
    private static final int SHORTEST = 3;
    private static final int LONG = 8;
    private static final int LONGEST = 100;

    private NearestName() {}

    /// The nearest of the known names; empty when the written one is too different from all of them to be a misspelling.
    public static Optional<String> of(String written, Collection<String> known) {
        String plain = plain(written);
        if (plain.length() < SHORTEST || plain.length() > LONGEST) {
            return Optional.empty();
        }
        String nearest = null;
        int least = Integer.MAX_VALUE;
        for (String name : known) {
            int score = name.isEmpty() || name.equals(written) ? Integer.MAX_VALUE : score(plain, plain(name));
            if (score == Integer.MAX_VALUE && endsWithWord(written, name)) {
                score = LONGEST + written.length() - name.length();
            }
            if (score < least || (score == least && nearest != null && precedes(plain, name, nearest))) {
                nearest = name;
                least = score;
            }
        }
        return Optional.ofNullable(nearest);
    }

    /// `; did you mean "weight"?`, or the empty text when no known name is near.
    public static String hint(String written, Collection<String> known) {
        return of(written, known).map(name -> "; did you mean \"" + name + "\"?").orElse("");
    }

    /// The name without what is ignored in comparisons: case, and the characters that join words.
    private static String plain(String name) {
        StringBuilder plain = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c != '-' && c != '_' && c != '.' && c != ' ') {
                plain.append(Character.toLowerCase(c));
            }
        }
        return plain.toString();
    }

    /// `serviceName` for `name`
    private static boolean endsWithWord(String written, String name) {
        int at = written.length() - name.length();
        return at > 0 && name.length() >= SHORTEST && Character.isUpperCase(written.charAt(at))
                && written.regionMatches(true, at, name, 0, name.length());
    }

    /// Decides between two names that are equally near: the one that begins like the written one precedes, `query_per_second` for `query_per_sec`.
    private static boolean precedes(String written, String name, String other) {
        int common = common(written, plain(name));
        int ofOther = common(written, plain(other));
        return common > ofOther || (common == ofOther && name.compareTo(other) < 0);
    }

    private static int common(String a, String b) {
        int length = 0;
        while (length < Math.min(a.length(), b.length()) && a.charAt(length) == b.charAt(length)) {
            length++;
        }
        return length;
    }

    private static int score(String written, String name) {
        // `baseEjectionTime` for `ejectionTime`, although `maxEjectionTime` is nearer letter by letter.
        if (name.length() >= LONG && written.endsWith(name)) {
            return 1;
        }
        int most = Math.max(1, written.length() / 3);
        // The distance is at least the difference of the lengths, so that most names need no comparison.
        if (Math.abs(written.length() - name.length()) <= most) {
            int distance = distance(written, name);
            if (distance <= most) {
                return distance;
            }
        }
        // `host` for `hostnames`, `sectionNames` for `section`: a prefix of a known name counts as a match.
        String singular = written.endsWith("ies")
                ? written.substring(0, written.length() - 3) + "y"
                : written.endsWith("s") && written.length() > SHORTEST ? written.substring(0, written.length() - 1) : written;
        boolean begins = name.startsWith(singular) || (name.length() >= SHORTEST && written.startsWith(name));
        // `Prefix` for `PathPrefix`
        boolean ends = written.length() > SHORTEST && name.endsWith(written);
        return begins || ends ? LONGEST + Math.abs(written.length() - name.length()) : Integer.MAX_VALUE;
    }

    /// How many letters must be put in, taken out, replaced or swapped with the next one (optimal string alignment).
    private static int distance(String a, String b) {
        int[] before = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    row[j] = Math.min(row[j], before[j - 2] + 1);
                }
            }
            before = last;
            last = row;
        }
        return last[b.length()];
    }
}
