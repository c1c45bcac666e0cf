/// Benchmarks: figures that are compared side by side in one run, never asserted.
@NullMarked
package io.jigress.bench;

import org.jspecify.annotations.NullMarked;
