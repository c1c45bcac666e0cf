/// `jigress dubbo`: shows mappings and calls providers.
@NullMarked
package io.jigress.app.dubbo;

import org.jspecify.annotations.NullMarked;
