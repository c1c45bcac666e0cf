/// Cluster flow control: the protocol of Sentinel's token servers, a client of one, and the limits that an embedded one decides by.
@NullMarked
package io.jigress.sentinel.cluster;

import org.jspecify.annotations.NullMarked;
