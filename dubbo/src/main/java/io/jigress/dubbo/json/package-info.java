/// JSON text from clients, read strictly and within bounds.
@NullMarked
package io.jigress.dubbo.json;

import org.jspecify.annotations.NullMarked;
