/// The filter `key-rate-limit`: limits the rate of requests with the same key, with one token bucket per key.
@NullMarked
package io.jigress.filters.keyratelimit;

import org.jspecify.annotations.NullMarked;
