/// Endpoints from DNS: SRV records, and A or AAAA records with a port, resolved again when their TTL has expired.
@NullMarked
package io.jigress.sources.dns;

import org.jspecify.annotations.NullMarked;
