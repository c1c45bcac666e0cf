/// What a dashboard of Sentinel sees of the gateway: commands and heartbeats.
@NullMarked
package io.jigress.app.sentinel;

import org.jspecify.annotations.NullMarked;
