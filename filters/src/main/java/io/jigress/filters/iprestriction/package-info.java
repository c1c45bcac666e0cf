/// The filter `ip-restriction`: lets clients through, or not, by their addresses.
@NullMarked
package io.jigress.filters.iprestriction;

import org.jspecify.annotations.NullMarked;
