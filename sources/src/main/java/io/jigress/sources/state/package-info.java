/// The last good configuration on disk, so that a restart with a broken or missing source still serves.
@NullMarked
package io.jigress.sources.state;

import org.jspecify.annotations.NullMarked;
