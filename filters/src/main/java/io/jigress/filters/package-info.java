/// The list of the filters that come with the gateway. Each lives in a package of its own and knows none of the others.
@NullMarked
package io.jigress.filters;

import org.jspecify.annotations.NullMarked;
