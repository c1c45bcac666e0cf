package io.jigress.waf;

import io.jigress.waf.geo.GeoDatabase;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Access to the files of a rule set. Paths are relative to the set's root, with slashes.
public interface RuleFiles {
    /// The bytes of a file, or empty when it cannot be read or is too large.
    Optional<byte[]> read(String path);

    /// Distinguishes versions of a file without reading it: equal while the file is unchanged.
    default Object stamp(String path) {
        return "";
    }

    /// The database of places in a file; null when there is no such file.
    ///
    /// @throws IOException with what is wrong with the file
    default @Nullable GeoDatabase places(String path) throws IOException {
        return null;
    }

    /// The paths that a pattern with `*` in its last part matches, sorted; or the path itself when it has no `*`.
    List<String> list(String pattern);
}
