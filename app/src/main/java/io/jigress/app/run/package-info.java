/// `jigress run`: the gateway, wired from its rooms.
///
/// Reading order: [RunCommand], [Wiring], [Warmup], [ProblemLog].
@NullMarked
package io.jigress.app.run;

import org.jspecify.annotations.NullMarked;
