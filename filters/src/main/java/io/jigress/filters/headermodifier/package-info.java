/// The filter `header-modifier`: sets, adds and removes header fields of requests and responses.
@NullMarked
package io.jigress.filters.headermodifier;

import org.jspecify.annotations.NullMarked;
