/// What rules speak of: variables, and texts with variables in them.
@NullMarked
package io.jigress.waf.model;

import org.jspecify.annotations.NullMarked;
