/// The list of the filters that come with the gateway. Each has a package of its own and does not depend on the others.
@NullMarked
package io.jigress.filters;

import org.jspecify.annotations.NullMarked;
