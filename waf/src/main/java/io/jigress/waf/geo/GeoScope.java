package io.jigress.waf.geo;

import org.jspecify.annotations.Nullable;

/// Receives the place that an operator has found.
public interface GeoScope {
    /// The members of GEO are those of this place from now on; there are none when it is null.
    void place(@Nullable GeoPlace place);
}
