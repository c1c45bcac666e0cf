/// The program's own log: its format, the names of its parts, its levels. docs/logging.md describes it.
@NullMarked
package io.jigress.app.log;

import org.jspecify.annotations.NullMarked;
