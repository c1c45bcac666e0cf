/// Providers of Dubbo interfaces: registered by interface, by application, or both.
@NullMarked
package io.jigress.sources.dubbo;

import org.jspecify.annotations.NullMarked;
