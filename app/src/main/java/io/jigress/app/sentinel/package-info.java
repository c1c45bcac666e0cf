/// The gateway as a client of Sentinel's dashboard: commands and heartbeats.
@NullMarked
package io.jigress.app.sentinel;

import org.jspecify.annotations.NullMarked;
