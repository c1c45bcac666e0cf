package io.jigress.filters.iprestriction;

import io.jigress.api.HeaderName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The configuration of `ip-restriction`.
///
/// @param allows whether the blocks are those that may pass; else those that may not
/// @param header where the address is written; null for the client's own
record IpRestriction(boolean allows, List<Cidr> blocks, @Nullable HeaderName header, int status, String message) {
    IpRestriction {
        blocks = List.copyOf(blocks);
    }
}
