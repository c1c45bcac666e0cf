/// `jigress check`: reports the problems of a folder.
///
/// Reading order: [CheckCommand], [CheckReport].
@NullMarked
package io.jigress.app.check;

import org.jspecify.annotations.NullMarked;
