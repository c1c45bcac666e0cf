/// The parts of `jigress demo` besides the gateway: two services, a folder of samples, and the text about them.
@NullMarked
package io.jigress.app.demo;

import org.jspecify.annotations.NullMarked;
