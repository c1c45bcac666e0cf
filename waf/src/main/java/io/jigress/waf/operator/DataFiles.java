package io.jigress.waf.operator;

import java.util.Optional;

/// The files that operators name, such as those of `@pmFromFile`.
@FunctionalInterface
public interface DataFiles {
    /// The bytes of a file, or empty when it cannot be read.
    Optional<byte[]> read(String name);
}
