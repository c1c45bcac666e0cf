package io.jigress.control;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// An error or warning about an object, as a value. It affects only the object that has it.
///
/// @param resource the object; the name is the file for a file that could not be read (kind [#FILE])
/// @param source the file (or other place) the object came from
/// @param path the field: `spec.rules[0].matches[1].path.value`; empty for the object as a whole
/// @param what what is wrong: `is "abc"`
/// @param expected what would be right: `a whole number from 1 to 65535`; may be empty
/// @param missing the missing object of a reference, from which [ReferenceHints] derives what was meant; null for other problems
public record Problem(ResourceKey resource, String source, String path, String what, String expected, Severity severity,
        @Nullable ResourceKey missing) {

    public Problem(ResourceKey resource, String source, String path, String what, String expected, Severity severity) {
        this(resource, source, path, what, expected, severity, null);
    }

    /// The sort order: by place, object, field.
    public static final Comparator<Problem> ORDER = Comparator.comparing(Problem::source).thenComparing(Problem::resource)
            .thenComparing(Problem::path)
            .thenComparing(Problem::what);

    /// The kind of problems that concern a file as a whole.
    public static final String FILE = "File";

    public enum Severity {
        /// The object, or the named part of it, has no effect.
        ERROR,
        /// The object works; this field has no effect.
        WARNING
    }

    /// In one line: `HTTPRoute default/shop: spec.rules[0].x is … (expected: …)`. A file is not named, since its source names it.
    @Override
    public String toString() {
        String whose = resource.kind().equals(FILE) && resource.name().equals(source) ? "" : resource + ": ";
        // Messages contain what users wrote.
        return Printable.line(whose + (path.isEmpty() ? "" : path + " ") + what
                + (expected.isEmpty() ? "" : " (expected: " + expected + ")"));
    }
}
