/// `jigress run`: wires the rooms to a gateway.
///
/// Reading order: [RunCommand], [Wiring], [Warmup], [ProblemLog].
@NullMarked
package io.jigress.app.run;

import org.jspecify.annotations.NullMarked;
