/// Plugins in Java: a jar is loaded by a class loader of its own and runs in the process. Reading order: [io.jigress.plugins.jar.JarFactory],
/// [io.jigress.plugins.jar.JarPlugin], [io.jigress.plugins.jar.JarFilter].
@NullMarked
package io.jigress.plugins.jar;

import org.jspecify.annotations.NullMarked;
