/// The filter `ip-restriction`: allows or blocks clients by their addresses.
@NullMarked
package io.jigress.filters.iprestriction;

import org.jspecify.annotations.NullMarked;
