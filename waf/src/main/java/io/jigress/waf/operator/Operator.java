package io.jigress.waf.operator;

import io.jigress.waf.model.MacroScope;
import io.jigress.waf.regex.CaptureMatcher;
import java.util.Set;

/// The test that a rule applies to a value. Safe for use by several threads.
public interface Operator {
    /// Whether the bytes between the two offsets match.
    boolean matches(byte[] bytes, int from, int to, MacroScope scope);

    /// Reports the groups of the match that [#matches] found in the same bytes. Most operators have none.
    default void capture(byte[] bytes, int from, int to, Captures captures) {
    }

    /// Whether [#capture] reports a group for every match.
    default boolean captures() {
        return false;
    }

    /// Strings in lower case; every value that matches contains one of them, ignoring case. Empty when none are known.
    default Set<String> requiredLiterals() {
        return Set.of();
    }

    /// Whether every value that contains one of [#requiredLiterals] matches, and the first of them that ends is group 0.
    default boolean literalsDecide() {
        return false;
    }

    /// The length of the shortest value that can match.
    default int minLength() {
        return 0;
    }

    /// Receives the groups of a match.
    interface Captures {
        /// Finds groups.
        CaptureMatcher matcher();

        /// The highest group that is wanted.
        int last();

        /// Group 0 is the whole match.
        void group(int index, byte[] bytes, int from, int to);
    }
}
