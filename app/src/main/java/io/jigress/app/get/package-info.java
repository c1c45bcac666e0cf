/// `jigress get`: objects, their conditions and their problems.
@NullMarked
package io.jigress.app.get;

import org.jspecify.annotations.NullMarked;
