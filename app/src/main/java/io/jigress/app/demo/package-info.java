/// What `jigress demo` has besides the gateway: two services, a folder of samples, and what to say about them.
@NullMarked
package io.jigress.app.demo;

import org.jspecify.annotations.NullMarked;
