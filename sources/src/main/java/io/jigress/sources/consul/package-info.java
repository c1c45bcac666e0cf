/// Consul: the client of registries of this type, by blocking queries.
@NullMarked
package io.jigress.sources.consul;

import org.jspecify.annotations.NullMarked;
