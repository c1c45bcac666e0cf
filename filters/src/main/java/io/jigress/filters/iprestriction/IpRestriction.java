package io.jigress.filters.iprestriction;

import io.jigress.api.HeaderName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The configuration of `ip-restriction`.
///
/// @param allows whether the blocks are the allowed addresses; else they are the denied ones
/// @param header the header that holds the address; null for the client's own address
record IpRestriction(boolean allows, List<Cidr> blocks, @Nullable HeaderName header, int status, String message) {
    IpRestriction {
        blocks = List.copyOf(blocks);
    }
}
