/// `jigress dubbo`: shows mappings and calls providers by hand.
@NullMarked
package io.jigress.app.dubbo;

import org.jspecify.annotations.NullMarked;
