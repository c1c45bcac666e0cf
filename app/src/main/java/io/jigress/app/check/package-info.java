/// `jigress check`: what is wrong with a folder of objects.
///
/// Reading order: [CheckCommand], [CheckReport].
@NullMarked
package io.jigress.app.check;

import org.jspecify.annotations.NullMarked;
