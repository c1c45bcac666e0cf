/// The program: commands, settings and the one place where the rooms are put together.
///
/// Reading order: `Main`.
@NullMarked
package io.jigress.app;

import org.jspecify.annotations.NullMarked;
