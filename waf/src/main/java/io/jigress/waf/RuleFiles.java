package io.jigress.waf;

import java.util.List;
import java.util.Optional;

/// Access to the files of a rule set. Paths are relative to the set's root, with slashes.
public interface RuleFiles {
    /// The bytes of a file, or empty when it cannot be read or is too large.
    Optional<byte[]> read(String path);

    /// The paths that a pattern with `*` in its last part matches, sorted; or the path itself when it has no `*`.
    List<String> list(String pattern);
}
