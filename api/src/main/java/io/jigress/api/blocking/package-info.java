/// Filters as straight code: they run on virtual threads and may block. Start with [io.jigress.api.blocking.BlockingFilter].
@NullMarked
package io.jigress.api.blocking;

import org.jspecify.annotations.NullMarked;
