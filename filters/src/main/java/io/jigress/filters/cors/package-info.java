/// The filter `cors`: answers preflight requests and marks responses for the origins that may read them (Fetch standard, 3.2).
@NullMarked
package io.jigress.filters.cors;

import org.jspecify.annotations.NullMarked;
