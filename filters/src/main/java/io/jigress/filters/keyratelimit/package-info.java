/// The filter `key-rate-limit`: limits how often requests with the same key may come, with one token bucket per key.
@NullMarked
package io.jigress.filters.keyratelimit;

import org.jspecify.annotations.NullMarked;
