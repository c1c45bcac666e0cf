/// A strict JSON parser with limits, for text from clients.
@NullMarked
package io.jigress.dubbo.json;

import org.jspecify.annotations.NullMarked;
