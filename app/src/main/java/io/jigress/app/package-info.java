/// The program: commands, settings and the one place where the rooms are put together.
///
/// Reading order: [Main], [RunCommand], [Wiring], [AdminPort], [CheckCommand], [ExplainCommand], [DemoCommand].
@NullMarked
package io.jigress.app;

import org.jspecify.annotations.NullMarked;
