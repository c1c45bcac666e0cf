/// Nacos 2 and 3: the client of registries of this type, over the connection that Nacos' own library makes.
@NullMarked
package io.jigress.sources.nacos;

import org.jspecify.annotations.NullMarked;
