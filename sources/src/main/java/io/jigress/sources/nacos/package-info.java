/// Nacos 2 and 3: the client of registries of this type, over a connection of Nacos' own library.
@NullMarked
package io.jigress.sources.nacos;

import org.jspecify.annotations.NullMarked;
