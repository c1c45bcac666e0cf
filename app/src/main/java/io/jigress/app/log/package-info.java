/// The program's own log: its form, the names of its parts, its levels. docs/logging.md describes it.
@NullMarked
package io.jigress.app.log;

import org.jspecify.annotations.NullMarked;
