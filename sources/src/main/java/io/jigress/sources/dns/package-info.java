/// Endpoints from DNS: SRV records, and A or AAAA records with a port, asked for again when their TTL is over.
@NullMarked
package io.jigress.sources.dns;

import org.jspecify.annotations.NullMarked;
