/// The parts of `jigress demo` other than the gateway: two services, a folder of samples, and the text about them.
@NullMarked
package io.jigress.app.demo;

import org.jspecify.annotations.NullMarked;
